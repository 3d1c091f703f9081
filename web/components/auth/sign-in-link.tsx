import { useEffect, useState } from 'react';
import { Banner } from '@/components/ui/banner';
import { Spinner } from '@/components/ui/icons';
import { api } from '@/lib/api';
import { ApiError, describeError } from '@/lib/problem';
import { useLatest } from '@/lib/use-latest';

// A link works once, but React may run an effect twice while developing.
const attempts = new Map<string, Promise<unknown>>();

function redeem(token: string): Promise<unknown> {
  const attempt = attempts.get(token) ?? api.signInWithLink(token);
  attempts.set(token, attempt);
  return attempt;
}

function explain(error: unknown): string {
  const isRefused = error instanceof ApiError && error.status >= 400 && error.status < 429;
  return isRefused
    ? 'This sign-in link does not work any more. Links work once and for ten minutes; ask the server for a new one with “smithers sign-in-link”.'
    : describeError(error);
}

export function SignInLink({ token, onSignedIn }: { token: string; onSignedIn: () => void }) {
  const [problem, setProblem] = useState<string | null>(null);
  const signedIn = useLatest(onSignedIn);

  useEffect(() => {
    let isMounted = true;
    redeem(token).then(
      () => isMounted && signedIn.current(),
      (error) => isMounted && setProblem(explain(error)),
    );
    return () => {
      isMounted = false;
    };
  }, [token, signedIn]);

  if (!problem) {
    return (
      <p className="flex items-center justify-center gap-2.5 py-2 text-sm" role="status">
        <Spinner /> Signing you in
      </p>
    );
  }
  return (
    <div className="flex flex-col gap-5">
      <h1 className="font-semibold text-lg">Sign in</h1>
      <Banner tone="error">{problem}</Banner>
      <a
        className="font-medium text-primary text-sm underline-offset-4 hover:underline"
        href="/sign-in"
      >
        Sign in with email and password
      </a>
    </div>
  );
}
