import { type FormEvent, useState } from 'react';
import { Banner } from '@/components/ui/banner';
import { Button } from '@/components/ui/button';
import { Field } from '@/components/ui/field';
import { api } from '@/lib/api';
import { ApiError, describeError } from '@/lib/problem';

const FIELDS = ['name', 'email', 'password'] as const;
type Values = Record<(typeof FIELDS)[number], string>;

function explain(error: unknown): string {
  const isRefused = error instanceof ApiError && error.status === 401;
  return isRefused
    ? 'This link does not work any more. A setup link works once, and a restart of the server makes a new one.'
    : describeError(error);
}

export function SetupForm({ token }: { token: string }) {
  const [values, setValues] = useState<Values>({ name: '', email: '', password: '' });
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);

  const fieldProblem = (name: keyof Values) =>
    error instanceof ApiError ? error.field(name) : null;
  const isExplained = FIELDS.some((name) => fieldProblem(name) !== null);
  const change = (name: keyof Values) => (event: { target: { value: string } }) =>
    setValues((current) => ({ ...current, [name]: event.target.value }));

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    setError(null);
    try {
      await api.setUp({
        token,
        name: values.name.trim(),
        email: values.email.trim(),
        password: values.password,
        timezone: Intl.DateTimeFormat().resolvedOptions().timeZone,
      });
      window.location.replace('/');
    } catch (failure) {
      setError(failure);
      setBusy(false);
    }
  };

  return (
    <form className="flex flex-col gap-4" onSubmit={submit}>
      {error !== null && !isExplained && <Banner tone="error">{explain(error)}</Banner>}
      <Field
        autoComplete="name"
        autoFocus
        label="Your name"
        name="name"
        onChange={change('name')}
        problem={fieldProblem('name')}
        required
        value={values.name}
      />
      <Field
        autoComplete="username"
        label="Email"
        name="email"
        onChange={change('email')}
        problem={fieldProblem('email')}
        required
        type="email"
        value={values.email}
      />
      <Field
        autoComplete="new-password"
        hint="A long phrase is better than a complicated word."
        label="Password"
        name="password"
        onChange={change('password')}
        problem={fieldProblem('password')}
        required
        type="password"
        value={values.password}
      />
      <Button busy={busy} className="mt-1" type="submit">
        Create account
      </Button>
    </form>
  );
}
