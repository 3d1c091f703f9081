import type { ReactNode } from 'react';
import { cx } from '@/lib/cx';
import { AlertIcon, InfoIcon } from './icons';

const TONES = {
  info: 'border-border bg-muted text-foreground',
  warning: 'border-warning/35 bg-warning-soft text-foreground',
  error: 'border-destructive/35 bg-destructive/8 text-foreground',
};

type BannerProps = { tone?: keyof typeof TONES; children: ReactNode; action?: ReactNode };

export function Banner({ tone = 'info', children, action }: BannerProps) {
  const Icon = tone === 'info' ? InfoIcon : AlertIcon;
  const colour = {
    info: 'text-muted-foreground',
    warning: 'text-warning',
    error: 'text-destructive',
  };
  return (
    <div
      className={cx(
        'flex items-start gap-2.5 rounded-xl border px-3.5 py-2.5 text-sm',
        TONES[tone],
      )}
      role={tone === 'error' ? 'alert' : 'status'}
    >
      <Icon className={cx('mt-0.5', colour[tone])} />
      <div className="min-w-0 flex-1 break-words">{children}</div>
      {action}
    </div>
  );
}
