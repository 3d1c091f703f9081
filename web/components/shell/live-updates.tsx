'use client';

import { useEffect } from 'react';
import {
  type ChangeKind,
  connectServerEvents,
  useServerChanges,
  watchReturns,
} from '@/lib/server-events';
import { useConversations } from './conversations';
import { usePendingApprovals } from './pending-approvals';
import { useSession } from './session';

const SIDEBAR_KINDS: ChangeKind[] = ['turn', 'approval', 'conversation'];

/** Keeps the sidebar true while turns run in other tabs, on schedules or in the background. */
export function LiveUpdates() {
  const { config } = useSession();
  const { refresh: refreshConversations } = useConversations();
  const { refresh: refreshApprovals } = usePendingApprovals();
  const hasEvents = config.features.events === true;

  useEffect(() => (hasEvents ? connectServerEvents() : watchReturns()), [hasEvents]);
  useServerChanges(
    ({ kind }) => SIDEBAR_KINDS.includes(kind),
    () => {
      void refreshConversations();
      void refreshApprovals();
    },
  );

  return null;
}
