import { useState } from 'react';
import { Button } from '@/components/ui/button';
import { type ChatMessage, openQuestions, readDescriptor } from '@/lib/chat-message';
import { describeError } from '@/lib/problem';

export type ApproveAllProps = {
  message: ChatMessage;
  onApprove: (questions: Array<{ id: string; digest?: string }>) => Promise<void>;
};

/** One answer to several questions that stand under one another. */
export function ApproveAll({ message, onApprove }: ApproveAllProps) {
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const questions = openQuestions(message);
  if (questions.length < 2) return null;

  const approve = async () => {
    setBusy(true);
    setProblem(null);
    try {
      await onApprove(
        questions.map(({ id, descriptor }) => ({ id, digest: readDescriptor(descriptor).digest })),
      );
    } catch (error) {
      setProblem(describeError(error));
    } finally {
      setBusy(false);
    }
  };
  return (
    <div className="flex flex-wrap items-center gap-x-3 gap-y-2">
      <Button busy={busy} data-testid="approve-all" onClick={approve}>
        Approve all {questions.length}
      </Button>
      {problem && (
        <p className="text-destructive text-sm" role="alert">
          {problem}
        </p>
      )}
    </div>
  );
}
