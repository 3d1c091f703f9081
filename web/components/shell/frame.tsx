'use client';

import Link from 'next/link';
import { usePathname } from 'next/navigation';
import { type ReactNode, useState } from 'react';
import { SearchDialog } from '@/components/search/search-dialog';
import { useSearchKey } from '@/components/search/use-search-key';
import { IconButton } from '@/components/ui/button';
import { Drawer } from '@/components/ui/drawer';
import { MenuIcon, PlusIcon } from '@/components/ui/icons';
import { sameConversation } from '@/lib/conversation-list';
import { conversationIdFromPath } from '@/lib/paths';
import { useConversations } from './conversations';
import { usePendingApprovals } from './pending-approvals';
import { Sidebar } from './sidebar';

const PAGES: Record<string, string> = {
  '/tasks': 'Tasks',
  '/meetings': 'Meetings',
  '/memories': 'Memories',
  '/approvals': 'Approvals',
  '/settings': 'Settings',
  '/usage': 'Usage',
};

function usePageTitle(): string {
  const pathname = usePathname();
  const { items } = useConversations();
  const page = PAGES[pathname];
  if (page) return page;
  const openId = conversationIdFromPath(pathname);
  const open = items?.find((item) => sameConversation(item, openId));
  return open?.title || 'New chat';
}

export function Frame({ children }: { children: ReactNode }) {
  const [drawerOpen, setDrawerOpen] = useState(false);
  const [searching, setSearching] = useState(false);
  const title = usePageTitle();
  const hasOpenQuestions = (usePendingApprovals().items?.length ?? 0) > 0;

  const search = () => {
    setDrawerOpen(false);
    setSearching(true);
  };
  useSearchKey(search);

  return (
    <div className="flex h-dvh overflow-hidden">
      <title>{`${title} · Smithers`}</title>
      <aside className="hidden w-68 shrink-0 border-r bg-sidebar md:block">
        <Sidebar onSearch={search} />
      </aside>
      <Drawer onClose={() => setDrawerOpen(false)} open={drawerOpen} title="Menu">
        <Sidebar onNavigate={() => setDrawerOpen(false)} onSearch={search} />
      </Drawer>
      {searching && <SearchDialog onClose={() => setSearching(false)} />}
      <div className="flex min-w-0 flex-1 flex-col">
        <header className="flex h-14 shrink-0 items-center gap-1 border-b px-2 md:hidden">
          <IconButton
            className="relative"
            label={hasOpenQuestions ? 'Open menu, approvals are waiting' : 'Open menu'}
            onClick={() => setDrawerOpen(true)}
          >
            <MenuIcon className="size-5" />
            {hasOpenQuestions && (
              <span className="absolute top-1.5 right-1.5 size-2 rounded-full bg-primary" />
            )}
          </IconButton>
          <p className="min-w-0 flex-1 truncate text-center font-medium text-sm">{title}</p>
          <Link
            aria-label="New chat"
            className="inline-flex size-10 items-center justify-center rounded-lg hover:bg-accent"
            href="/"
          >
            <PlusIcon className="size-5" />
          </Link>
        </header>
        <main className="flex min-h-0 flex-1 flex-col">{children}</main>
      </div>
    </div>
  );
}
