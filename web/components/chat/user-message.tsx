import { type KeyboardEvent, useState } from 'react';
import { Button, IconButton } from '@/components/ui/button';
import { PencilIcon } from '@/components/ui/icons';
import { type ChatMessage, filesOf, textOf } from '@/lib/chat-message';
import { focusOnMount } from '@/lib/focus-on-mount';
import { BranchSwitch } from './branch-switch';
import { CopyButton } from './copy-button';
import { MessageActions } from './message-actions';
import { MessageFiles } from './message-files';

type EditFormProps = {
  initialText: string;
  canSubmit: boolean;
  onCancel: () => void;
  onSubmit: (text: string) => void;
};

function EditForm({ initialText, canSubmit, onCancel, onSubmit }: EditFormProps) {
  const [text, setText] = useState(initialText);
  const ready = canSubmit && text.trim() !== '';
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'Escape') onCancel();
    if (event.key !== 'Enter' || event.shiftKey || event.nativeEvent.isComposing) return;
    event.preventDefault();
    if (ready) onSubmit(text.trim());
  };
  return (
    <div className="w-full rounded-2xl border border-input bg-card p-3">
      <textarea
        aria-label="Edit your message"
        className="field-sizing-content block max-h-60 min-h-12 w-full resize-none bg-transparent px-1 text-base leading-6 outline-none sm:text-[0.95rem]"
        data-testid="edit-input"
        dir="auto"
        onChange={(event) => setText(event.target.value)}
        onKeyDown={onKeyDown}
        ref={focusOnMount}
        value={text}
      />
      <div className="mt-2 flex justify-end gap-2">
        <Button onClick={onCancel} size="small" variant="outline">
          Cancel
        </Button>
        <Button disabled={!ready} onClick={() => onSubmit(text.trim())} size="small">
          Send
        </Button>
      </div>
    </div>
  );
}

type UserMessageProps = {
  message: ChatMessage;
  /** The text being edited, or null while the message is only shown. */
  editingText: string | null;
  canEdit: boolean;
  onStartEdit: (text: string) => void;
  onCancelEdit: () => void;
  onSubmitEdit: (text: string) => void;
  onSwitch: (messageId: string) => void;
};

export function UserMessage({
  message,
  editingText,
  canEdit,
  onStartEdit,
  onCancelEdit,
  onSubmitEdit,
  onSwitch,
}: UserMessageProps) {
  const text = textOf(message);
  if (editingText !== null) {
    return (
      <EditForm
        canSubmit={canEdit}
        initialText={editingText}
        onCancel={onCancelEdit}
        onSubmit={onSubmitEdit}
      />
    );
  }
  return (
    <article
      aria-label="Your message"
      className="reveal-host flex flex-col items-end"
      data-testid="message-user"
    >
      <MessageFiles files={filesOf(message)} />
      {text !== '' && (
        <p
          className="max-w-[85%] whitespace-pre-wrap break-words rounded-2xl rounded-br-md bg-secondary px-4 py-2.5 text-secondary-foreground leading-relaxed sm:max-w-[75%]"
          dir="auto"
        >
          {text}
        </p>
      )}
      <div className="mt-1 flex items-center">
        <MessageActions>
          {text !== '' && <CopyButton text={text} />}
          {canEdit && (
            <IconButton label="Edit message" onClick={() => onStartEdit(text)}>
              <PencilIcon />
            </IconButton>
          )}
        </MessageActions>
        <BranchSwitch disabled={!canEdit} message={message} onSwitch={onSwitch} />
      </div>
    </article>
  );
}
