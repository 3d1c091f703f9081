import Link from 'next/link';
import {
  ChartIcon,
  ExternalIcon,
  MoreIcon,
  SettingsIcon,
  SignOutIcon,
} from '@/components/ui/icons';
import { Menu, MenuItem } from '@/components/ui/menu';
import { useToast } from '@/components/ui/toaster';
import { api } from '@/lib/api';
import { describeError } from '@/lib/problem';
import { useSession } from './session';

function initials(name: string): string {
  const words = name.trim().split(/\s+/);
  const letters = [words[0], words.length > 1 ? words.at(-1) : undefined];
  return letters
    .map((word) => Array.from(word ?? '')[0] ?? '')
    .join('')
    .toUpperCase();
}

export function UserMenu({ onNavigate }: { onNavigate?: () => void }) {
  const { me } = useSession();
  const say = useToast();

  const signOut = async () => {
    try {
      await api.logOut();
      // A full load, so that nothing of this person stays in memory.
      window.location.assign('/sign-in');
    } catch (error) {
      say(describeError(error), 'error');
    }
  };

  return (
    <Menu
      align="start"
      side="top"
      trigger={
        <button
          aria-label={`Account of ${me.name}`}
          className="flex w-full items-center gap-2.5 rounded-lg p-2 text-left transition-colors hover:bg-accent/60"
          type="button"
        >
          <span
            aria-hidden="true"
            className="grid size-8 shrink-0 place-items-center rounded-full bg-accent font-medium text-xs"
          >
            {initials(me.name || me.email)}
          </span>
          <span className="min-w-0 flex-1">
            <span className="block truncate font-medium text-sm">{me.name}</span>
            <span className="block truncate text-muted-foreground text-xs">{me.email}</span>
          </span>
          <MoreIcon className="text-muted-foreground" />
        </button>
      }
    >
      <MenuItem asChild>
        <Link href="/settings" onClick={onNavigate}>
          <SettingsIcon /> Settings
        </Link>
      </MenuItem>
      <MenuItem asChild>
        <Link href="/usage" onClick={onNavigate}>
          <ChartIcon /> Usage
        </Link>
      </MenuItem>
      <MenuItem asChild>
        <a href="/api/docs">
          <ExternalIcon /> API reference
        </a>
      </MenuItem>
      <MenuItem onSelect={signOut}>
        <SignOutIcon /> Sign out
      </MenuItem>
    </Menu>
  );
}
