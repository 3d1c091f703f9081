'use client';

import {
  createContext,
  type ReactNode,
  useCallback,
  useContext,
  useEffect,
  useMemo,
  useState,
} from 'react';
import { api } from '@/lib/api';
import type { Approval } from '@/lib/api-types';
import { describeError } from '@/lib/problem';

type PendingApprovals = {
  items: Approval[] | null;
  hasMore: boolean;
  failure: string | null;
  refresh: () => Promise<void>;
};

const PendingApprovalsContext = createContext<PendingApprovals | null>(null);

export function usePendingApprovals(): PendingApprovals {
  const approvals = useContext(PendingApprovalsContext);
  if (!approvals) throw new Error('usePendingApprovals needs a PendingApprovalsProvider above it');
  return approvals;
}

export function PendingApprovalsProvider({ children }: { children: ReactNode }) {
  const [items, setItems] = useState<Approval[] | null>(null);
  const [hasMore, setHasMore] = useState(false);
  const [failure, setFailure] = useState<string | null>(null);

  const refresh = useCallback(async () => {
    try {
      const page = await api.approvals('pending');
      setItems(page.items);
      setHasMore(page.nextCursor !== null);
      setFailure(null);
    } catch (error) {
      setFailure(describeError(error));
    }
  }, []);
  useEffect(() => {
    void refresh();
  }, [refresh]);

  const value = useMemo(
    () => ({ items, hasMore, failure, refresh }),
    [items, hasMore, failure, refresh],
  );
  return <PendingApprovalsContext value={value}>{children}</PendingApprovalsContext>;
}
