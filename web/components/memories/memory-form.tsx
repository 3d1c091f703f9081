import { type FormEvent, useState } from 'react';
import { Button } from '@/components/ui/button';
import { Area } from '@/components/ui/field';
import { describeError } from '@/lib/problem';

const LONGEST_MEMORY = 2000;

type MemoryFormProps = {
  label: string;
  action: string;
  initialText?: string;
  onSave: (text: string) => Promise<void>;
  onCancel?: () => void;
};

export function MemoryForm({ label, action, initialText = '', onSave, onCancel }: MemoryFormProps) {
  const [text, setText] = useState(initialText);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    setProblem(null);
    try {
      await onSave(text.trim());
      setText('');
    } catch (error) {
      setProblem(describeError(error));
    } finally {
      setBusy(false);
    }
  };

  return (
    <form className="flex flex-1 flex-col gap-2" onSubmit={submit}>
      <Area
        autoFocus={onCancel !== undefined}
        dir="auto"
        label={label}
        maxLength={LONGEST_MEMORY}
        onChange={(event) => setText(event.target.value)}
        placeholder="I work from home on Fridays"
        problem={problem}
        rows={1}
        value={text}
      />
      <div className="flex justify-end gap-2">
        {onCancel && (
          <Button onClick={onCancel} size="small" variant="outline">
            Cancel
          </Button>
        )}
        <Button busy={busy} disabled={text.trim() === ''} size="small" type="submit">
          {action}
        </Button>
      </div>
    </form>
  );
}
