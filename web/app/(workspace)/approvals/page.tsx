import { ApprovalInbox } from '@/components/approvals/approval-inbox';

export default function Page() {
  return <ApprovalInbox />;
}
