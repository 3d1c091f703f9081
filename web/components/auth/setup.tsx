'use client';

import { Banner } from '@/components/ui/banner';
import { Spinner } from '@/components/ui/icons';
import { useAddressQuery } from './address-query';
import { SetupForm } from './setup-form';

export function Setup() {
  const query = useAddressQuery();
  if (!query) return <Spinner className="text-muted-foreground" />;
  const token = query.get('token');
  return (
    <div className="flex flex-col gap-5">
      <div>
        <h1 className="font-semibold text-lg">Welcome</h1>
        <p className="mt-1 text-muted-foreground text-sm">
          {token ? 'Make your account, and you are ready to go.' : 'This page needs a setup link.'}
        </p>
      </div>
      {token ? (
        <SetupForm token={token} />
      ) : (
        <Banner>
          Open the setup link that the server printed when it started, or the invitation you were
          sent.
        </Banner>
      )}
      <p className="text-muted-foreground text-sm">
        You have an account already?{' '}
        <a className="font-medium text-primary underline-offset-4 hover:underline" href="/sign-in">
          Sign in
        </a>
      </p>
    </div>
  );
}
