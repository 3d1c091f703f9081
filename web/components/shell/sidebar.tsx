import Link from 'next/link';
import { usePathname } from 'next/navigation';
import type { ReactNode } from 'react';
import {
  CalendarIcon,
  ListIcon,
  Logo,
  MemoryIcon,
  PlusIcon,
  SearchIcon,
  ShieldIcon,
} from '@/components/ui/icons';
import { cx } from '@/lib/cx';
import { ConversationList } from './conversation-list';
import { usePendingApprovals } from './pending-approvals';
import { ThemeToggle } from './theme-toggle';
import { UserMenu } from './user-menu';

type SidebarLinkProps = {
  href: string;
  icon: ReactNode;
  children: ReactNode;
  onNavigate?: () => void;
};

const ROW =
  'flex h-9 items-center gap-2.5 rounded-lg px-2.5 text-sm transition-colors pointer-coarse:h-11';

function SidebarLink({ href, icon, children, onNavigate }: SidebarLinkProps) {
  const isCurrent = usePathname() === href;
  return (
    <Link
      aria-current={isCurrent ? 'page' : undefined}
      className={cx(ROW, isCurrent ? 'bg-accent font-medium' : 'hover:bg-accent/60')}
      href={href}
      onClick={onNavigate}
    >
      {icon}
      {children}
    </Link>
  );
}

function PendingCount() {
  const { items, hasMore } = usePendingApprovals();
  if (!items || items.length === 0) return null;
  return (
    <span className="ml-auto rounded-full bg-primary px-1.5 py-0.5 font-medium text-primary-foreground text-xs tabular-nums leading-none">
      {items.length}
      {hasMore && '+'}
      <span className="sr-only"> waiting for your decision</span>
    </span>
  );
}

type SidebarProps = { onNavigate?: () => void; onSearch: () => void };

export function Sidebar({ onNavigate, onSearch }: SidebarProps) {
  return (
    <div className="flex h-full flex-col text-sidebar-foreground">
      <div className="flex h-14 shrink-0 items-center gap-2.5 px-4">
        <Logo />
        <span className="font-semibold tracking-tight">Smithers</span>
        <ThemeToggle />
      </div>
      <nav aria-label="Pages" className="flex flex-col gap-0.5 px-2 pb-3">
        <SidebarLink href="/" icon={<PlusIcon />} onNavigate={onNavigate}>
          New chat
        </SidebarLink>
        <button
          aria-keyshortcuts="Control+K Meta+K"
          className={cx(ROW, 'hover:bg-accent/60')}
          onClick={onSearch}
          type="button"
        >
          <SearchIcon />
          Search
          <span
            aria-hidden="true"
            className="ml-auto text-muted-foreground text-xs pointer-coarse:hidden"
          >
            Ctrl K
          </span>
        </button>
        <SidebarLink href="/tasks" icon={<ListIcon />} onNavigate={onNavigate}>
          Tasks
        </SidebarLink>
        <SidebarLink href="/meetings" icon={<CalendarIcon />} onNavigate={onNavigate}>
          Meetings
        </SidebarLink>
        <SidebarLink href="/memories" icon={<MemoryIcon />} onNavigate={onNavigate}>
          Memories
        </SidebarLink>
        <SidebarLink href="/approvals" icon={<ShieldIcon />} onNavigate={onNavigate}>
          Approvals
          <PendingCount />
        </SidebarLink>
      </nav>
      <ConversationList onNavigate={onNavigate} />
      <div className="shrink-0 border-t p-2">
        <UserMenu onNavigate={onNavigate} />
      </div>
    </div>
  );
}
