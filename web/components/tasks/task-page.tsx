'use client';

import { useState } from 'react';
import { PageBody } from '@/components/shell/page-body';
import { Confirm } from '@/components/ui/confirm';
import { useToast } from '@/components/ui/toaster';
import { api } from '@/lib/api';
import type { Task } from '@/lib/api-types';
import { describeError } from '@/lib/problem';
import { TaskForm } from './task-form';
import { TaskSection } from './task-section';
import { useTasks } from './use-tasks';

export function TaskPage() {
  const open = useTasks('open');
  const done = useTasks('done');
  const say = useToast();
  const [deleting, setDeleting] = useState<Task | null>(null);

  const refresh = () => Promise.all([open.refresh(), done.refresh()]);
  const toggle = async (task: Task) => {
    try {
      await api.setTaskStatus(task.id, task.status === 'open' ? 'done' : 'open');
    } catch (error) {
      say(describeError(error), 'error');
    }
    await refresh();
  };
  const confirmDelete = async (task: Task) => {
    await api.deleteTask(task.id);
    await refresh();
  };

  return (
    <PageBody description="What is open, and what is behind you." title="Tasks">
      <TaskForm onAdded={open.refresh} />
      <TaskSection
        empty="Nothing is open. Enjoy it."
        list={open}
        onDelete={setDeleting}
        onToggle={toggle}
        title="Open"
      />
      {done.items && done.items.length > 0 && (
        <TaskSection list={done} onDelete={setDeleting} onToggle={toggle} title="Done" />
      )}
      <Confirm
        action="Delete"
        danger
        description={<>“{deleting?.title}” will be removed for good.</>}
        onClose={() => setDeleting(null)}
        onConfirm={() => (deleting ? confirmDelete(deleting) : undefined)}
        open={deleting !== null}
        title="Delete this task?"
      />
    </PageBody>
  );
}
