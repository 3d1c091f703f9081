'use client';

import { useEffect, useRef } from 'react';
import { connectServerEvents, useServerEvent, watchReturns } from '@/lib/server-events';
import { useConversations } from './conversations';
import { usePendingApprovals } from './pending-approvals';
import { useSession } from './session';

// A turn announces several changes in a row; one refresh answers them all.
const GATHER_MS = 400;

/** Keeps the sidebar true while turns run in other tabs, on schedules or in the background. */
export function LiveUpdates() {
  const { config } = useSession();
  const { refresh: refreshConversations } = useConversations();
  const { refresh: refreshApprovals } = usePendingApprovals();
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const hasEvents = config.features.events === true;

  useEffect(() => (hasEvents ? connectServerEvents() : watchReturns()), [hasEvents]);
  useEffect(() => () => clearTimeout(timer.current), []);

  useServerEvent((event) => {
    if (event.kind === 'task') return;
    clearTimeout(timer.current);
    timer.current = setTimeout(() => {
      void refreshConversations();
      void refreshApprovals();
    }, GATHER_MS);
  });

  return null;
}
