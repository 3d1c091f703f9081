import type { ReactNode } from 'react';
import { Logo } from '@/components/ui/icons';

export default function DoorLayout({ children }: { children: ReactNode }) {
  return (
    <main className="flex min-h-dvh flex-col items-center justify-center gap-6 bg-sidebar px-4 py-10">
      <div className="flex items-center gap-3">
        <Logo className="size-9" />
        <span className="font-semibold text-xl tracking-tight">Smithers</span>
      </div>
      <div className="w-full max-w-sm rounded-2xl border bg-card p-6 shadow-sm sm:p-7">
        {children}
      </div>
    </main>
  );
}
