import type { ReactNode } from 'react';
import { cx } from '@/lib/cx';

type MessageActionsProps = { className?: string; children: ReactNode };

/** Small buttons of one message; always visible where there is no hovering. */
export function MessageActions({ className, children }: MessageActionsProps) {
  return (
    <div className={cx('reveal flex items-center text-muted-foreground', className)}>
      {children}
    </div>
  );
}
