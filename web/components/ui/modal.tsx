import { Dialog } from 'radix-ui';
import type { ReactNode } from 'react';

const PANEL =
  'fixed top-1/2 left-1/2 z-50 max-h-[calc(100dvh-2rem)] w-[calc(100vw-2rem)] max-w-md -translate-x-1/2 -translate-y-1/2 overflow-y-auto animate-[fade-in_120ms] rounded-2xl border bg-popover p-5 text-popover-foreground shadow-xl';

type ModalProps = {
  open: boolean;
  onClose: () => void;
  title: string;
  description?: ReactNode;
  children: ReactNode;
};

export function Modal({ open, onClose, title, description, children }: ModalProps) {
  return (
    <Dialog.Root onOpenChange={(next) => next || onClose()} open={open}>
      <Dialog.Portal>
        <Dialog.Overlay className="fixed inset-0 z-50 animate-[fade-in_120ms] bg-black/45" />
        <Dialog.Content
          className={PANEL}
          {...(description ? {} : { 'aria-describedby': undefined })}
        >
          <Dialog.Title className="font-semibold text-base">{title}</Dialog.Title>
          {description && (
            <Dialog.Description asChild>
              <div className="mt-1.5 break-words text-muted-foreground text-sm">{description}</div>
            </Dialog.Description>
          )}
          {children}
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

export function ModalActions({ children }: { children: ReactNode }) {
  return <div className="mt-5 flex flex-wrap justify-end gap-2">{children}</div>;
}
