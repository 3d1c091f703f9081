'use client';

import { PageBody } from '@/components/shell/page-body';
import { usePendingApprovals } from '@/components/shell/pending-approvals';
import { Banner } from '@/components/ui/banner';
import { Button } from '@/components/ui/button';
import { ShieldIcon, Spinner } from '@/components/ui/icons';
import { InboxItem } from './inbox-item';

export function ApprovalInbox() {
  const { items, failure, hasMore, refresh } = usePendingApprovals();
  return (
    <PageBody
      description="What Smithers wants to do and has not done yet, from all conversations."
      title="Approvals"
    >
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
      {items?.length === 0 && (
        <div className="flex flex-col items-center gap-2 rounded-2xl border border-dashed px-6 py-14 text-center">
          <ShieldIcon className="size-7 text-muted-foreground" />
          <p className="font-medium">Nothing waits for you</p>
          <p className="text-muted-foreground text-sm">Open questions appear here.</p>
        </div>
      )}
      <ul className="flex flex-col gap-4">
        {items?.map((approval) => (
          <li key={approval.id}>
            <InboxItem approval={approval} />
          </li>
        ))}
      </ul>
      {hasMore && (
        <p className="text-muted-foreground text-sm">
          Only the newest are shown; more appear as you decide these.
        </p>
      )}
    </PageBody>
  );
}
