//! Tools. The built-in ones work on Smithers' own rows; each gets only the store handle it needs,
//! and none can approve itself, because approvals are out of its reach.

mod built_in;
mod meetings;
mod memories;
mod search;
mod tasks;

use std::sync::Arc;

use agent::UserId;
use agent::digest::NotCanonical;
use agent::tool::{BoxFuture, Tool, ToolSource};
use store::Store;

use built_in::tools;

/// The tools that come with Smithers, the same for everybody.
pub struct BuiltIn {
    tools: Vec<Arc<dyn Tool>>,
}

impl BuiltIn {
    /// The built-in tools over a database.
    pub fn new(store: &Store) -> Result<Self, NotCanonical> {
        let of_each = [
            tools(&store.tasks(), tasks::TOOLS)?,
            tools(&store.meetings(), meetings::TOOLS)?,
            tools(&store.memories(), memories::TOOLS)?,
            tools(&store.search(), &[("search_conversations", ())])?,
        ];
        Ok(Self { tools: of_each.concat() })
    }
}

impl ToolSource for BuiltIn {
    fn tools(&self, _user: UserId) -> BoxFuture<'_, Vec<Arc<dyn Tool>>> {
        Box::pin(async { self.tools.clone() })
    }
}
