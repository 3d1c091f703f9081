import type { Metadata } from 'next';
import Link from 'next/link';
import { Logo } from '@/components/ui/icons';

export const metadata: Metadata = { title: 'Not found · Smithers' };

export default function NotFound() {
  return (
    <main className="flex min-h-dvh flex-col items-center justify-center gap-2 p-6 text-center">
      <Logo className="mb-3 size-11" />
      <h1 className="font-semibold text-2xl tracking-tight">There is no such page</h1>
      <p className="text-muted-foreground">The address may be mistyped or out of date.</p>
      <Link className="mt-4 font-medium text-primary underline-offset-4 hover:underline" href="/">
        Go to the chat
      </Link>
    </main>
  );
}
