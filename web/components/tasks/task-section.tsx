import { Banner } from '@/components/ui/banner';
import { Button } from '@/components/ui/button';
import { Spinner } from '@/components/ui/icons';
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
  const { items, failure, refresh, loadMore } = list;
  return (
    <section aria-label={title} className="flex flex-col gap-2">
      <h2 className="font-medium text-muted-foreground text-sm">{title}</h2>
      {failure && (
        <Banner
          action={
            <Button className="-my-1" onClick={refresh} size="small" variant="outline">
              Try again
            </Button>
          }
          tone="error"
        >
          {failure}
        </Banner>
      )}
      {!items && !failure && <Spinner className="text-muted-foreground" />}
      {items?.length === 0 && empty && (
        <p className="rounded-xl border border-dashed px-4 py-8 text-center text-muted-foreground text-sm">
          {empty}
        </p>
      )}
      {items && items.length > 0 && (
        <ul className="divide-y rounded-xl border bg-card">
          {items.map((task) => (
            <TaskRow key={task.id} onDelete={onDelete} onToggle={onToggle} task={task} />
          ))}
        </ul>
      )}
      {loadMore && (
        <Button className="self-center" onClick={loadMore} size="small" variant="ghost">
          Load more
        </Button>
      )}
    </section>
  );
}
