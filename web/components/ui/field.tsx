import {
  type InputHTMLAttributes,
  type ReactNode,
  type Ref,
  type SelectHTMLAttributes,
  type TextareaHTMLAttributes,
  useId,
} from 'react';
import { cx } from '@/lib/cx';

export const inputClass =
  'h-10 w-full rounded-lg border border-input bg-card px-3 text-base outline-none transition-shadow placeholder:text-muted-foreground focus-visible:border-ring focus-visible:ring-3 focus-visible:ring-ring/25 aria-invalid:border-destructive sm:text-sm';
const areaClass = cx(inputClass, 'field-sizing-content block h-auto max-h-80 resize-y py-2');

type Labelled = { label: string; hint?: string; problem?: string | null };
type Wiring = { id: string; 'aria-describedby'?: string; 'aria-invalid'?: true };

/** A label above and a note below; the field in between is told about both. */
function Labelled({
  label,
  hint,
  problem,
  children,
}: Labelled & { children: (wiring: Wiring) => ReactNode }) {
  const id = useId();
  const note = problem ?? hint;
  return (
    <div className="flex min-w-0 flex-col gap-1.5">
      <label className="font-medium text-sm" htmlFor={id}>
        {label}
      </label>
      {children({
        id,
        'aria-describedby': note ? `${id}-note` : undefined,
        'aria-invalid': problem ? true : undefined,
      })}
      {note && (
        <p
          className={cx(
            'break-words text-xs',
            problem ? 'text-destructive' : 'text-muted-foreground',
          )}
          id={`${id}-note`}
        >
          {note}
        </p>
      )}
    </div>
  );
}

type FieldProps = InputHTMLAttributes<HTMLInputElement> &
  Labelled & { ref?: Ref<HTMLInputElement> };

export function Field({ label, hint, problem, className, ...props }: FieldProps) {
  return (
    <Labelled hint={hint} label={label} problem={problem}>
      {(wiring) => <input className={cx(inputClass, className)} {...wiring} {...props} />}
    </Labelled>
  );
}

type AreaProps = TextareaHTMLAttributes<HTMLTextAreaElement> & Labelled;

/** A field of several lines that grows with its text. */
export function Area({ label, hint, problem, className, ...props }: AreaProps) {
  return (
    <Labelled hint={hint} label={label} problem={problem}>
      {(wiring) => <textarea className={cx(areaClass, className)} {...wiring} {...props} />}
    </Labelled>
  );
}

type ChoiceProps = SelectHTMLAttributes<HTMLSelectElement> & Labelled;

export function Choice({ label, hint, problem, className, ...props }: ChoiceProps) {
  return (
    <Labelled hint={hint} label={label} problem={problem}>
      {(wiring) => <select className={cx(inputClass, className)} {...wiring} {...props} />}
    </Labelled>
  );
}

type TickProps = InputHTMLAttributes<HTMLInputElement> & { label: string; hint?: string };

export function Tick({ label, hint, ...props }: TickProps) {
  const id = useId();
  return (
    <div className="flex items-start gap-2.5 text-sm">
      <input
        aria-describedby={hint && `${id}-note`}
        className="mt-0.5 size-4 shrink-0 accent-primary pointer-coarse:size-5"
        id={id}
        type="checkbox"
        {...props}
      />
      <div>
        <label className="font-medium" htmlFor={id}>
          {label}
        </label>
        {hint && (
          <p className="text-muted-foreground text-xs" id={`${id}-note`}>
            {hint}
          </p>
        )}
      </div>
    </div>
  );
}
