//! Meetings.

use agent::{MeetingId, ToolCallId, UserId};
use uuid::Uuid;

use crate::db::{ONCE, Statement, insert, sql, update};
use crate::fold::{IN_PLAIN, fold, word_patterns};
use crate::{
    Change, ChangeKind, Checked, Meeting, MeetingChange, MeetingFilter, Meetings, Page,
    PageRequest, Result, Ts,
};

/// The next meetings that take place: running or coming, by when they begin.
pub(crate) fn next(owner: UserId, now: Ts, most: u32) -> Statement {
    sql!(
        Meeting,
        "SELECT {} FROM meetings WHERE user_id = $1 AND ends_at > $2 AND status = 'confirmed'
         ORDER BY starts_at, id LIMIT $3 + 0",
        [owner, now, i64::from(most)]
    )
}

impl Meetings {
    /// The owner's meetings, by when they begin.
    pub async fn list(
        &self,
        owner: UserId,
        filter: &MeetingFilter,
        page: &PageRequest,
    ) -> Result<Page<Meeting>> {
        let (starts_at, id): (Ts, Uuid) = page.key()?;
        let mut read = sql!(
            Meeting,
            "SELECT {} FROM meetings WHERE user_id = $1 AND (starts_at, id) > ($2, $3)",
            [owner, starts_at, id]
        );
        read.push_each(" AND ends_at > $", filter.from);
        read.push_each(" AND starts_at < $", filter.to);
        read.push_each(" AND status = $", filter.status);
        read.push_each(IN_PLAIN, word_patterns(filter.query.as_deref()));
        read.push(" ORDER BY starts_at, id LIMIT $", &page.probe());
        let found: Vec<Meeting> = self.db.rows(read).await?;
        Ok(page.page(found, |last| (last.starts_at, last.id.0)))
    }

    /// When the owner is busy between two moments, by when that begins: meetings that take place
    /// and do not take whole days.
    pub async fn busy(&self, owner: UserId, from: Ts, to: Ts) -> Result<Vec<(Ts, Ts)>> {
        let read = sql!(
            "SELECT starts_at, ends_at FROM meetings WHERE user_id = $1 AND ends_at > $2
             AND starts_at < $3 AND status = 'confirmed' AND NOT all_day ORDER BY starts_at",
            [owner, from, to]
        );
        self.db.rows(read).await
    }

    /// Makes a meeting. A tool call, if one makes it, makes it once: with the same call the same
    /// meeting comes back.
    pub async fn create(
        &self,
        owner: UserId,
        meeting: Meeting,
        made_by: Option<ToolCallId>,
    ) -> Result<Meeting> {
        let insert = insert!("meetings" {
            id: meeting.id, user_id: owner, title: meeting.title, notes: meeting.notes,
            plain: meeting.plain(), starts_at: meeting.starts_at, ends_at: meeting.ends_at,
            timezone: meeting.timezone, all_day: meeting.all_day, location: meeting.location,
            attendees: meeting.attendees, status: meeting.status, source: meeting.source,
            made_by: made_by, created_at: meeting.created_at, updated_at: meeting.updated_at,
        });
        let insert = insert.then_text(ONCE).returning::<Meeting>();
        let again = sql!(
            Meeting,
            "SELECT {} FROM meetings WHERE user_id = $1 AND made_by = $2",
            [owner, made_by]
        );
        self.db.make_once(insert, again, |made: &Meeting| changed(owner, made.id)).await
    }

    /// One meeting.
    pub async fn get(&self, owner: UserId, id: MeetingId) -> Result<Option<Meeting>> {
        self.db.row(Statement::own::<Meeting>(owner, &id)).await
    }

    /// Changes a meeting, unless it could not be as it then would.
    pub async fn update(
        &self,
        owner: UserId,
        id: MeetingId,
        change: MeetingChange,
        now: Ts,
    ) -> Result<Option<Checked<Meeting>>> {
        let mut tx = self.db.begin().await?;
        let Some(meeting) =
            tx.row::<Meeting>(Statement::own::<Meeting>(owner, &id).locking()).await?
        else {
            return Ok(None);
        };
        let meeting = meeting.changed(change);
        if let Err(problems) = meeting.check_span() {
            return Ok(Some(Err(problems)));
        }
        let update = update!("meetings" {
            title: meeting.title, notes: meeting.notes, plain: meeting.plain(),
            starts_at: meeting.starts_at, ends_at: meeting.ends_at, timezone: meeting.timezone,
            all_day: meeting.all_day, location: meeting.location, attendees: meeting.attendees,
            status: meeting.status, updated_at: now,
        });
        let update = update.then_push(" WHERE id = $", &id).returning::<Meeting>();
        let updated = tx.row(update).await?;
        tx.commit().await?;
        self.db.announce(changed(owner, id));
        Ok(updated.map(Ok))
    }

    /// Deletes a meeting; whether there was one.
    pub async fn delete(&self, owner: UserId, id: MeetingId) -> Result<bool> {
        let delete = sql!("DELETE FROM meetings WHERE user_id = $1 AND id = $2", [owner, id]);
        self.db.delete(delete, changed(owner, id)).await
    }
}

fn changed(owner: UserId, id: MeetingId) -> Change {
    Change::of(owner, ChangeKind::Meeting, id.0)
}

impl Meeting {
    /// What a search looks through.
    fn plain(&self) -> String {
        let place = self.location.as_deref().unwrap_or_default();
        let people = self.attendees.join("\n");
        fold(&format!("{}\n{place}\n{people}\n{}", self.title, self.notes))
    }
}
