import { type FormEvent, useState } from 'react';
import { useSession } from '@/components/shell/session';
import { Button } from '@/components/ui/button';
import { type ArgumentField, editedArguments, problemsByArgument } from '@/lib/argument-form';
import { zoneOf } from '@/lib/dates';
import { ApiError } from '@/lib/problem';
import { ArgumentEditor } from './argument-editor';

type EditFormProps = {
  fields: ArgumentField[];
  busy: boolean;
  /** What the server said of the last attempt. */
  error: unknown;
  onBack: () => void;
  onApprove: (values: Record<string, unknown>) => void;
};

/** Changes what a call will be run with, and approves that. */
export function EditForm({ fields, busy, error, onBack, onApprove }: EditFormProps) {
  const zone = zoneOf(useSession().locale);
  const [texts, setTexts] = useState<Record<string, string>>({});
  const [unreadable, setUnreadable] = useState<Record<string, string>>({});
  const [added, setAdded] = useState<string[]>([]);
  const isShown = ({ name, original }: ArgumentField) =>
    original !== undefined || added.includes(name);
  const shown = fields.filter(isShown);
  const names = shown.map(({ name }) => name);
  const refused = error instanceof ApiError ? problemsByArgument(error.fields, names) : {};
  const problems = { ...refused, ...unreadable };

  const submit = (event: FormEvent) => {
    event.preventDefault();
    const edited = editedArguments(shown, texts, zone);
    setUnreadable('problems' in edited ? edited.problems : {});
    if ('values' in edited) onApprove(edited.values);
  };
  return (
    <form className="flex flex-col gap-4" data-testid="edit-arguments" noValidate onSubmit={submit}>
      <ArgumentEditor
        disabled={busy}
        fields={shown}
        onChange={(name, text) => setTexts((all) => ({ ...all, [name]: text }))}
        problems={problems}
        texts={texts}
      />
      {shown.length < fields.length && (
        <div className="flex flex-wrap items-center gap-2 text-muted-foreground text-sm">
          Add
          {fields
            .filter((field) => !isShown(field))
            .map(({ name, label, hint }) => (
              <Button
                data-testid={`add-${name}`}
                disabled={busy}
                key={name}
                onClick={() => setAdded([...added, name])}
                size="small"
                title={hint}
                variant="outline"
              >
                {label}
              </Button>
            ))}
        </div>
      )}
      {problems[''] && (
        <p className="text-destructive text-sm" role="alert">
          {problems['']}
        </p>
      )}
      <div className="flex flex-wrap gap-2">
        <Button busy={busy} data-testid="approve-edited" type="submit">
          Approve with these changes
        </Button>
        <Button disabled={busy} onClick={onBack} variant="outline">
          Back
        </Button>
      </div>
    </form>
  );
}
