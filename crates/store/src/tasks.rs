//! Tasks.

use agent::{TaskId, ToolCallId, UserId};

use crate::db::{ONCE, Statement, insert, sql, update};
use crate::fold::{IN_PLAIN, fold, word_patterns};
use crate::{
    Change, ChangeKind, Page, PageRequest, Result, Task, TaskChange, TaskFilter, TaskStatus, Tasks,
    Ts,
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
        [owner, i64::from(most)]
    )
}

impl Tasks {
    /// The owner's tasks, newest first.
    pub async fn list(
        &self,
        owner: UserId,
        filter: &TaskFilter,
        page: &PageRequest,
    ) -> Result<Page<Task>> {
        let mut read = sql!(Task, "SELECT {} FROM tasks WHERE user_id = $1", [owner]);
        read.push_each(" AND status = $", filter.status);
        read.push_each(" AND source = $", filter.source.clone());
        if let Some(day) = &filter.due_before {
            read.push(" AND (due_on < $", day);
            read.push(" OR due_at < $)", &filter.due_before_at);
        }
        read.push_each(IN_PLAIN, word_patterns(filter.query.as_deref()));
        self.db.newest(read, page, |last: &Task| last.id.0).await
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
        let insert = insert!("tasks" {
            id: task.id, user_id: owner, title: task.title, notes: task.notes, plain: task.plain(),
            status: task.status, due_on: task.due_on, due_at: task.due_at, due_key: task.due_key(),
            assignee: task.assignee, source: task.source, made_by: made_by,
            created_at: task.created_at, updated_at: task.updated_at,
            done_at: (task.status == TaskStatus::Done).then_some(task.created_at),
        });
        let insert = insert.then_text(ONCE).returning::<Task>();
        let again = sql!(
            Task,
            "SELECT {} FROM tasks WHERE user_id = $1 AND made_by = $2",
            [owner, made_by]
        );
        self.db.make_once(insert, again, |made: &Task| changed(owner, made.id)).await
    }

    /// One task.
    pub async fn get(&self, owner: UserId, id: TaskId) -> Result<Option<Task>> {
        self.db.row(Statement::own::<Task>(owner, &id)).await
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
        let Some(task) = tx.row::<Task>(Statement::own::<Task>(owner, &id).locking()).await? else {
            return Ok(None);
        };
        let task = task.changed(change, now);
        let update = update!("tasks" {
            title: task.title, notes: task.notes, plain: task.plain(), status: task.status,
            due_on: task.due_on, due_at: task.due_at, due_key: task.due_key(),
            assignee: task.assignee, updated_at: task.updated_at,
        });
        let update = update
            .then_push(", done_at = CASE $", &task.status)
            .then_push(" WHEN 'done' THEN COALESCE(done_at, $) END", &task.updated_at)
            .then_push(" WHERE id = $", &id)
            .returning::<Task>();
        let updated = tx.row(update).await?;
        tx.commit().await?;
        self.db.announce(changed(owner, id));
        Ok(updated)
    }

    /// Deletes a task; whether there was one.
    pub async fn delete(&self, owner: UserId, id: TaskId) -> Result<bool> {
        let delete = sql!("DELETE FROM tasks WHERE user_id = $1 AND id = $2", [owner, id]);
        self.db.delete(delete, changed(owner, id)).await
    }
}

fn changed(owner: UserId, id: TaskId) -> Change {
    Change::of(owner, ChangeKind::Task, id.0)
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
