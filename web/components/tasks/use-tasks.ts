import { useCallback, useEffect, useState } from 'react';
import { api } from '@/lib/api';
import type { Task } from '@/lib/api-types';
import { describeError } from '@/lib/problem';
import { useServerEvent } from '@/lib/server-events';

type State = { items: Task[] | null; cursor: string | null; failure: string | null };

/** One list of tasks, open or done, with paging. */
export function useTasks(status: Task['status']) {
  const [state, setState] = useState<State>({ items: null, cursor: null, failure: null });

  const load = useCallback(
    async (cursor: string | null) => {
      try {
        const page = await api.tasks(status, cursor);
        setState((current) => ({
          items: cursor === null ? page.items : [...(current.items ?? []), ...page.items],
          cursor: page.nextCursor,
          failure: null,
        }));
      } catch (error) {
        setState((current) => ({ ...current, failure: describeError(error) }));
      }
    },
    [status],
  );
  const refresh = useCallback(() => load(null), [load]);

  useEffect(() => {
    void refresh();
  }, [refresh]);
  useServerEvent((event) => {
    if (event.kind === 'task' || event.kind === 'missed') void refresh();
  });

  return {
    items: state.items,
    failure: state.failure,
    refresh,
    loadMore: state.cursor === null ? null : () => load(state.cursor),
  };
}

export type TaskList = ReturnType<typeof useTasks>;
