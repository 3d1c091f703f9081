import { type FormEvent, useId, useState } from 'react';
import { useSession } from '@/components/shell/session';
import { Button } from '@/components/ui/button';
import { inputClass } from '@/components/ui/field';
import type { Decision, Remember } from '@/lib/api-types';
import type { ApprovalDescriptor } from '@/lib/chat-message';
import { relativeTime } from '@/lib/dates';
import { focusOnMount } from '@/lib/focus-on-mount';
import { describeError } from '@/lib/problem';
import { useNow } from '@/lib/use-now';
import { RememberChoice } from './remember-choice';

type Stage = 'open' | 'denying' | 'approve-sent' | 'deny-sent';

type ApprovalActionsProps = {
  descriptor: Pick<ApprovalDescriptor, 'digest' | 'expiresAt' | 'rememberable' | 'effect'>;
  onDecide: (decision: Decision) => Promise<void>;
};

/** Approve or deny one call; used by the card in a chat and by the inbox. */
export function ApprovalActions({ descriptor, onDecide }: ApprovalActionsProps) {
  const { digest, expiresAt, rememberable, effect } = descriptor;
  const [stage, setStage] = useState<Stage>('open');
  const [reason, setReason] = useState('');
  const [remember, setRemember] = useState<Remember | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const { locale } = useSession().locale;
  const now = useNow();
  const reasonId = useId();
  const expiry = expiresAt ? new Date(expiresAt) : null;

  const decide = async (decision: Decision['decision']) => {
    setProblem(null);
    setStage(decision === 'approve' ? 'approve-sent' : 'deny-sent');
    try {
      await onDecide({
        decision,
        digest,
        reason: decision === 'deny' ? reason.trim() || undefined : undefined,
        remember: remember ?? undefined,
      });
    } catch (error) {
      setProblem(describeError(error));
      setStage(decision === 'approve' ? 'open' : 'denying');
    }
  };
  const confirmDenial = (event: FormEvent) => {
    event.preventDefault();
    void decide('deny');
  };

  if (expiry && expiry <= now) {
    return <p className="text-muted-foreground text-sm">This question has expired.</p>;
  }
  const isSent = stage === 'approve-sent' || stage === 'deny-sent';
  return (
    <div className="flex flex-col gap-3">
      {rememberable && <RememberChoice disabled={isSent} onChange={setRemember} value={remember} />}
      {stage === 'denying' || stage === 'deny-sent' ? (
        <form className="flex flex-col gap-2" onSubmit={confirmDenial}>
          <label className="font-medium text-sm" htmlFor={reasonId}>
            Why not? <span className="font-normal text-muted-foreground">(optional)</span>
          </label>
          <input
            className={inputClass}
            data-testid="deny-reason"
            disabled={isSent}
            id={reasonId}
            maxLength={2000}
            onChange={(event) => setReason(event.target.value)}
            ref={focusOnMount}
            placeholder="Smithers will read this"
            value={reason}
          />
          <div className="flex flex-wrap gap-2">
            <Button busy={isSent} data-testid="deny-confirm" type="submit" variant="danger">
              Deny
            </Button>
            <Button disabled={isSent} onClick={() => setStage('open')} variant="outline">
              Back
            </Button>
          </div>
        </form>
      ) : (
        <div className="flex flex-wrap items-center gap-2">
          <Button
            busy={isSent}
            data-testid="approve"
            onClick={() => decide('approve')}
            variant={effect === 'destructive' ? 'danger' : 'primary'}
          >
            Approve
          </Button>
          <Button
            data-testid="deny"
            disabled={isSent}
            onClick={() => setStage('denying')}
            variant="outline"
          >
            Deny
          </Button>
          {expiry && (
            <span className="ml-auto text-muted-foreground text-xs" title={expiresAt}>
              Expires {relativeTime(expiry, now, locale)}
            </span>
          )}
        </div>
      )}
      {problem && (
        <p className="text-destructive text-sm" role="alert">
          {problem}
        </p>
      )}
    </div>
  );
}
