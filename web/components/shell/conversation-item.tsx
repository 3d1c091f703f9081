import Link from 'next/link';
import { IconButton } from '@/components/ui/button';
import { DownloadIcon, MoreIcon, PencilIcon, TrashIcon } from '@/components/ui/icons';
import { Menu, MenuItem } from '@/components/ui/menu';
import { api } from '@/lib/api';
import type { Conversation, TurnStatus } from '@/lib/api-types';
import { addressId } from '@/lib/conversation-list';
import { cx } from '@/lib/cx';
import { conversationPath } from '@/lib/paths';

const DOTS: Record<TurnStatus, { words: string; colour: string } | null> = {
  idle: null,
  queued: { words: 'Working', colour: 'animate-[breathe_1.4s_ease-in-out_infinite] bg-primary' },
  running: { words: 'Working', colour: 'animate-[breathe_1.4s_ease-in-out_infinite] bg-primary' },
  waiting: { words: 'Waiting for your approval', colour: 'bg-warning' },
};

function StatusDot({ status }: { status: TurnStatus }) {
  const dot = DOTS[status];
  if (!dot) return null;
  return (
    <span className={cx('size-2 shrink-0 rounded-full', dot.colour)} title={dot.words}>
      <span className="sr-only">{dot.words}</span>
    </span>
  );
}

const EXPORTS = [
  { format: 'markdown', name: 'Markdown' },
  { format: 'json', name: 'JSON' },
] as const;

type ConversationItemProps = {
  conversation: Conversation;
  isCurrent: boolean;
  onNavigate?: () => void;
  onRename: () => void;
  onDelete: () => void;
};

export function ConversationItem({
  conversation,
  isCurrent,
  onNavigate,
  onRename,
  onDelete,
}: ConversationItemProps) {
  const title = conversation.title || conversation.preview || 'New conversation';
  return (
    <li
      className={cx(
        // A list of thousands is laid out only where it is seen.
        'reveal-host flex items-center rounded-lg transition-colors [contain-intrinsic-size:auto_2.25rem] [content-visibility:auto]',
        isCurrent ? 'bg-accent' : 'hover:bg-accent/60',
      )}
      data-testid="conversation-item"
    >
      <Link
        aria-current={isCurrent ? 'page' : undefined}
        className="flex min-w-0 flex-1 items-center gap-2 rounded-lg py-2 pl-2.5 text-sm focus-visible:-outline-offset-2 pointer-coarse:py-2.5"
        href={conversationPath(addressId(conversation))}
        onClick={onNavigate}
        prefetch={false}
      >
        <span className={cx('min-w-0 flex-1 truncate', isCurrent && 'font-medium')} dir="auto">
          {title}
        </span>
        <StatusDot status={conversation.status} />
      </Link>
      <Menu
        trigger={
          <IconButton
            className="reveal text-muted-foreground hover:bg-transparent"
            label={`Options for ${title}`}
          >
            <MoreIcon />
          </IconButton>
        }
      >
        <MenuItem onSelect={onRename}>
          <PencilIcon /> Rename
        </MenuItem>
        {EXPORTS.map(({ format, name }) => (
          <MenuItem asChild key={format}>
            <a download href={api.exportPath(conversation.id, format)}>
              <DownloadIcon /> Export as {name}
            </a>
          </MenuItem>
        ))}
        <MenuItem danger onSelect={onDelete}>
          <TrashIcon /> Delete
        </MenuItem>
      </Menu>
    </li>
  );
}
