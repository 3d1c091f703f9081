import { useState } from 'react';
import { Button } from '@/components/ui/button';
import { useToast } from '@/components/ui/toaster';
import { api } from '@/lib/api';
import { showHiddenCharacters } from '@/lib/control-characters';
import { ApiError, describeError } from '@/lib/problem';
import type { Undo } from '@/lib/undo';

/** What was remembered or forgotten without a question, and the way back. */
export function UndoMemory({ undo }: { undo: Undo }) {
  const [stage, setStage] = useState<'open' | 'busy' | 'undone'>('open');
  const say = useToast();

  const take = async () => {
    setStage('busy');
    try {
      await (undo.kind === 'forget' ? api.forgetMemory(undo.id) : api.restoreMemory(undo.id));
      setStage('undone');
    } catch (error) {
      const isGone = error instanceof ApiError && error.status === 404;
      say(isGone ? 'This can no longer be undone.' : describeError(error), 'error');
      setStage('open');
    }
  };
  return (
    <div className="flex items-center gap-3 border-t py-1.5 pr-2 pl-3.5">
      <p className="min-w-0 flex-1 break-words text-sm" dir="auto">
        {showHiddenCharacters(undo.text)}
      </p>
      {stage === 'undone' ? (
        <span className="px-2 text-muted-foreground text-xs" role="status">
          Undone
        </span>
      ) : (
        <Button
          busy={stage === 'busy'}
          data-testid="undo"
          onClick={take}
          size="small"
          variant="ghost"
        >
          Undo
        </Button>
      )}
    </div>
  );
}
