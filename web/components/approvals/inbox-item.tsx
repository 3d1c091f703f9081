import Link from 'next/link';
import { ArgumentList } from '@/components/chat/argument-list';
import { useConversations } from '@/components/shell/conversations';
import { usePendingApprovals } from '@/components/shell/pending-approvals';
import { useSession } from '@/components/shell/session';
import { useToast } from '@/components/ui/toaster';
import { api } from '@/lib/api';
import type { Approval, Decision } from '@/lib/api-types';
import { showHiddenCharacters } from '@/lib/control-characters';
import { addressId, sameConversation } from '@/lib/conversation-list';
import { relativeTime } from '@/lib/dates';
import { conversationPath } from '@/lib/paths';
import { ApiError } from '@/lib/problem';
import { effectInWords, toolInWords } from '@/lib/tool-words';
import { useNow } from '@/lib/use-now';
import { ApprovalActions } from './approval-actions';

export function InboxItem({ approval }: { approval: Approval }) {
  const { refresh } = usePendingApprovals();
  const conversations = useConversations();
  const { locale } = useSession().locale;
  const say = useToast();
  const now = useNow();
  const { tool } = approval;
  const name = toolInWords(tool.name, tool.title);
  const conversation = conversations.items?.find((item) =>
    sameConversation(item, approval.conversationId),
  );

  const decide = async (decision: Decision) => {
    try {
      await api.decideApproval(approval.id, decision);
      say(decision.decision === 'approve' ? `Approved: ${name}` : `Denied: ${name}`);
    } catch (error) {
      const isSettled = error instanceof ApiError && (error.status === 409 || error.status === 404);
      if (!isSettled) throw error;
      say(error.detail);
    }
    await refresh();
    void conversations.refresh();
  };

  return (
    <article className="rounded-2xl border bg-card" data-testid="approval-card">
      <header className="flex flex-wrap items-baseline gap-x-2.5 gap-y-0.5 border-b px-4 py-2.5 text-sm">
        <h2 className="font-medium">{name}</h2>
        <span
          className={tool.effect === 'destructive' ? 'text-destructive' : 'text-muted-foreground'}
        >
          {effectInWords(tool.effect)}
        </span>
        <span className="ml-auto text-muted-foreground text-xs">
          {relativeTime(new Date(approval.createdAt), now, locale)}
        </span>
      </header>
      <div className="flex flex-col gap-4 p-4">
        <p className="whitespace-pre-wrap text-pretty break-words font-semibold" dir="auto">
          {showHiddenCharacters(approval.summary)}
        </p>
        <ArgumentList data={approval.arguments} />
        <ApprovalActions
          descriptor={{
            digest: approval.digest,
            expiresAt: approval.expiresAt,
            rememberable: approval.rememberable,
            rememberScope: approval.rememberScope,
            effect: tool.effect,
            because: approval.because,
          }}
          id={approval.id}
          input={approval.arguments}
          onDecide={decide}
        />
        <Link
          className="self-start text-muted-foreground text-sm underline-offset-4 hover:text-foreground hover:underline"
          href={conversationPath(conversation ? addressId(conversation) : approval.conversationId)}
          prefetch={false}
        >
          {conversation?.title ? `From “${conversation.title}”` : 'Open the conversation'}
        </Link>
      </div>
    </article>
  );
}
