import { type FormEvent, useState } from 'react';
import { Button } from '@/components/ui/button';
import { inputClass } from '@/components/ui/field';
import { api } from '@/lib/api';
import { cx } from '@/lib/cx';
import { describeError } from '@/lib/problem';

export function TaskForm({ onAdded }: { onAdded: () => Promise<void> }) {
  const [title, setTitle] = useState('');
  const [dueOn, setDueOn] = useState('');
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    setProblem(null);
    try {
      await api.addTask({ title: title.trim(), ...(dueOn ? { dueOn } : {}) });
      setTitle('');
      setDueOn('');
      await onAdded();
    } catch (error) {
      setProblem(describeError(error));
    } finally {
      setBusy(false);
    }
  };

  return (
    <form className="flex flex-col gap-2" onSubmit={submit}>
      <div className="flex flex-col gap-2 sm:flex-row">
        <input
          aria-label="New task"
          className={cx(inputClass, 'sm:flex-1')}
          dir="auto"
          onChange={(event) => setTitle(event.target.value)}
          placeholder="Add a task"
          value={title}
        />
        <div className="flex gap-2">
          <input
            aria-label="Due date"
            className={cx(
              inputClass,
              'min-w-0 flex-1 sm:w-40',
              dueOn === '' && 'text-muted-foreground',
            )}
            onChange={(event) => setDueOn(event.target.value)}
            type="date"
            value={dueOn}
          />
          <Button busy={busy} disabled={title.trim() === ''} type="submit">
            Add
          </Button>
        </div>
      </div>
      {problem && (
        <p className="text-destructive text-sm" role="alert">
          {problem}
        </p>
      )}
    </form>
  );
}
