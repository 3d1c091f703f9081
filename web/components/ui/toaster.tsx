'use client';

import { createContext, type ReactNode, useCallback, useContext, useRef, useState } from 'react';
import { Banner } from './banner';
import { Button, IconButton } from './button';
import { CloseIcon } from './icons';

type Offer = { label: string; take: () => void };
type Toast = { id: number; tone: 'info' | 'error'; text: string; offer?: Offer };
type Say = (text: string, tone?: Toast['tone'], offer?: Offer) => void;

const ToastContext = createContext<Say>(() => undefined);
const SHOWN_FOR_MS = 6000;

/** Says something briefly in a corner, for results that have no place of their own. */
export function useToast(): Say {
  return useContext(ToastContext);
}

export function Toaster({ children }: { children: ReactNode }) {
  const [toasts, setToasts] = useState<Toast[]>([]);
  const nextId = useRef(0);

  const dismiss = useCallback((id: number) => {
    setToasts((current) => current.filter((toast) => toast.id !== id));
  }, []);
  const say = useCallback<Say>(
    (text, tone = 'info', offer) => {
      const id = nextId.current++;
      setToasts((current) => [...current.slice(-2), { id, tone, text, offer }]);
      setTimeout(() => dismiss(id), SHOWN_FOR_MS);
    },
    [dismiss],
  );

  return (
    <ToastContext value={say}>
      {children}
      <div className="pointer-events-none fixed inset-x-4 top-16 z-50 flex flex-col items-end gap-2 md:top-4">
        {toasts.map((toast) => (
          <div
            className="pointer-events-auto w-full max-w-sm animate-[fade-in_150ms] rounded-xl bg-popover shadow-lg"
            key={toast.id}
          >
            <Banner
              action={
                <span className="-my-1 flex items-center gap-1">
                  {toast.offer && (
                    <Button
                      onClick={() => {
                        dismiss(toast.id);
                        toast.offer?.take();
                      }}
                      size="small"
                      variant="outline"
                    >
                      {toast.offer.label}
                    </Button>
                  )}
                  <IconButton label="Dismiss" onClick={() => dismiss(toast.id)}>
                    <CloseIcon />
                  </IconButton>
                </span>
              }
              tone={toast.tone}
            >
              {toast.text}
            </Banner>
          </div>
        ))}
      </div>
    </ToastContext>
  );
}
