import { useId } from 'react';
import type { Remember, RememberScope } from '@/lib/api-types';
import { showHiddenCharacters } from '@/lib/control-characters';
import { limitsInWords } from '@/lib/permissions';

type RememberChoiceProps = {
  value: Remember | null;
  onChange: (value: Remember | null) => void;
  disabled: boolean;
  /** What a rule made of this answer would be limited to. */
  scope?: RememberScope;
};

function isRemember(value: string): value is Remember {
  return value === 'conversation' || value === 'always';
}

export function RememberChoice({ value, onChange, disabled, scope }: RememberChoiceProps) {
  const id = useId();
  const limits = value && limitsInWords({ verdict: 'allow', tool: '', when: scope });
  return (
    <div className="flex flex-wrap items-center gap-x-3 gap-y-1.5 text-sm">
      <label className="text-muted-foreground" htmlFor={id}>
        Next time
      </label>
      <select
        className="h-9 rounded-lg border border-input bg-card px-2.5 pointer-coarse:h-10"
        data-testid="remember"
        disabled={disabled}
        id={id}
        onChange={(event) => onChange(isRemember(event.target.value) ? event.target.value : null)}
        value={value ?? ''}
      >
        <option value="">Ask me again</option>
        <option value="conversation">Same answer in this conversation</option>
        <option value="always">Same answer always</option>
      </select>
      {limits && (
        <p className="w-full break-words text-muted-foreground text-xs" data-testid="scope">
          {showHiddenCharacters(limits)}
        </p>
      )}
    </div>
  );
}
