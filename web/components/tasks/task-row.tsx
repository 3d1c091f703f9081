import { useState } from 'react';
import { useSession } from '@/components/shell/session';
import { IconButton } from '@/components/ui/button';
import { CheckIcon, TrashIcon } from '@/components/ui/icons';
import type { Task } from '@/lib/api-types';
import { cx } from '@/lib/cx';
import { isOverdue, shortDate } from '@/lib/dates';

type TaskRowProps = {
  task: Task;
  onToggle: (task: Task) => Promise<void>;
  onDelete: (task: Task) => void;
};

export function TaskRow({ task, onToggle, onDelete }: TaskRowProps) {
  const { locale } = useSession();
  const [busy, setBusy] = useState(false);
  const isDone = task.status === 'done';
  const now = new Date();
  const due = shortDate(task, now, locale);
  const late = !isDone && isOverdue(task, now, locale);

  const toggle = async () => {
    setBusy(true);
    await onToggle(task);
    setBusy(false);
  };

  return (
    <li className="flex items-center gap-3 px-3 py-2 sm:px-4" data-testid="task">
      <span className="relative grid shrink-0 place-items-center">
        <input
          aria-label={task.title}
          checked={isDone}
          className="peer size-5.5 cursor-pointer appearance-none rounded-full border border-input transition-colors checked:border-primary checked:bg-primary hover:border-primary disabled:opacity-50 pointer-coarse:size-7"
          disabled={busy}
          onChange={toggle}
          type="checkbox"
        />
        <CheckIcon className="pointer-events-none absolute size-3.5 text-transparent peer-checked:text-primary-foreground peer-hover:text-primary peer-checked:peer-hover:text-primary-foreground" />
      </span>
      <div className="min-w-0 flex-1 py-1">
        <p
          className={cx('break-words text-sm', isDone && 'text-muted-foreground line-through')}
          dir="auto"
        >
          {task.title}
        </p>
        {(due || task.source !== 'local') && (
          <p className="mt-0.5 text-muted-foreground text-xs">
            {due && <span className={cx(late && 'font-medium text-destructive')}>{due}</span>}
            {due && task.source !== 'local' && ' · '}
            {task.source !== 'local' && task.source}
          </p>
        )}
      </div>
      <IconButton
        className="text-muted-foreground"
        label={`Delete ${task.title}`}
        onClick={() => onDelete(task)}
      >
        <TrashIcon />
      </IconButton>
    </li>
  );
}
