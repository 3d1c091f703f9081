import { PagedList } from '@/components/shell/paged-list';
import type { Task } from '@/lib/api-types';
import { TaskRow } from './task-row';
import type { TaskList } from './use-tasks';

type TaskSectionProps = {
  title: string;
  list: TaskList;
  empty?: string;
  onToggle: (task: Task) => Promise<void>;
  onDelete: (task: Task) => void;
};

export function TaskSection({ title, list, empty, onToggle, onDelete }: TaskSectionProps) {
  return (
    <section aria-label={title} className="flex flex-col gap-2">
      <h2 className="font-medium text-muted-foreground text-sm">{title}</h2>
      <PagedList empty={empty} list={list}>
        {(items) => (
          <ul className="divide-y rounded-xl border bg-card">
            {items.map((task) => (
              <TaskRow key={task.id} onDelete={onDelete} onToggle={onToggle} task={task} />
            ))}
          </ul>
        )}
      </PagedList>
    </section>
  );
}
