import { ApprovalActions } from '@/components/approvals/approval-actions';
import { ShieldIcon } from '@/components/ui/icons';
import type { Decision } from '@/lib/api-types';
import { readDescriptor } from '@/lib/chat-message';
import { showHiddenCharacters } from '@/lib/control-characters';
import { effectInWords } from '@/lib/tool-words';
import { ArgumentList } from './argument-list';

type ApprovalCardProps = {
  approval: { id: string; descriptor?: unknown };
  name: string;
  input: unknown;
  onDecide: (approvalId: string, decision: Decision) => Promise<void>;
};

export function ApprovalCard({ approval, name, input, onDecide }: ApprovalCardProps) {
  const descriptor = readDescriptor(approval.descriptor);
  const effect = effectInWords(descriptor.effect);
  return (
    <div
      className="rounded-2xl border border-warning/40 bg-card shadow-sm"
      data-testid="approval-card"
    >
      <header className="flex flex-wrap items-center gap-x-2.5 gap-y-1 rounded-t-2xl border-warning/25 border-b bg-warning-soft px-4 py-2.5 text-sm">
        <ShieldIcon className="text-warning" />
        <span className="font-medium">{name}</span>
        {effect && (
          <span
            className={
              descriptor.effect === 'destructive' ? 'text-destructive' : 'text-muted-foreground'
            }
          >
            {effect}
          </span>
        )}
      </header>
      <div className="flex flex-col gap-4 px-4 py-4">
        {descriptor.summary && (
          <p className="whitespace-pre-wrap text-pretty break-words font-semibold" dir="auto">
            {showHiddenCharacters(descriptor.summary)}
          </p>
        )}
        <ArgumentList data={input} />
        <ApprovalActions
          descriptor={descriptor}
          id={approval.id}
          input={input}
          onDecide={(decision) => onDecide(approval.id, decision)}
        />
      </div>
    </div>
  );
}
