//! The handle of each entity: whoever is handed one reaches that entity only.

use crate::Store;
use crate::db::Db;

/// Makes a type for each handle, and the way to it.
macro_rules! handles {
    ($($(#[$doc:meta])* $handle:ident by $method:ident,)*) => {
        $(
            $(#[$doc])*
            #[derive(Clone, Debug)]
            pub struct $handle {
                pub(crate) db: Db,
            }
        )*

        impl Store {
            $(
                $(#[$doc])*
                pub fn $method(&self) -> $handle {
                    $handle { db: self.db().clone() }
                }
            )*
        }
    };
}

handles! {
    /// People, their sessions and one-use links.
    Accounts by accounts,
    /// Conversations and the tree of their messages.
    Conversations by conversations,
    /// Turns, their steps and tool calls. Every write of a driver is fenced: under a lost lease it
    /// changes nothing and fails with [`StoreError::LeaseLost`](crate::StoreError::LeaseLost).
    Turns by turns,
    /// Approvals.
    Approvals by approvals,
    /// What model calls cost.
    Bills by bills,
    /// Permission modes and rules, and the log of decisions.
    Permissions by permissions,
    /// Tasks.
    Tasks by tasks,
    /// Meetings.
    Meetings by meetings,
    /// Memories.
    Memories by memories,
    /// Search over what was said.
    Search by search,
    /// Imports of conversations.
    Imports by imports,
    /// Background work.
    Jobs by jobs,
    /// Tokens with which programs act for a person.
    Tokens by tokens,
    /// Files.
    Files by files,
}
