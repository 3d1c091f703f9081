import type { ReactNode } from 'react';
import { CheckIcon, ChevronIcon, ShieldIcon, Spinner, ToolIcon } from '@/components/ui/icons';
import type { Decision } from '@/lib/api-types';
import type { ToolPart } from '@/lib/chat-message';
import { showHiddenCharacters } from '@/lib/control-characters';
import { cx } from '@/lib/cx';
import { type ToolStatus, type ToolTone, toolInWords, toolStatus } from '@/lib/tool-words';
import { undoOf } from '@/lib/undo';
import { ApprovalCard } from './approval-card';
import { ArgumentList } from './argument-list';
import { UndoMemory } from './undo-memory';

const TONES: Record<ToolTone, string> = {
  busy: 'text-muted-foreground',
  attention: 'text-warning',
  good: 'text-primary',
  bad: 'text-destructive',
  quiet: 'text-muted-foreground',
};

function StatusWords({ status }: { status: ToolStatus }) {
  return (
    <span className={cx('flex shrink-0 items-center gap-1.5 text-xs', TONES[status.tone])}>
      {status.tone === 'busy' && <Spinner className="size-3.5" />}
      {status.tone === 'good' && <CheckIcon className="size-3.5" />}
      {status.tone === 'attention' && <ShieldIcon className="size-3.5" />}
      {status.words}
    </span>
  );
}

function Section({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section>
      <h3 className="mb-1.5 font-medium text-muted-foreground text-xs">{title}</h3>
      {children}
    </section>
  );
}

function Output({ value }: { value: unknown }) {
  if (typeof value === 'object' && value !== null) return <ArgumentList data={value} />;
  return (
    <p className="max-h-80 overflow-y-auto whitespace-pre-wrap break-words text-sm" dir="auto">
      {showHiddenCharacters(String(value ?? 'Nothing'))}
    </p>
  );
}

type ToolCardProps = {
  part: ToolPart;
  /** False once a newer message or a stop has ended this call's turn. */
  isCurrent: boolean;
  onDecide: (approvalId: string, decision: Decision) => Promise<void>;
};

export function ToolCard({ part, isCurrent, onDecide }: ToolCardProps) {
  const name = toolInWords(part.toolName, part.title);

  if (part.state === 'approval-requested' && isCurrent) {
    return (
      <section aria-label={name} data-testid="tool-card">
        <ApprovalCard approval={part.approval} input={part.input} name={name} onDecide={onDecide} />
      </section>
    );
  }
  const undo = part.state === 'output-available' ? undoOf(part.output) : null;
  return (
    <div className="rounded-xl border bg-card" data-testid="tool-card">
      <Fold part={part} name={name} isCurrent={isCurrent} />
      {undo && <UndoMemory undo={undo} />}
    </div>
  );
}

/** What a call was about and what came of it, folded away until somebody wants to know. */
function Fold({
  part,
  name,
  isCurrent,
}: Pick<ToolCardProps, 'part' | 'isCurrent'> & { name: string }) {
  const reason = part.approval?.reason;
  return (
    <details className="group/fold">
      <summary className="flex select-none list-none items-center gap-2.5 rounded-xl px-3.5 py-2.5 text-sm">
        <ToolIcon className="text-muted-foreground" />
        <span className="min-w-0 flex-1 truncate font-medium">{name}</span>
        <StatusWords status={toolStatus(part, isCurrent)} />
        <ChevronIcon className="text-muted-foreground transition-transform group-open/fold:rotate-90" />
      </summary>
      <div className="flex flex-col gap-4 border-t px-3.5 py-3">
        {part.input !== undefined && (
          <Section title="What was asked for">
            <ArgumentList data={part.input} />
          </Section>
        )}
        {reason && (
          <Section title="Your reason">
            <p className="whitespace-pre-wrap break-words text-sm" dir="auto">
              {reason}
            </p>
          </Section>
        )}
        {part.state === 'output-available' && (
          <Section title="Result">
            <Output value={part.output} />
          </Section>
        )}
        {part.state === 'output-error' && (
          <Section title="What happened">
            <Output value={part.errorText} />
          </Section>
        )}
      </div>
    </details>
  );
}
