import { type FormEvent, useState } from 'react';
import { Button } from '@/components/ui/button';
import { Field } from '@/components/ui/field';
import { focusOnMount } from '@/lib/focus-on-mount';

type DenyFormProps = {
  busy: boolean;
  onBack: () => void;
  onDeny: (reason: string | undefined) => void;
};

export function DenyForm({ busy, onBack, onDeny }: DenyFormProps) {
  const [reason, setReason] = useState('');
  const submit = (event: FormEvent) => {
    event.preventDefault();
    onDeny(reason.trim() || undefined);
  };
  return (
    <form className="flex flex-col gap-2" onSubmit={submit}>
      <Field
        data-testid="deny-reason"
        disabled={busy}
        label="Why not? (optional)"
        maxLength={2000}
        onChange={(event) => setReason(event.target.value)}
        placeholder="Smithers will read this"
        ref={focusOnMount}
        value={reason}
      />
      <div className="flex flex-wrap gap-2">
        <Button busy={busy} data-testid="deny-confirm" type="submit" variant="danger">
          Deny
        </Button>
        <Button disabled={busy} onClick={onBack} variant="outline">
          Back
        </Button>
      </div>
    </form>
  );
}
