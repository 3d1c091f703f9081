'use client';

import { useEffect, useState } from 'react';
import { Banner } from '@/components/ui/banner';
import { Spinner } from '@/components/ui/icons';
import { api } from '@/lib/api';
import type { ServerConfig } from '@/lib/api-types';
import { safeReturnPath } from '@/lib/paths';
import { describeError } from '@/lib/problem';
import { useAddressQuery } from './address-query';
import { LoginForm } from './login-form';
import { SignInLink } from './sign-in-link';

function OtherWays({ config }: { config: ServerConfig }) {
  if (config.auth.setupRequired) {
    return (
      <Banner>
        This Smithers has no owner yet. Open the setup link that the server printed when it started.
      </Banner>
    );
  }
  if (config.auth.mode === 'local') return null;
  const name = config.auth.mode === 'clerk' ? 'Clerk' : (config.auth.oidcName ?? 'single sign-on');
  return <Banner>People sign in to this Smithers with {name}.</Banner>;
}

export function SignIn() {
  const query = useAddressQuery();
  const [config, setConfig] = useState<ServerConfig | null>(null);
  const [failure, setFailure] = useState<string | null>(null);

  useEffect(() => {
    api.config().then(setConfig, (error) => setFailure(describeError(error)));
  }, []);

  // A full load of the next page, so that it starts with the new session.
  const enter = () => window.location.replace(safeReturnPath(query?.get('next') ?? null));
  const token = query?.get('token');
  if (token) return <SignInLink onSignedIn={enter} token={token} />;

  const offersPassword = config?.auth.mode === 'local' && !config.auth.setupRequired;
  return (
    <div className="flex flex-col gap-5">
      <h1 className="font-semibold text-lg">Sign in</h1>
      {failure && <Banner tone="error">{failure}</Banner>}
      {config && <OtherWays config={config} />}
      {offersPassword && <LoginForm onSignedIn={enter} />}
      {!config && !failure && <Spinner className="text-muted-foreground" />}
    </div>
  );
}
