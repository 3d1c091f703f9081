import { useRef, useState } from 'react';
import { useSession } from '@/components/shell/session';
import type { ChatMessage } from '@/lib/chat-message';
import { conversationPath } from '@/lib/paths';
import { ChatStatus } from './chat-status';
import { Composer } from './composer';
import { EmptyState } from './empty-state';
import { MessageList } from './message-list';
import { ModelMenu } from './model-menu';
import { OfflineChip } from './offline-chip';
import { ScrollPane } from './scroll-pane';
import { useAttachments } from './use-attachments';
import { type Sent, useConversation } from './use-conversation';
import { useDraft } from './use-draft';
import { useFileDrop } from './use-file-drop';
import { useModel } from './use-model';

type ChatProps = { id: string; isNew: boolean; initialMessages: ChatMessage[] };
export type Editing = { messageId: string; text: string };

export function Chat({ id, isNew, initialMessages }: ChatProps) {
  const { config } = useSession();
  const draft = useDraft(id, isNew, initialMessages);
  const [editing, setEditing] = useState<Editing | null>(null);
  const input = useRef<HTMLTextAreaElement>(null);
  const attachments = useAttachments();
  const drop = useFileDrop(attachments.add);
  const model = useModel(id, isNew);

  const conversation = useConversation({
    id,
    isNew,
    initialMessages,
    model: model.chosen,
    onAccepted: () => {
      draft.confirm();
      const path = conversationPath(id);
      if (window.location.pathname === '/') window.history.replaceState(null, '', path);
    },
    onReturned: (sent: Sent) => {
      if (sent.kind === 'edit') setEditing({ messageId: sent.messageId, text: sent.text });
      else {
        draft.restore(sent.text);
        attachments.restore(sent.files);
      }
    },
  });
  const { messages, isBusy } = conversation;

  const send = (text: string) => {
    draft.release(text);
    setEditing(null);
    conversation.send(text, attachments.take());
  };
  const focusInput = () => {
    // A phone would open its keyboard over the answer.
    if (!window.matchMedia('(pointer: coarse)').matches) input.current?.focus();
  };

  return (
    // Files may be dropped anywhere; the button in the composer does the same without a pointer.
    <div className="flex min-h-0 flex-1 flex-col" {...drop.handlers}>
      {config.model.offline && <OfflineChip />}
      {messages.length === 0 ? (
        <EmptyState disabled={isBusy} onPick={send} />
      ) : (
        <ScrollPane follow={messages}>
          <MessageList
            conversation={conversation}
            editing={editing}
            onDecided={focusInput}
            onEdit={setEditing}
          />
        </ScrollPane>
      )}
      <div className="shrink-0 px-3 pb-[max(0.75rem,env(safe-area-inset-bottom))] sm:px-6 sm:pb-5">
        <div className="mx-auto flex w-full max-w-3xl flex-col gap-2">
          <ChatStatus conversation={conversation} />
          <Composer
            attachments={attachments}
            inputRef={input}
            isBusy={isBusy}
            isDropTarget={drop.isOver}
            menu={<ModelMenu model={model} />}
            onChange={draft.setText}
            onSend={send}
            onStop={conversation.stop}
            stopping={conversation.stopping}
            text={draft.text}
          />
        </div>
      </div>
    </div>
  );
}
