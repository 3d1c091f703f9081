'use client';

import { createContext, type ReactNode, useCallback, useContext, useRef, useState } from 'react';
import { Banner } from './banner';
import { IconButton } from './button';
import { CloseIcon } from './icons';

type Toast = { id: number; tone: 'info' | 'error'; text: string };
type Say = (text: string, tone?: Toast['tone']) => void;

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
    (text, tone = 'info') => {
      const id = nextId.current++;
      setToasts((current) => [...current.slice(-2), { id, tone, text }]);
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
                <IconButton className="-my-1" label="Dismiss" onClick={() => dismiss(toast.id)}>
                  <CloseIcon />
                </IconButton>
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
