import { useChat } from '@ai-sdk/react';
import { useEffect, useRef, useState } from 'react';
import { useConversations } from '@/components/shell/conversations';
import { usePendingApprovals } from '@/components/shell/pending-approvals';
import { useToast } from '@/components/ui/toaster';
import { api, reportSignedOut } from '@/lib/api';
import type { Decision } from '@/lib/api-types';
import { shownHead } from '@/lib/branches';
import {
  awaitsApproval,
  type ChatMessage,
  containsSent,
  type FilePart,
  looksUnfinished,
  markLast,
} from '@/lib/chat-message';
import { createChatTransport, type StreamReport } from '@/lib/chat-transport';
import { sameConversation } from '@/lib/conversation-list';
import type { Conclusion } from '@/lib/follow-turn';
import { newId } from '@/lib/id';
import { ApiError, describeError } from '@/lib/problem';
import { type Change, useServerChanges } from '@/lib/server-events';
import type { StreamEnd } from '@/lib/stream-end';
import { useLatest } from '@/lib/use-latest';
import { useStreamDriver } from './use-stream-driver';

/** Something the person wrote that the server may not have taken yet. */
export type Sent = { kind: 'new' | 'edit'; messageId: string; text: string; files: FilePart[] };
type ChatProblem = { text: string; canRetry: boolean };

type ConversationOptions = {
  id: string;
  isNew: boolean;
  initialMessages: ChatMessage[];
  /** The model that the person chose. */
  model: string | undefined;
  onAccepted: () => void;
  /** The server does not have this text: give it back to the person. */
  onReturned: (sent: Sent) => void;
};

function partsOf(text: string, files: FilePart[]): ChatMessage['parts'] {
  return [...files, ...(text === '' ? [] : [{ type: 'text' as const, text }])];
}

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
  // Another version was asked for, and only the server knows how many there are now.
  const hasNewVersion = useRef(false);

  const refreshLists = () => {
    void lists.current.conversations.refresh();
    void lists.current.approvals.refresh();
  };

  const reload = async (): Promise<ChatMessage[]> => {
    const generation = driver.generation();
    const stored = await storedMessages(id);
    if (generation !== driver.generation()) return stored;
    chat.setMessages(stored);
    const sent = unconfirmed.current;
    unconfirmed.current = null;
    if (!sent) return stored;
    if (containsSent(stored, sent)) {
      latest.current.onAccepted();
      return stored;
    }
    latest.current.onReturned(sent);
    setProblem({
      text: 'Your message did not reach the server. It was not sent.',
      canRetry: false,
    });
    return stored;
  };
  const tryReload = () => reload().catch((failure) => say(describeError(failure), 'error'));

  const refuse = async (error: ApiError) => {
    const sent = unconfirmed.current;
    unconfirmed.current = null;
    chat.clearError();
    if (sent?.kind === 'new') {
      chat.setMessages((messages) => messages.filter((message) => message.id !== sent.messageId));
    } else {
      await tryReload();
    }
    if (sent) latest.current.onReturned(sent);
    if (error.status === 401) reportSignedOut();
    setProblem({ text: error.detail, canRetry: false });
  };

  const finish = async (reason: string) => {
    unconfirmed.current = null;
    if (hasNewVersion.current) await tryReload();
    hasNewVersion.current = false;
    if (reason === 'other') chat.setMessages((all) => markLast(all, { interrupted: true }));
    if (reason === 'content-filter') chat.setMessages((all) => markLast(all, { declined: true }));
    refreshLists();
  };

  const conclude = async (end: StreamEnd): Promise<Conclusion> => {
    const wasFresh = isFresh.current;
    isFresh.current = false;
    switch (end.kind) {
      case 'finished':
        await finish(end.reason);
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
  const [transport] = useState(() =>
    createChatTransport(
      (report) => noteReport.current(report),
      () => latest.current.model,
    ),
  );
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
  const shown = useLatest(chat.messages);
  const serverId = chat.messages.at(-1)?.metadata?.conversationId;

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

  const isHere = ({ kind, id: changed, conversationId }: Change) => {
    const named = kind === 'conversation' ? changed : conversationId;
    const listed = lists.current.conversations.items?.find((item) => sameConversation(item, id));
    return named !== undefined && [id, listed?.id, serverId].includes(named);
  };
  const catchUp = async () => {
    if (chat.messages.length === 0 || driver.isActive()) return;
    const stored = await api.conversation(id);
    if (driver.isActive()) return;
    const isBehind = stored.headId !== shownHead(shown.current);
    const messages = isBehind ? await reload() : shown.current;
    const runs = stored.status === 'queued' || stored.status === 'running';
    if (runs || awaitsApproval(messages.at(-1))) follow();
  };
  useServerChanges(isHere, () => {
    // What cannot be looked up now is looked up after the next change.
    catchUp().catch(() => undefined);
  });

  const begin = (sent: Sent | null, start: () => Promise<void>) => {
    setProblem(null);
    setStopping(false);
    unconfirmed.current = sent;
    isFresh.current = false;
    void driver.drive(start);
  };

  const send = (text: string, files: FilePart[]) => {
    const messageId = newId();
    begin({ kind: 'new', messageId, text, files }, () =>
      chat.sendMessage({ id: messageId, role: 'user', parts: partsOf(text, files) }),
    );
  };
  const edit = (messageId: string, text: string, files: FilePart[]) => {
    hasNewVersion.current = true;
    begin({ kind: 'edit', messageId, text, files }, () =>
      chat.sendMessage({ role: 'user', parts: partsOf(text, files), messageId }),
    );
  };
  const regenerate = (messageId?: string) => {
    hasNewVersion.current = true;
    begin(null, () => chat.regenerate({ messageId }));
  };
  const showBranch = async (headId: string) => {
    try {
      await api.showBranch(id, headId);
      await reload();
    } catch (error) {
      say(describeError(error), 'error');
    }
  };

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
      await tryReload();
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
  const approveAll = async (questions: Array<{ id: string; digest?: string }>) => {
    try {
      const items = questions.map((question) => ({ ...question, decision: 'approve' as const }));
      const result = await api.decideApprovals(items);
      if (result.items.some((item) => item.status !== 200)) {
        say('Not all of them could be approved. Look at those that are left.', 'error');
        await reload();
      }
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
    showBranch,
    stop,
    decide,
    approveAll,
  };
}

export type ConversationView = ReturnType<typeof useConversation>;
