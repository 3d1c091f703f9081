import { useRef } from 'react';
import { IconButton } from '@/components/ui/button';
import { PaperclipIcon } from '@/components/ui/icons';
import { ACCEPTED } from '@/lib/attachments';

export function AttachButton({ onPick }: { onPick: (files: File[]) => void }) {
  const input = useRef<HTMLInputElement>(null);
  return (
    <>
      <input
        accept={ACCEPTED}
        aria-label="Files to attach"
        data-testid="attach"
        hidden
        multiple
        onChange={({ target }) => {
          onPick([...(target.files ?? [])]);
          // The same file may be picked again after it was removed.
          target.value = '';
        }}
        ref={input}
        type="file"
      />
      <IconButton label="Attach files" onClick={() => input.current?.click()} size="round">
        <PaperclipIcon />
      </IconButton>
    </>
  );
}
