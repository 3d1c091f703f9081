import type { Decision } from '@/lib/api-types';
import { awaitsApproval, type ChatMessage, filesOf } from '@/lib/chat-message';
import { AssistantMessage } from './assistant-message';
import type { Editing } from './chat';
import type { ConversationView } from './use-conversation';
import { UserMessage } from './user-message';

type MessageListProps = {
  conversation: ConversationView;
  editing: Editing | null;
  onEdit: (editing: Editing | null) => void;
  onDecided: () => void;
};

function Working() {
  return (
    <p className="flex items-center gap-1.5 py-1" role="status">
      {['0ms', '160ms', '320ms'].map((delay) => (
        <span
          className="size-1.5 animate-[breathe_1.1s_ease-in-out_infinite] rounded-full bg-muted-foreground"
          key={delay}
          style={{ animationDelay: delay }}
        />
      ))}
      <span className="sr-only">Smithers is working</span>
    </p>
  );
}

export function MessageList({ conversation, editing, onEdit, onDecided }: MessageListProps) {
  const { messages, isBusy, connectionLost } = conversation;
  const last = messages.at(-1);
  const writes = last?.role === 'assistant' && last.parts.at(-1)?.type === 'text';

  const decide = async (approvalId: string, decision: Decision) => {
    await conversation.decide(approvalId, decision);
    onDecided();
  };
  const approveAll = async (questions: Array<{ id: string; digest?: string }>) => {
    await conversation.approveAll(questions);
    onDecided();
  };
  const submitEdit = (message: ChatMessage, text: string) => {
    onEdit(null);
    conversation.edit(message.id, text, filesOf(message));
  };

  return (
    <div
      aria-busy={isBusy}
      aria-label="Conversation"
      aria-live="polite"
      className="mx-auto flex w-full max-w-3xl flex-col gap-2.5 px-4 pt-6 pb-6 sm:px-6"
      role="log"
    >
      {messages.map((message) =>
        message.role === 'user' ? (
          <UserMessage
            canEdit={!isBusy}
            editingText={editing?.messageId === message.id ? editing.text : null}
            key={message.id}
            message={message}
            onCancelEdit={() => onEdit(null)}
            onStartEdit={(text) => onEdit({ messageId: message.id, text })}
            onSubmitEdit={(text) => submitEdit(message, text)}
            onSwitch={conversation.showBranch}
          />
        ) : (
          <AssistantMessage
            canSwitch={!isBusy}
            isBusy={isBusy && message === last}
            isLast={message === last}
            key={message.id}
            message={message}
            onApproveAll={approveAll}
            onDecide={decide}
            onRegenerate={
              message === last && !isBusy && !awaitsApproval(message)
                ? () => conversation.regenerate(message.id)
                : undefined
            }
            onSwitch={conversation.showBranch}
          />
        ),
      )}
      {isBusy && !writes && !connectionLost && <Working />}
    </div>
  );
}
