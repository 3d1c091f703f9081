import { useCallback } from 'react';
import { api } from '@/lib/api';
import type { Task } from '@/lib/api-types';
import { type Pages, usePages } from '@/lib/use-pages';

export type TaskList = Pages<Task>;

/** One list of tasks, open or done. */
export function useTasks(status: Task['status']): TaskList {
  return usePages(
    useCallback((cursor: string | null) => api.tasks(status, cursor), [status]),
    ['task'],
  );
}
