//! Tasks.

use agent::{TaskId, ToolCallId, UserId};
use uuid::Uuid;

use crate::db::{Db, Statement, sql};
use crate::fold::{fold, word_patterns};
use crate::{
    Change, ChangeKind, Page, PageRequest, Result, Task, TaskChange, TaskFilter, TaskStatus, Ts,
};

/// The tasks that matter most now: open ones by due time (those without one last, newest first), then
/// the most recently done, `most` in all.
pub(crate) fn foremost(owner: UserId, most: u32) -> Statement {
    // One statement, so that each half has its index.
    sql!(
        Task,
        "SELECT {} FROM tasks WHERE id IN (
             SELECT id FROM (SELECT id FROM tasks WHERE user_id = $1 AND status = 'open'
                 ORDER BY due_key, id DESC LIMIT $2 + 0) AS open
             UNION ALL
             SELECT id FROM (SELECT id FROM tasks WHERE user_id = $1 AND status = 'done'
                 ORDER BY done_at DESC, id DESC LIMIT $2 + 0) AS done)
         ORDER BY status DESC, CASE status WHEN 'open' THEN due_key END, done_at DESC,
             id DESC LIMIT $2 + 0",
        owner,
        i64::from(most)
    )
}

/// Tasks.
#[derive(Clone, Debug)]
pub struct Tasks {
    pub(crate) db: Db,
}

impl Tasks {
    /// The owner's tasks, newest first.
    pub async fn list(
        &self,
        owner: UserId,
        filter: &TaskFilter,
        page: &PageRequest,
    ) -> Result<Page<Task>> {
        let mut read = sql!(
            Task,
            "SELECT {} FROM tasks WHERE user_id = $1 AND id < $2",
            owner,
            page.key::<Uuid>()?
        );
        if let Some(status) = filter.status {
            read.push(" AND status = $", &status);
        }
        if let Some(source) = &filter.source {
            read.push(" AND source = $", source);
        }
        if let Some(day) = &filter.due_before {
            read.push(" AND (due_on < $", day);
            read.push(" OR due_at < $)", &filter.due_before_at);
        }
        for word in filter.query.iter().flat_map(|query| word_patterns(query)) {
            read.push(" AND plain LIKE $ ESCAPE '\\'", &word);
        }
        read.push(" ORDER BY id DESC LIMIT $", &page.probe());
        let found: Vec<Task> = self.db.rows(read).await?;
        Ok(page.page(found, |last| last.id.0))
    }

    /// Makes a task. With both due fields set, the moment counts. A tool call, if one makes it,
    /// makes it once: with the same call the same task comes back.
    pub async fn create(
        &self,
        owner: UserId,
        mut task: Task,
        made_by: Option<ToolCallId>,
    ) -> Result<Task> {
        task.due_on = task.due_on.filter(|_| task.due_at.is_none());
        let insert = sql!(
            Task,
            "INSERT INTO tasks (id, user_id, title, notes, plain, status, due_on, due_at,
             due_key, assignee, source, made_by, created_at, updated_at, done_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $13, $14)
             ON CONFLICT (user_id, made_by) WHERE made_by IS NOT NULL DO NOTHING RETURNING {}",
            task.id,
            owner,
            task.title,
            task.notes,
            task.plain(),
            task.status,
            task.due_on,
            task.due_at,
            task.due_key(),
            task.assignee,
            task.source,
            made_by,
            task.created_at,
            (task.status == TaskStatus::Done).then_some(task.created_at)
        );
        let again =
            sql!(Task, "SELECT {} FROM tasks WHERE user_id = $1 AND made_by = $2", owner, made_by);
        self.db.make_once(insert, again, |made: &Task| changed(owner, made.id)).await
    }

    /// One task.
    pub async fn get(&self, owner: UserId, id: TaskId) -> Result<Option<Task>> {
        self.db.row(one(owner, id)).await
    }

    /// Changes a task.
    pub async fn update(
        &self,
        owner: UserId,
        id: TaskId,
        change: TaskChange,
        now: Ts,
    ) -> Result<Option<Task>> {
        let mut tx = self.db.begin().await?;
        let Some(task) = tx.row::<Task>(one(owner, id).locking()).await? else {
            return Ok(None);
        };
        let task = task.changed(change, now);
        let update = sql!(
            Task,
            "UPDATE tasks SET title = $2, notes = $3, plain = $4, status = $5, due_on = $6,
             due_at = $7, due_key = $8, assignee = $9, updated_at = $10,
             done_at = CASE $5 WHEN 'done' THEN COALESCE(done_at, $10) END
             WHERE id = $1 RETURNING {}",
            id,
            task.title,
            task.notes,
            task.plain(),
            task.status,
            task.due_on,
            task.due_at,
            task.due_key(),
            task.assignee,
            task.updated_at
        );
        let updated = tx.row(update).await?;
        tx.commit().await?;
        self.db.announce(changed(owner, id));
        Ok(updated)
    }

    /// Deletes a task; whether there was one.
    pub async fn delete(&self, owner: UserId, id: TaskId) -> Result<bool> {
        let delete = sql!("DELETE FROM tasks WHERE user_id = $1 AND id = $2", owner, id);
        self.db.delete(delete, changed(owner, id)).await
    }
}

fn changed(owner: UserId, id: TaskId) -> Change {
    Change::of(owner, ChangeKind::Task, id.0)
}

fn one(owner: UserId, id: TaskId) -> Statement {
    sql!(Task, "SELECT {} FROM tasks WHERE user_id = $1 AND id = $2", owner, id)
}

impl Task {
    /// What a search looks through.
    fn plain(&self) -> String {
        fold(&format!("{}\n{}", self.title, self.notes))
    }

    /// By what open tasks are ordered: the moment, or the beginning of the day in UTC.
    fn due_key(&self) -> Ts {
        // A day that is none sorts as if there were none.
        let midnight = self.due_on.as_deref().and_then(|day| Ts::start_of_day(day, "UTC"));
        self.due_at.or(midnight).unwrap_or(Ts::LAST)
    }
}
