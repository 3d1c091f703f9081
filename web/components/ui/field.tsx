import { type InputHTMLAttributes, useId } from 'react';
import { cx } from '@/lib/cx';

export const inputClass =
  'h-10 w-full rounded-lg border border-input bg-card px-3 text-base outline-none transition-shadow placeholder:text-muted-foreground focus-visible:border-ring focus-visible:ring-3 focus-visible:ring-ring/25 aria-invalid:border-destructive sm:text-sm';

type FieldProps = InputHTMLAttributes<HTMLInputElement> & {
  label: string;
  hint?: string;
  problem?: string | null;
};

export function Field({ label, hint, problem, className, ...props }: FieldProps) {
  const id = useId();
  const note = problem ?? hint;
  return (
    <div className="flex flex-col gap-1.5">
      <label className="font-medium text-sm" htmlFor={id}>
        {label}
      </label>
      <input
        aria-describedby={note ? `${id}-note` : undefined}
        aria-invalid={problem ? true : undefined}
        className={cx(inputClass, className)}
        id={id}
        {...props}
      />
      {note && (
        <p
          className={cx('text-xs', problem ? 'text-destructive' : 'text-muted-foreground')}
          id={`${id}-note`}
        >
          {note}
        </p>
      )}
    </div>
  );
}
