import { type FormEvent, useState } from 'react';
import { Banner } from '@/components/ui/banner';
import { Button } from '@/components/ui/button';
import { Field } from '@/components/ui/field';
import { api } from '@/lib/api';
import { ApiError, describeError } from '@/lib/problem';

function explain(error: unknown): string {
  const isRefused = error instanceof ApiError && error.status === 401;
  return isRefused ? 'That email and password do not belong together.' : describeError(error);
}

export function LoginForm({ onSignedIn }: { onSignedIn: () => void }) {
  const [email, setEmail] = useState('');
  const [password, setPassword] = useState('');
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    setProblem(null);
    try {
      await api.logIn(email.trim(), password);
      onSignedIn();
    } catch (error) {
      setProblem(explain(error));
      setBusy(false);
    }
  };

  return (
    <form className="flex flex-col gap-4" onSubmit={submit}>
      {problem && <Banner tone="error">{problem}</Banner>}
      <Field
        autoComplete="username"
        autoFocus
        label="Email"
        name="email"
        onChange={(event) => setEmail(event.target.value)}
        required
        type="email"
        value={email}
      />
      <Field
        autoComplete="current-password"
        label="Password"
        name="password"
        onChange={(event) => setPassword(event.target.value)}
        required
        type="password"
        value={password}
      />
      <Button busy={busy} className="mt-1" type="submit">
        Sign in
      </Button>
    </form>
  );
}
