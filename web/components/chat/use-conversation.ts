import { useChat } from '@ai-sdk/react';
import { useEffect, useRef, useState } from 'react';
import { useConversations } from '@/components/shell/conversations';
import { usePendingApprovals } from '@/components/shell/pending-approvals';
import { useToast } from '@/components/ui/toaster';
import { api, reportSignedOut } from '@/lib/api';
import type { Decision } from '@/lib/api-types';
import {
  awaitsApproval,
  type ChatMessage,
  containsSent,
  looksUnfinished,
  markLast,
} from '@/lib/chat-message';
import { createChatTransport, type StreamReport } from '@/lib/chat-transport';
import type { Conclusion } from '@/lib/follow-turn';
import { newId } from '@/lib/id';
import { ApiError, describeError } from '@/lib/problem';
import { useServerEvent } from '@/lib/server-events';
import type { StreamEnd } from '@/lib/stream-end';
import { useLatest } from '@/lib/use-latest';
import { useStreamDriver } from './use-stream-driver';

/** Something the person wrote that the server may not have taken yet. */
export type Sent = { kind: 'new' | 'edit'; messageId: string; text: string };
type ChatProblem = { text: string; canRetry: boolean };

type ConversationOptions = {
  id: string;
  isNew: boolean;
  initialMessages: ChatMessage[];
  onAccepted: () => void;
  /** The server does not have this text: give it back to the person. */
  onReturned: (sent: Sent) => void;
};

async function storedMessages(id: string): Promise<ChatMessage[]> {
  try {
    return await api.messages(id);
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return [];
    throw error;
  }
}

/** `useChat` plus what a lost connection, a refusal or a decision made elsewhere asks for. */
export function useConversation(options: ConversationOptions) {
  const { id, isNew, initialMessages } = options;
  const latest = useLatest(options);
  const lists = useLatest({ conversations: useConversations(), approvals: usePendingApprovals() });
  const say = useToast();
  const [stopping, setStopping] = useState(false);
  const [problem, setProblem] = useState<ChatProblem | null>(null);
  const unconfirmed = useRef<Sent | null>(null);
  // Until something happened here, freshly loaded messages need no second look.
  const isFresh = useRef(!looksUnfinished(initialMessages));

  const refreshLists = () => {
    void lists.current.conversations.refresh();
    void lists.current.approvals.refresh();
  };

  const reload = async () => {
    const generation = driver.generation();
    const stored = await storedMessages(id);
    if (generation !== driver.generation()) return;
    chat.setMessages(stored);
    const sent = unconfirmed.current;
    unconfirmed.current = null;
    if (!sent) return;
    if (containsSent(stored, sent)) {
      latest.current.onAccepted();
      return;
    }
    latest.current.onReturned(sent);
    setProblem({
      text: 'Your message did not reach the server. It was not sent.',
      canRetry: false,
    });
  };

  const refuse = async (error: ApiError) => {
    const sent = unconfirmed.current;
    unconfirmed.current = null;
    chat.clearError();
    if (sent?.kind === 'new') {
      chat.setMessages((messages) => messages.filter((message) => message.id !== sent.messageId));
    } else {
      await reload().catch((failure) => say(describeError(failure), 'error'));
    }
    if (sent) latest.current.onReturned(sent);
    if (error.status === 401) reportSignedOut();
    setProblem({ text: error.detail, canRetry: false });
  };

  const finish = (reason: string) => {
    unconfirmed.current = null;
    if (reason === 'other') chat.setMessages((all) => markLast(all, { interrupted: true }));
    if (reason === 'content-filter') chat.setMessages((all) => markLast(all, { declined: true }));
    refreshLists();
  };

  const conclude = async (end: StreamEnd): Promise<Conclusion> => {
    const wasFresh = isFresh.current;
    isFresh.current = false;
    switch (end.kind) {
      case 'finished':
        finish(end.reason);
        return 'done';
      case 'aborted':
        return 'done';
      case 'signed-out':
        reportSignedOut();
        return 'done';
      case 'failed':
        unconfirmed.current = null;
        setProblem({ text: end.text, canRetry: true });
        refreshLists();
        return 'done';
      case 'refused':
        await refuse(end.error);
        return end.error.code === 'turn_active' ? 'look-again' : 'done';
      case 'nothing-to-resume':
        if (wasFresh) return 'done';
        return reload().then(
          () => 'done' as const,
          () => 'wait-and-look' as const,
        );
      case 'cut':
        return 'wait-and-look';
    }
  };

  // The transport and the driver refer to each other; both live as long as the hook.
  const noteReport = useRef<(report: StreamReport) => void>(() => undefined);
  const [transport] = useState(() => createChatTransport((report) => noteReport.current(report)));
  const chat = useChat<ChatMessage>({
    id,
    messages: initialMessages,
    transport,
    generateId: newId,
    throttle: 50,
    onData: (part) => {
      if (part.type !== 'data-conversation') return;
      lists.current.conversations.retitle(id, part.data.title);
    },
    onError: (error) => driver.note({ error }),
    onFinish: (finish) => driver.note({ finish }),
  });
  const driver = useStreamDriver({
    resumeStream: chat.resumeStream,
    abandon: chat.stop,
    conclude,
  });
  const { follow, note } = driver;

  useEffect(() => {
    noteReport.current = (report) => {
      note({ report });
      if (report.kind !== 'accepted') return;
      latest.current.onAccepted();
      void lists.current.conversations.refresh();
    };
  }, [note, latest, lists]);
  useEffect(() => {
    if (!isNew) follow();
  }, [isNew, follow]);

  useServerEvent((event) => {
    if (driver.isActive()) return;
    const last = chat.messages.at(-1);
    if (event.kind === 'missed' && awaitsApproval(last)) follow();
    if (event.kind !== 'turn' || !event.conversationId) return;
    const isHere = [id, last?.metadata?.conversationId].includes(event.conversationId);
    const isOwnEnd = last?.metadata?.turnId === event.id && !awaitsApproval(last);
    if (isHere && !isOwnEnd) follow();
  });

  const begin = (sent: Sent | null, start: () => Promise<void>) => {
    setProblem(null);
    setStopping(false);
    unconfirmed.current = sent;
    isFresh.current = false;
    void driver.drive(start);
  };

  const send = (text: string) => {
    const messageId = newId();
    begin({ kind: 'new', messageId, text }, () =>
      chat.sendMessage({ id: messageId, role: 'user', parts: [{ type: 'text', text }] }),
    );
  };
  const edit = (messageId: string, text: string) =>
    begin({ kind: 'edit', messageId, text }, () => chat.sendMessage({ text, messageId }));
  const regenerate = (messageId?: string) => begin(null, () => chat.regenerate({ messageId }));

  const stop = async () => {
    setStopping(true);
    try {
      await api.stopTurn(id);
    } catch (error) {
      setStopping(false);
      if (!(error instanceof ApiError && error.status === 404)) {
        say(describeError(error), 'error');
        return;
      }
      // The server has never heard of this conversation: only our request is open.
      await chat.stop();
      await reload().catch((failure) => say(describeError(failure), 'error'));
    }
  };

  const decide = async (approvalId: string, decision: Decision) => {
    try {
      await api.decideApproval(approvalId, decision);
    } catch (error) {
      if (error instanceof ApiError && (error.status === 409 || error.status === 404)) {
        say(error.detail);
        await reload();
      }
      throw error;
    } finally {
      void lists.current.approvals.refresh();
    }
    follow();
  };

  const isStreaming = chat.status === 'submitted' || chat.status === 'streaming';
  return {
    messages: chat.messages,
    isBusy: isStreaming || driver.connectionLost,
    connectionLost: driver.connectionLost,
    stopping: stopping && isStreaming,
    problem,
    dismissProblem: () => setProblem(null),
    send,
    edit,
    regenerate,
    stop,
    decide,
  };
}

export type ConversationView = ReturnType<typeof useConversation>;
