import { type FormEvent, useState } from 'react';
import { useSession } from '@/components/shell/session';
import { Button } from '@/components/ui/button';
import { Area, Field, Tick } from '@/components/ui/field';
import { Modal, ModalActions } from '@/components/ui/modal';
import {
  blankDraft,
  draftOf,
  draftZone,
  fieldsOf,
  type MeetingDraft,
  withStart,
} from '@/lib/agenda';
import { api } from '@/lib/api';
import type { Meeting } from '@/lib/api-types';
import { cx } from '@/lib/cx';
import { zoneOf } from '@/lib/dates';
import { ApiError, describeError } from '@/lib/problem';

type MeetingDialogProps = {
  /** Null for a new one, which begins on `day`. */
  meeting: Meeting | null;
  day: string;
  onClose: () => void;
  onSaved: () => Promise<void>;
};

function TimeFields({
  draft,
  onChange,
  complaint,
}: {
  draft: MeetingDraft;
  onChange: (draft: MeetingDraft) => void;
  complaint: (field: string) => string | null;
}) {
  const { allDay } = draft;
  const shown = (local: string) => (allDay ? local.slice(0, 10) : local);
  const local = (value: string) => (allDay ? `${value}T00:00` : value);
  const type = allDay ? 'date' : 'datetime-local';
  return (
    <div className={cx('grid gap-4', allDay && 'grid-cols-2')}>
      <Field
        label="Starts"
        onChange={({ target }) => target.value && onChange(withStart(draft, local(target.value)))}
        problem={complaint('startsAt')}
        required
        type={type}
        value={shown(draft.starts)}
      />
      <Field
        label={allDay ? 'Last day' : 'Ends'}
        min={shown(draft.starts)}
        onChange={({ target }) => target.value && onChange({ ...draft, ends: local(target.value) })}
        problem={complaint('endsAt')}
        required
        type={type}
        value={shown(draft.ends)}
      />
    </div>
  );
}

export function MeetingDialog({ meeting, day, onClose, onSaved }: MeetingDialogProps) {
  const mine = zoneOf(useSession().locale);
  const zone = draftZone(meeting, mine);
  const [draft, setDraft] = useState(() => (meeting ? draftOf(meeting, mine) : blankDraft(day)));
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const complaint = (field: string) => (error instanceof ApiError ? error.field(field) : null);
  const isPlaced = error instanceof ApiError && error.fields.length > 0;

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    setError(null);
    try {
      const fields = fieldsOf(draft, zone);
      await (meeting ? api.changeMeeting(meeting.id, fields) : api.addMeeting(fields));
      await onSaved();
      onClose();
    } catch (failure) {
      setError(failure);
      setBusy(false);
    }
  };
  const text = (name: 'title' | 'location' | 'attendees' | 'notes') => ({
    value: draft[name],
    problem: complaint(name),
    dir: 'auto' as const,
    onChange: ({ target }: { target: { value: string } }) =>
      setDraft({ ...draft, [name]: target.value }),
  });

  return (
    <Modal onClose={onClose} open title={meeting ? 'Edit meeting' : 'New meeting'}>
      <form className="mt-4 flex flex-col gap-4" onSubmit={submit}>
        <Field autoFocus label="Title" maxLength={500} required {...text('title')} />
        <Tick
          checked={draft.allDay}
          label="All day"
          onChange={({ target }) => setDraft({ ...draft, allDay: target.checked })}
        />
        <TimeFields complaint={complaint} draft={draft} onChange={setDraft} />
        <Field label="Location" {...text('location')} />
        <Field hint="Separated by commas" label="Attendees" {...text('attendees')} />
        <Area label="Notes" maxLength={20_000} rows={2} {...text('notes')} />
        {error !== null && !isPlaced && (
          <p className="text-destructive text-sm" role="alert">
            {describeError(error)}
          </p>
        )}
        <ModalActions>
          <Button onClick={onClose} variant="outline">
            Cancel
          </Button>
          <Button busy={busy} disabled={draft.title.trim() === ''} type="submit">
            {meeting ? 'Save' : 'Add'}
          </Button>
        </ModalActions>
      </form>
    </Modal>
  );
}
