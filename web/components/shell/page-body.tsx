import type { ReactNode } from 'react';

type PageBodyProps = { title: string; description: string; children: ReactNode };

/** The frame of every page that is not a chat. */
export function PageBody({ title, description, children }: PageBodyProps) {
  return (
    <div className="min-h-0 flex-1 overflow-y-auto">
      <div className="mx-auto flex w-full max-w-3xl flex-col gap-6 px-4 py-6 sm:px-6 sm:py-10">
        <header>
          <h1 className="font-semibold text-2xl tracking-tight">{title}</h1>
          <p className="mt-1 text-muted-foreground text-sm">{description}</p>
        </header>
        {children}
      </div>
    </div>
  );
}
