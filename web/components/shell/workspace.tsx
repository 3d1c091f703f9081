'use client';

import type { ReactNode } from 'react';
import { Toaster } from '@/components/ui/toaster';
import { ConversationsProvider } from './conversations';
import { Frame } from './frame';
import { LiveUpdates } from './live-updates';
import { PendingApprovalsProvider } from './pending-approvals';
import { SessionProvider } from './session';

/** Everything a signed-in person sees: the sidebar and, beside it, one page. */
export function Workspace({ children }: { children: ReactNode }) {
  return (
    <SessionProvider>
      <ConversationsProvider>
        <PendingApprovalsProvider>
          <Toaster>
            <LiveUpdates />
            <Frame>{children}</Frame>
          </Toaster>
        </PendingApprovalsProvider>
      </ConversationsProvider>
    </SessionProvider>
  );
}
