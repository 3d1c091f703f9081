import {
  type ClipboardEvent,
  type FormEvent,
  type KeyboardEvent,
  type ReactNode,
  type RefObject,
  useEffect,
  useLayoutEffect,
} from 'react';
import { IconButton } from '@/components/ui/button';
import { ArrowUpIcon, Spinner, StopIcon } from '@/components/ui/icons';
import { cx } from '@/lib/cx';
import { AttachButton } from './attach-button';
import { AttachmentChips } from './attachment-chips';
import type { Attachments } from './use-attachments';

const LONGEST_MESSAGE = 100_000;
const TALLEST_PX = 240;

type ComposerProps = {
  attachments: Attachments;
  text: string;
  onChange: (text: string) => void;
  onSend: (text: string) => void;
  onStop: () => void;
  isBusy: boolean;
  stopping: boolean;
  isDropTarget: boolean;
  /** What else can be chosen for the message. */
  menu: ReactNode;
  inputRef: RefObject<HTMLTextAreaElement | null>;
};

export function Composer({
  attachments,
  text,
  onChange,
  onSend,
  onStop,
  isBusy,
  stopping,
  isDropTarget,
  menu,
  inputRef,
}: ComposerProps) {
  const isTooLong = text.length > LONGEST_MESSAGE;
  const { isUploading, hasReady } = attachments;
  const canSend = !isBusy && !isTooLong && !isUploading && (hasReady || text.trim() !== '');

  useEffect(() => {
    if (!window.matchMedia('(pointer: coarse)').matches) inputRef.current?.focus();
  }, [inputRef]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: the height follows the text
  useLayoutEffect(() => {
    const input = inputRef.current;
    if (!input) return;
    input.style.height = 'auto';
    input.style.height = `${Math.min(input.scrollHeight, TALLEST_PX)}px`;
  }, [text, inputRef]);

  const submit = (event?: FormEvent) => {
    event?.preventDefault();
    if (canSend) onSend(text.trim());
  };
  const onKeyDown = (event: KeyboardEvent<HTMLTextAreaElement>) => {
    // Enter also confirms a word in input methods; that must not send.
    if (event.key !== 'Enter' || event.shiftKey || event.nativeEvent.isComposing) return;
    event.preventDefault();
    submit();
  };

  const onPaste = (event: ClipboardEvent) => {
    // Office programs add a picture of the text that they copy; the text is what is meant.
    const { files, types } = event.clipboardData;
    if (files.length === 0 || types.includes('text/plain')) return;
    event.preventDefault();
    attachments.add(files);
  };

  return (
    <form
      aria-label="Message"
      className={cx(
        'rounded-2xl border border-input bg-card shadow-sm transition-shadow focus-within:border-ring focus-within:ring-3 focus-within:ring-ring/20',
        isDropTarget && 'border-ring ring-3 ring-ring/40',
      )}
      onSubmit={submit}
    >
      <AttachmentChips attachments={attachments} />
      <textarea
        aria-invalid={isTooLong || undefined}
        aria-label="Message to Smithers"
        className="block w-full resize-none bg-transparent px-4 pt-3.5 pb-1 text-base leading-6 outline-none placeholder:text-muted-foreground sm:text-[0.95rem]"
        data-testid="composer"
        dir="auto"
        enterKeyHint="send"
        onChange={(event) => onChange(event.target.value)}
        onKeyDown={onKeyDown}
        onPaste={onPaste}
        placeholder={isDropTarget ? 'Drop the files here' : 'Ask Smithers to do something'}
        ref={inputRef}
        rows={1}
        value={text}
      />
      <div className="flex items-center gap-2 px-2.5 pb-2.5">
        <AttachButton onPick={attachments.add} />
        <p className="min-w-0 flex-1 truncate px-1.5 text-muted-foreground text-xs">
          {isTooLong ? (
            <span className="text-destructive" role="alert">
              Too long: at most {LONGEST_MESSAGE.toLocaleString()} characters
            </span>
          ) : (
            <span className="hidden sm:inline">Enter sends, Shift+Enter starts a new line</span>
          )}
        </p>
        {menu}
        {isBusy ? (
          <IconButton
            data-testid="stop"
            disabled={stopping}
            label={stopping ? 'Stopping' : 'Stop'}
            onClick={onStop}
            size="round"
            variant="outline"
          >
            {stopping ? <Spinner /> : <StopIcon />}
          </IconButton>
        ) : (
          <IconButton
            data-testid="send"
            disabled={!canSend}
            label="Send"
            size="round"
            type="submit"
            variant="primary"
          >
            <ArrowUpIcon />
          </IconButton>
        )}
      </div>
    </form>
  );
}
