//! Turns: the rows are the queue and the state; a driver holds a turn under a lease.
//!
//! Everything that writes to a turn locks in the same order, so that nothing waits in a circle:
//! the conversation (only what starts turns or deletes), the turn, its calls, its approvals.

mod drive;
mod end;
mod expire;
mod queue;
mod read;
mod reserve;
mod start;

pub(crate) use self::end::from_sources;
pub(crate) use self::expire::wake;
pub(crate) use self::read::{Scope, read_turns};
pub(crate) use self::start::preview;
use crate::Turns;
