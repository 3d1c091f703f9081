import { Dialog } from 'radix-ui';
import type { ReactNode } from 'react';

type DrawerProps = { open: boolean; onClose: () => void; title: string; children: ReactNode };

/** A panel from the left edge, for narrow screens. */
export function Drawer({ open, onClose, title, children }: DrawerProps) {
  return (
    <Dialog.Root onOpenChange={(next) => next || onClose()} open={open}>
      <Dialog.Portal>
        <Dialog.Overlay className="fixed inset-0 z-40 animate-[fade-in_150ms] bg-black/45" />
        <Dialog.Content
          aria-describedby={undefined}
          className="fixed inset-y-0 left-0 z-40 w-[min(19rem,86vw)] animate-[slide-in_180ms_ease-out] bg-sidebar shadow-xl outline-none"
        >
          <Dialog.Title className="sr-only">{title}</Dialog.Title>
          {children}
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  );
}
