import { useState } from 'react';
import { useSession } from '@/components/shell/session';
import { Button } from '@/components/ui/button';
import { api } from '@/lib/api';
import type { Decision, Remember } from '@/lib/api-types';
import { type ArgumentField, argumentFields } from '@/lib/argument-form';
import type { ApprovalDescriptor } from '@/lib/chat-message';
import { relativeTime, zoneOf } from '@/lib/dates';
import { ApiError, describeError } from '@/lib/problem';
import { useNow } from '@/lib/use-now';
import { DenyForm } from './deny-form';
import { EditForm } from './edit-form';
import { RememberChoice } from './remember-choice';

type ApprovalActionsProps = {
  id: string;
  descriptor: ApprovalDescriptor;
  input: unknown;
  onDecide: (decision: Decision) => Promise<void>;
};

/** Approve, edit or deny one call; used by the card in a chat and by the inbox. */
export function ApprovalActions({ id, descriptor, input, onDecide }: ApprovalActionsProps) {
  const { digest, expiresAt, rememberable, rememberScope, effect, because } = descriptor;
  const [stage, setStage] = useState<'open' | 'editing' | 'denying'>('open');
  const [isSent, setIsSent] = useState(false);
  const [remember, setRemember] = useState<Remember | null>(null);
  const [error, setError] = useState<unknown>(null);
  const { locale } = useSession();
  const now = useNow();
  const expiry = expiresAt ? new Date(expiresAt) : null;
  const [fields, setFields] = useState<ArgumentField[]>([]);
  const isPlaced = stage === 'editing' && error instanceof ApiError && error.fields.length > 0;

  const decide = async (decision: Pick<Decision, 'decision' | 'arguments' | 'reason'>) => {
    setError(null);
    setIsSent(true);
    try {
      await onDecide({ ...decision, digest, remember: remember ?? undefined });
    } catch (failure) {
      setError(failure);
      setIsSent(false);
    }
  };
  const edit = async () => {
    setError(null);
    setIsSent(true);
    try {
      const { inputSchema = {} } = await api.approval(id);
      setFields(argumentFields(input, inputSchema, zoneOf(locale)) ?? []);
      setStage('editing');
    } catch (failure) {
      setError(failure);
    }
    setIsSent(false);
  };
  const goTo = (next: typeof stage) => {
    setError(null);
    setStage(next);
  };

  if (expiry && expiry <= now) {
    return <p className="text-muted-foreground text-sm">This question has expired.</p>;
  }
  return (
    <div className="flex flex-col gap-3">
      {because && <p className="text-pretty text-muted-foreground text-sm">{because}</p>}
      {rememberable && (
        <RememberChoice
          disabled={isSent}
          onChange={setRemember}
          scope={rememberScope}
          value={remember}
        />
      )}
      {stage === 'denying' && (
        <DenyForm
          busy={isSent}
          onBack={() => goTo('open')}
          onDeny={(reason) => decide({ decision: 'deny', reason })}
        />
      )}
      {stage === 'editing' && (
        <EditForm
          busy={isSent}
          error={error}
          fields={fields}
          onApprove={(values) => decide({ decision: 'approve', arguments: values })}
          onBack={() => goTo('open')}
        />
      )}
      {stage === 'open' && (
        <div className="flex flex-wrap items-center gap-2">
          <Button
            busy={isSent}
            data-testid="approve"
            onClick={() => decide({ decision: 'approve' })}
            variant={effect === 'destructive' ? 'danger' : 'primary'}
          >
            Approve
          </Button>
          <Button
            data-testid="deny"
            disabled={isSent}
            onClick={() => goTo('denying')}
            variant="outline"
          >
            Deny
          </Button>
          <Button data-testid="edit" disabled={isSent} onClick={edit} variant="ghost">
            Edit
          </Button>
          {expiry && (
            <span className="ml-auto text-muted-foreground text-xs" title={expiresAt}>
              Expires {relativeTime(expiry, now, locale.locale)}
            </span>
          )}
        </div>
      )}
      {error !== null && !isPlaced && (
        <p className="text-destructive text-sm" role="alert">
          {describeError(error)}
        </p>
      )}
    </div>
  );
}
