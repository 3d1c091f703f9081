import { type FormEvent, useState } from 'react';
import { Button, IconButton } from '@/components/ui/button';
import { Choice, Field } from '@/components/ui/field';
import { TrashIcon } from '@/components/ui/icons';
import type { Rule, Verdict } from '@/lib/api-types';
import { limitsInWords, VERDICTS } from '@/lib/permissions';

type RuleListProps = {
  rules: Rule[];
  verdicts: Verdict[];
  busy: boolean;
  /** Resolves to whether the rules were taken. */
  onChange: (rules: Rule[]) => Promise<boolean>;
};

function RuleForm({
  verdicts,
  busy,
  onAdd,
}: {
  verdicts: Verdict[];
  busy: boolean;
  onAdd: (rule: Rule) => Promise<boolean>;
}) {
  const blank = { verdict: verdicts[0] ?? 'ask', tool: '', pointer: '', value: '' };
  const [rule, setRule] = useState(blank);
  const text = (name: 'tool' | 'pointer' | 'value') => ({
    value: rule[name],
    onChange: ({ target }: { target: { value: string } }) =>
      setRule({ ...rule, [name]: target.value }),
  });
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    const when = rule.pointer.trim() ? { [rule.pointer.trim()]: rule.value } : undefined;
    const isTaken = await onAdd({ verdict: rule.verdict, tool: rule.tool.trim(), when });
    if (isTaken) setRule(blank);
  };
  return (
    <form className="grid gap-3 sm:grid-cols-2" onSubmit={submit}>
      <Choice
        label="New rule"
        onChange={({ target }) => setRule({ ...rule, verdict: target.value as Verdict })}
        value={rule.verdict}
      >
        {verdicts.map((verdict) => (
          <option key={verdict} value={verdict}>
            {VERDICTS[verdict]}
          </option>
        ))}
      </Choice>
      <Field label="Tool" placeholder="create_task or asana__*" required {...text('tool')} />
      <Field label="Only if this argument" placeholder="/channel" {...text('pointer')} />
      <Field
        disabled={rule.pointer.trim() === ''}
        label="has this value"
        placeholder="#team-*"
        {...text('value')}
      />
      <Button
        busy={busy}
        className="justify-self-start"
        disabled={rule.tool.trim() === ''}
        type="submit"
        variant="outline"
      >
        Add rule
      </Button>
    </form>
  );
}

/** Rules that can be removed and added; whoever shows them saves them. */
export function RuleList({ rules, verdicts, busy, onChange }: RuleListProps) {
  return (
    <div className="flex flex-col gap-4">
      {rules.length > 0 && (
        <ul className="divide-y rounded-xl border bg-card">
          {rules.map((rule, index) => (
            <li
              className="flex items-center gap-3 px-3 py-2 text-sm sm:px-4"
              data-testid="rule"
              key={rule.id ?? `${rule.verdict} ${rule.tool}`}
            >
              <div className="min-w-0 flex-1">
                <p className="break-words">
                  {VERDICTS[rule.verdict]} <code className="font-mono text-xs">{rule.tool}</code>
                </p>
                {limitsInWords(rule) && (
                  <p className="break-words text-muted-foreground text-xs">{limitsInWords(rule)}</p>
                )}
              </div>
              <IconButton
                className="text-muted-foreground"
                disabled={busy}
                label={`Remove the rule for ${rule.tool}`}
                onClick={() => onChange(rules.toSpliced(index, 1))}
              >
                <TrashIcon />
              </IconButton>
            </li>
          ))}
        </ul>
      )}
      <RuleForm busy={busy} onAdd={(rule) => onChange([...rules, rule])} verdicts={verdicts} />
    </div>
  );
}
