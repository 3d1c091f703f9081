import { IconButton } from '@/components/ui/button';
import { ChevronIcon } from '@/components/ui/icons';
import { branchPlace } from '@/lib/branches';
import type { ChatMessage } from '@/lib/chat-message';

type BranchSwitchProps = {
  message: ChatMessage;
  disabled: boolean;
  onSwitch: (messageId: string) => void;
};

/** ‹ 2/3 › for a message that was edited or answered more than once. */
export function BranchSwitch({ message, disabled, onSwitch }: BranchSwitchProps) {
  const found = branchPlace(message);
  if (!found) return null;
  const { place, count, previous, next } = found;
  const step = (label: string, target: string | undefined, turned: string) => (
    <IconButton
      disabled={disabled || !target}
      label={label}
      onClick={() => target && onSwitch(target)}
    >
      <ChevronIcon className={turned} />
    </IconButton>
  );
  return (
    <fieldset
      aria-label={`Version ${place} of ${count}`}
      className="flex items-center text-muted-foreground text-xs tabular-nums"
      data-testid="branches"
    >
      {step('Earlier version', previous, 'rotate-180')}
      <span aria-hidden="true">
        {place}/{count}
      </span>
      {step('Later version', next, '')}
    </fieldset>
  );
}
