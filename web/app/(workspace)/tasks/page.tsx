import { TaskPage } from '@/components/tasks/task-page';

export default function Page() {
  return <TaskPage />;
}
