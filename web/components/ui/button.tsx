import type { ButtonHTMLAttributes, Ref } from 'react';
import { cx } from '@/lib/cx';
import { Spinner } from './icons';

const BASE =
  'inline-flex shrink-0 select-none items-center justify-center gap-2 font-medium text-sm transition-colors disabled:cursor-not-allowed disabled:opacity-50';

const VARIANTS = {
  primary: 'bg-primary text-primary-foreground hover:bg-primary/88',
  outline: 'border border-input bg-card hover:bg-accent',
  ghost: 'hover:bg-accent',
  danger: 'bg-destructive text-destructive-foreground hover:bg-destructive/88',
};

const SIZES = {
  small: 'h-8 rounded-lg px-3 pointer-coarse:h-10',
  medium: 'h-10 rounded-lg px-4',
  icon: 'size-8 rounded-lg pointer-coarse:size-10',
  round: 'size-9 rounded-full pointer-coarse:size-10',
};

type ButtonProps = ButtonHTMLAttributes<HTMLButtonElement> & {
  variant?: keyof typeof VARIANTS;
  size?: keyof typeof SIZES;
  busy?: boolean;
  ref?: Ref<HTMLButtonElement>;
};

export function Button({
  variant = 'primary',
  size = 'medium',
  busy = false,
  className,
  children,
  disabled,
  ...props
}: ButtonProps) {
  return (
    <button
      aria-busy={busy || undefined}
      className={cx(BASE, VARIANTS[variant], SIZES[size], className)}
      disabled={disabled || busy}
      type="button"
      {...props}
    >
      {busy && <Spinner />}
      {children}
    </button>
  );
}

/** A button that shows only an icon; its label is read aloud and shown as a tooltip. */
export function IconButton({ label, ...props }: ButtonProps & { label: string }) {
  return <Button aria-label={label} size="icon" title={label} variant="ghost" {...props} />;
}
