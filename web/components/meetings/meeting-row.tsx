import { useSession } from '@/components/shell/session';
import { IconButton } from '@/components/ui/button';
import { CloseIcon, MoreIcon, PencilIcon, RetryIcon, TrashIcon } from '@/components/ui/icons';
import { Menu, MenuItem } from '@/components/ui/menu';
import type { Meeting } from '@/lib/api-types';
import { cx } from '@/lib/cx';
import { timeSpan } from '@/lib/dates';

type MeetingRowProps = {
  meeting: Meeting;
  onEdit: () => void;
  onStatus: (status: Meeting['status']) => void;
  onDelete: () => void;
};

export function MeetingRow({ meeting, onEdit, onStatus, onDelete }: MeetingRowProps) {
  const { locale } = useSession();
  const isCancelled = meeting.status === 'cancelled';
  const details = [
    meeting.location,
    meeting.attendees.length > 0 && meeting.attendees.join(', '),
    meeting.source !== 'local' && meeting.source,
  ].filter(Boolean);
  return (
    <li className="flex items-start gap-3 px-3 py-2.5 sm:px-4" data-testid="meeting">
      <div className="min-w-0 flex-1 sm:grid sm:grid-cols-[9rem_1fr] sm:gap-x-4">
        <p className="text-muted-foreground text-sm tabular-nums">
          {meeting.allDay ? 'All day' : timeSpan(meeting, locale)}
        </p>
        <div className="min-w-0">
          <p
            className={cx(
              'break-words font-medium text-sm',
              isCancelled && 'text-muted-foreground line-through',
            )}
            dir="auto"
          >
            {meeting.title}
          </p>
          {isCancelled && <p className="text-muted-foreground text-xs">Cancelled</p>}
          {details.length > 0 && (
            <p className="mt-0.5 break-words text-muted-foreground text-xs" dir="auto">
              {details.join(' · ')}
            </p>
          )}
          {meeting.notes && (
            <p
              className="mt-1 line-clamp-3 whitespace-pre-wrap break-words text-muted-foreground text-xs"
              dir="auto"
            >
              {meeting.notes}
            </p>
          )}
        </div>
      </div>
      <Menu
        trigger={
          <IconButton className="text-muted-foreground" label={`Options for ${meeting.title}`}>
            <MoreIcon />
          </IconButton>
        }
      >
        <MenuItem onSelect={onEdit}>
          <PencilIcon /> Edit
        </MenuItem>
        {isCancelled ? (
          <MenuItem onSelect={() => onStatus('confirmed')}>
            <RetryIcon /> Confirm again
          </MenuItem>
        ) : (
          <MenuItem onSelect={() => onStatus('cancelled')}>
            <CloseIcon /> Cancel meeting
          </MenuItem>
        )}
        <MenuItem danger onSelect={onDelete}>
          <TrashIcon /> Delete
        </MenuItem>
      </Menu>
    </li>
  );
}
