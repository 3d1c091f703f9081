//! What the model is told of a person. It stands between their message and the first token, so all of
//! it is read at once. Its limits are sums: SQLite looks into a limit that is a bare parameter when
//! it plans, and so plans anew with each one that is bound.

use agent::UserId;

use crate::{Accounts, Meeting, Memory, Result, Task, Ts, meetings, memories, tasks};

/// What is known of a person.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Context {
    /// The newest memories, newest first.
    pub memories: Vec<Memory>,
    /// The tasks that matter most: open ones by due time, then the most recently done.
    pub tasks: Vec<Task>,
    /// The next meetings that take place, running or coming.
    pub meetings: Vec<Meeting>,
}

/// How much of it at most.
#[derive(Clone, Copy, Debug)]
pub struct ContextSize {
    /// Memories.
    pub memories: u32,
    /// Tasks.
    pub tasks: u32,
    /// Meetings.
    pub meetings: u32,
}

impl Accounts {
    /// What is known of a person now.
    pub async fn context(&self, owner: UserId, size: ContextSize, now: Ts) -> Result<Context> {
        let reads = [
            memories::newest(owner, size.memories),
            tasks::foremost(owner, size.tasks),
            meetings::next(owner, now, size.meetings),
        ];
        let (memories, tasks, meetings) = self.db.rows_of_three(reads).await?;
        Ok(Context { memories, tasks, meetings })
    }
}
