'use client';

import {
  createContext,
  type ReactNode,
  useCallback,
  useContext,
  useEffect,
  useMemo,
  useState,
} from 'react';
import { api } from '@/lib/api';
import type { Conversation } from '@/lib/api-types';
import { mergeFirstPage, sameConversation } from '@/lib/conversation-list';
import { describeError } from '@/lib/problem';

type Conversations = {
  items: Conversation[] | null;
  hasMore: boolean;
  failure: string | null;
  refresh: () => Promise<void>;
  loadMore: () => Promise<void>;
  rename: (id: string, title: string) => Promise<void>;
  remove: (id: string) => Promise<void>;
  /** Shows a title that the server announced, without asking for the list again. */
  retitle: (id: string, title: string) => void;
};

const ConversationsContext = createContext<Conversations | null>(null);

export function useConversations(): Conversations {
  const conversations = useContext(ConversationsContext);
  if (!conversations) throw new Error('useConversations needs a ConversationsProvider above it');
  return conversations;
}

type State = { items: Conversation[] | null; cursor: string | null; failure: string | null };

export function ConversationsProvider({ children }: { children: ReactNode }) {
  const [state, setState] = useState<State>({ items: null, cursor: null, failure: null });

  const refresh = useCallback(async () => {
    try {
      const page = await api.conversations(null);
      setState((current) => ({
        ...mergeFirstPage(current.items, current.cursor, page),
        failure: null,
      }));
    } catch (error) {
      setState((current) => ({ ...current, failure: describeError(error) }));
    }
  }, []);

  useEffect(() => {
    void refresh();
  }, [refresh]);

  const { items, cursor, failure } = state;
  const loadMore = useCallback(async () => {
    if (cursor === null) return;
    try {
      const page = await api.conversations(cursor);
      setState((current) => ({
        items: [
          ...(current.items ?? []),
          ...page.items.filter((item) => !current.items?.some((known) => known.id === item.id)),
        ],
        cursor: page.nextCursor,
        failure: null,
      }));
    } catch (error) {
      setState((current) => ({ ...current, failure: describeError(error) }));
    }
  }, [cursor]);

  const retitle = useCallback((id: string, title: string) => {
    setState((current) => ({
      ...current,
      items:
        current.items?.map((item) => (sameConversation(item, id) ? { ...item, title } : item)) ??
        null,
    }));
  }, []);
  const rename = useCallback(
    async (id: string, title: string) => {
      await api.renameConversation(id, title);
      retitle(id, title);
    },
    [retitle],
  );
  const remove = useCallback(async (id: string) => {
    await api.deleteConversation(id);
    setState((current) => ({
      ...current,
      items: current.items?.filter((item) => !sameConversation(item, id)) ?? null,
    }));
  }, []);

  const value = useMemo(
    () => ({
      items,
      hasMore: cursor !== null,
      failure,
      refresh,
      loadMore,
      rename,
      remove,
      retitle,
    }),
    [items, cursor, failure, refresh, loadMore, rename, remove, retitle],
  );
  return <ConversationsContext value={value}>{children}</ConversationsContext>;
}
