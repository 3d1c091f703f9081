import { useCallback, useEffect, useRef, useState } from 'react';
import type { Page } from './api-types';
import { describeError } from './problem';
import { type ChangeKind, useServerChanges } from './server-events';

type State<T> = { items: T[] | null; cursor: string | null; failure: string | null };

/**
 * A list of the server, page by page, read anew when the server announces a
 * change of its kind. `read` must be stable: a new one means another list.
 */
export function usePages<T>(
  read: (cursor: string | null) => Promise<Page<T>>,
  kinds: readonly ChangeKind[] = [],
) {
  const [state, setState] = useState<State<T>>({ items: null, cursor: null, failure: null });
  const newest = useRef(0);

  const load = useCallback(
    async (cursor: string | null) => {
      newest.current += 1;
      const mine = newest.current;
      const settle = (change: (current: State<T>) => State<T>) => {
        // An answer that a later question has overtaken is of no use.
        if (mine === newest.current) setState(change);
      };
      try {
        const page = await read(cursor);
        settle(({ items }) => ({
          items: cursor === null ? page.items : [...(items ?? []), ...page.items],
          cursor: page.nextCursor,
          failure: null,
        }));
      } catch (error) {
        settle((current) => ({ ...current, failure: describeError(error) }));
      }
    },
    [read],
  );
  const refresh = useCallback(() => load(null), [load]);

  useEffect(() => {
    void refresh();
  }, [refresh]);
  useServerChanges(({ kind }) => kinds.includes(kind), refresh);

  return {
    items: state.items,
    failure: state.failure,
    refresh,
    loadMore: state.cursor === null ? null : () => load(state.cursor),
  };
}

export type Pages<T> = ReturnType<typeof usePages<T>>;
