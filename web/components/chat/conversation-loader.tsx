import Link from 'next/link';
import { useCallback, useEffect, useState } from 'react';
import { Button } from '@/components/ui/button';
import { Spinner } from '@/components/ui/icons';
import { api } from '@/lib/api';
import type { ChatMessage } from '@/lib/chat-message';
import { ApiError, describeError } from '@/lib/problem';
import { Chat } from './chat';

type State =
  | { kind: 'loading' }
  | { kind: 'ready'; messages: ChatMessage[] }
  | { kind: 'missing' }
  | { kind: 'failed'; text: string };

export function ConversationLoader({ id }: { id: string }) {
  const [state, setState] = useState<State>({ kind: 'loading' });

  const load = useCallback(async () => {
    setState({ kind: 'loading' });
    try {
      setState({ kind: 'ready', messages: await api.messages(id) });
    } catch (error) {
      const missing = error instanceof ApiError && error.status === 404;
      setState(missing ? { kind: 'missing' } : { kind: 'failed', text: describeError(error) });
    }
  }, [id]);
  useEffect(() => {
    void load();
  }, [load]);

  switch (state.kind) {
    case 'ready':
      return <Chat id={id} initialMessages={state.messages} isNew={false} />;
    case 'loading':
      return (
        <div className="grid flex-1 place-items-center text-muted-foreground" role="status">
          <Spinner className="size-5" />
          <span className="sr-only">Loading the conversation</span>
        </div>
      );
    case 'missing':
      return (
        <div className="flex flex-1 flex-col items-center justify-center gap-2 p-6 text-center">
          <h1 className="font-semibold text-lg">This conversation is not here</h1>
          <p className="text-muted-foreground text-sm">
            It may have been deleted, or it belongs to someone else.
          </p>
          <Link
            className="mt-3 font-medium text-primary text-sm underline-offset-4 hover:underline"
            href="/"
          >
            Start a new chat
          </Link>
        </div>
      );
    case 'failed':
      return (
        <div className="flex flex-1 flex-col items-center justify-center gap-4 p-6 text-center">
          <p className="text-muted-foreground text-sm" role="alert">
            {state.text}
          </p>
          <Button onClick={load}>Try again</Button>
        </div>
      );
  }
}
