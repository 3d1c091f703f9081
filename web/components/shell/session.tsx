'use client';

import { useRouter } from 'next/navigation';
import {
  createContext,
  type ReactNode,
  useCallback,
  useContext,
  useEffect,
  useMemo,
  useState,
} from 'react';
import { Button } from '@/components/ui/button';
import { Logo, Spinner } from '@/components/ui/icons';
import { api, onSignedOut } from '@/lib/api';
import type { Person, ServerConfig } from '@/lib/api-types';
import { type Locale, usableLocale } from '@/lib/dates';
import { signInPath } from '@/lib/paths';
import { ApiError, describeError } from '@/lib/problem';

type Session = {
  me: Person;
  config: ServerConfig;
  locale: Locale;
  replaceMe: (me: Person) => void;
};

const SessionContext = createContext<Session | null>(null);

export function useSession(): Session {
  const session = useContext(SessionContext);
  if (!session) throw new Error('useSession needs a SessionProvider above it');
  return session;
}

type State = Pick<Session, 'me' | 'config'> | { failure: string } | null;

/** Shows its children once the person is known; without a session it leads to the sign-in page. */
export function SessionProvider({ children }: { children: ReactNode }) {
  const router = useRouter();
  const [state, setState] = useState<State>(null);

  const load = useCallback(async () => {
    setState(null);
    try {
      const [config, me] = await Promise.all([api.config(), api.me()]);
      setState({ config, me });
    } catch (error) {
      if (error instanceof ApiError && error.status === 401) return;
      setState({ failure: describeError(error) });
    }
  }, []);

  useEffect(
    () => onSignedOut(() => router.replace(signInPath(window.location.pathname))),
    [router],
  );
  useEffect(() => {
    void load();
  }, [load]);

  const session = useMemo(() => {
    if (!state || 'failure' in state) return null;
    const { locale, timezone } = state.me.preferences ?? {};
    const replaceMe = (me: Person) => setState({ ...state, me });
    return { ...state, locale: usableLocale(locale, timezone), replaceMe };
  }, [state]);

  if (session) return <SessionContext value={session}>{children}</SessionContext>;
  return (
    <main className="flex min-h-dvh flex-col items-center justify-center gap-5 p-6 text-center">
      <title>Smithers</title>
      <Logo className="size-10" />
      {state && 'failure' in state ? (
        <>
          <p className="max-w-sm text-muted-foreground" role="alert">
            {state.failure}
          </p>
          <Button onClick={load}>Try again</Button>
        </>
      ) : (
        <p className="flex items-center gap-2 text-muted-foreground text-sm" role="status">
          <Spinner /> Loading
        </p>
      )}
    </main>
  );
}
