'use client';

import { useCallback, useState } from 'react';
import { PageBody } from '@/components/shell/page-body';
import { PagedList } from '@/components/shell/paged-list';
import { useSession } from '@/components/shell/session';
import { Button, IconButton } from '@/components/ui/button';
import { Confirm } from '@/components/ui/confirm';
import { inputClass } from '@/components/ui/field';
import { ChevronIcon, PlusIcon } from '@/components/ui/icons';
import { useToast } from '@/components/ui/toaster';
import { agenda } from '@/lib/agenda';
import { api } from '@/lib/api';
import type { Meeting } from '@/lib/api-types';
import { cx } from '@/lib/cx';
import { dateInWords, zoneOf } from '@/lib/dates';
import { describeError } from '@/lib/problem';
import { usePages } from '@/lib/use-pages';
import { addDays, dayOf } from '@/lib/zoned-time';
import { MeetingDialog } from './meeting-dialog';
import { MeetingRow } from './meeting-row';

function FromDay({ from, onChange }: { from: string; onChange: (day: string | null) => void }) {
  return (
    <div className="flex items-center gap-1">
      <IconButton label="A week earlier" onClick={() => onChange(addDays(from, -7))}>
        <ChevronIcon className="rotate-180" />
      </IconButton>
      <input
        aria-label="From"
        className={cx(inputClass, 'w-40')}
        onChange={(event) => onChange(event.target.value || null)}
        type="date"
        value={from}
      />
      <IconButton label="A week later" onClick={() => onChange(addDays(from, 7))}>
        <ChevronIcon />
      </IconButton>
      <Button onClick={() => onChange(null)} size="small" variant="ghost">
        Today
      </Button>
    </div>
  );
}

export function MeetingPage() {
  const { locale } = useSession();
  const zone = zoneOf(locale);
  const today = dayOf(new Date().toISOString(), zone);
  const [chosen, setChosen] = useState<string | null>(null);
  const from = chosen ?? today;
  const list = usePages(
    useCallback((cursor: string | null) => api.meetings(from, cursor), [from]),
    ['meeting'],
  );
  const [open, setOpen] = useState<Meeting | 'new' | null>(null);
  const [deleting, setDeleting] = useState<Meeting | null>(null);
  const say = useToast();

  const setStatus = async (meeting: Meeting, status: Meeting['status']) => {
    try {
      await api.changeMeeting(meeting.id, { status });
    } catch (error) {
      say(describeError(error), 'error');
    }
    await list.refresh();
  };
  const confirmDelete = async (meeting: Meeting) => {
    await api.deleteMeeting(meeting.id);
    await list.refresh();
  };

  return (
    <PageBody description={`Your agenda, by the clocks of ${zone}.`} title="Meetings">
      <div className="flex flex-wrap items-center justify-between gap-2">
        <FromDay from={from} onChange={setChosen} />
        <Button onClick={() => setOpen('new')}>
          <PlusIcon /> Add meeting
        </Button>
      </div>
      <PagedList empty="No meetings from this day on." list={list}>
        {(items) =>
          agenda(items, from, zone).map(({ day, meetings }) => (
            <section aria-label={day} className="flex flex-col gap-2" key={day}>
              <h2 className={cx('font-medium text-sm', day !== today && 'text-muted-foreground')}>
                {day === today && 'Today, '}
                {dateInWords(day, locale)}
              </h2>
              <ul className="divide-y rounded-xl border bg-card">
                {meetings.map((meeting) => (
                  <MeetingRow
                    key={meeting.id}
                    meeting={meeting}
                    onDelete={() => setDeleting(meeting)}
                    onEdit={() => setOpen(meeting)}
                    onStatus={(status) => setStatus(meeting, status)}
                  />
                ))}
              </ul>
            </section>
          ))
        }
      </PagedList>
      {open && (
        <MeetingDialog
          day={from}
          meeting={open === 'new' ? null : open}
          onClose={() => setOpen(null)}
          onSaved={list.refresh}
        />
      )}
      <Confirm
        action="Delete"
        danger
        description={<>“{deleting?.title}” will be removed for good.</>}
        onClose={() => setDeleting(null)}
        onConfirm={() => (deleting ? confirmDelete(deleting) : undefined)}
        open={deleting !== null}
        title="Delete this meeting?"
      />
    </PageBody>
  );
}
