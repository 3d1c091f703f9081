//! Imports, and the conversations that come with them.

use agent::{ImportId, Role, UserId, words};
use serde_json::Value;

use crate::Ts;

words! {
    /// Where imported conversations come from; also the source of each.
    ImportFormat as "import format" {
        /// Our own export.
        Smithers = "smithers",
        /// The export of ChatGPT.
        ChatGpt = "chatgpt",
        /// The export of Claude.
        Claude = "claude",
    }
}

words! {
    /// How far an import is.
    ImportStatus as "import status" {
        /// Nothing of it is done.
        Queued = "queued",
        /// Some of it is.
        Running = "running",
        /// All of it is.
        Completed = "completed",
        /// It was given up.
        Failed = "failed",
    }
}

/// An import of conversations from a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Import {
    /// Its id.
    pub id: ImportId,
    /// The name of the file.
    pub name: String,
    /// Where the conversations come from.
    pub format: ImportFormat,
    /// How far it is.
    pub status: ImportStatus,
    /// How many conversations the file holds.
    pub total: i64,
    /// How many of them are there now.
    pub imported: i64,
    /// How many were there before.
    pub duplicates: i64,
    /// How many cannot be imported.
    pub skipped: i64,
    /// Why the first of those cannot, and what the first others lost: one a line.
    pub problems: String,
    /// Why the import was given up.
    pub error: Option<String>,
    /// When it was made.
    pub created_at: Ts,
    /// When it ended.
    pub ended_at: Option<Ts>,
}

/// The most imports of a person that have not ended.
pub const OPEN_IMPORTS: i64 = 3;

/// The most bytes that these may have in all.
pub const IMPORT_QUOTA: i64 = 1 << 30;

/// An import to be kept; its items come after it.
#[derive(Clone, Debug)]
pub struct NewImport {
    /// The name of the file.
    pub name: String,
    /// Where the conversations come from.
    pub format: ImportFormat,
    /// How many conversations the file holds.
    pub total: i64,
    /// How many of them cannot be imported and are no items.
    pub skipped: i64,
    /// How many bytes the items have.
    pub bytes: i64,
    /// Why some cannot be imported.
    pub problem: Option<String>,
}

/// Whether an import may come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ImportStart {
    /// Its items are waited for.
    Begun(ImportId),
    /// The owner has [`OPEN_IMPORTS`] that have not ended.
    TooMany,
    /// Those that have not ended would have more than [`IMPORT_QUOTA`] bytes.
    TooLarge,
}

/// A conversation, or a file of one, on its way into an import.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewItem {
    /// The place of the conversation in the file.
    pub seq: i64,
    /// 0 for the conversation; its files are counted from 1.
    pub part: i64,
    /// Its text there.
    pub body: String,
}

/// A conversation that is still to be imported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportItem {
    /// The import.
    pub import: ImportId,
    /// Whose it is.
    pub owner: UserId,
    /// Where it comes from.
    pub format: ImportFormat,
    /// Its place in the file.
    pub seq: i64,
    /// Its text there.
    pub body: String,
}

/// A file of such a conversation that is still to be stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ItemFile {
    /// Its place among the files of the conversation.
    pub part: i64,
    /// Its text in the import.
    pub body: String,
}

/// A conversation from elsewhere with the whole tree of its messages.
#[derive(Clone, Debug, PartialEq)]
pub struct ImportedConversation {
    /// Its id there.
    pub external_id: String,
    /// Its title.
    pub title: String,
    /// When it was made.
    pub created_at: Ts,
    /// When something was last said in it.
    pub updated_at: Ts,
    /// Its messages, each after the one it follows.
    pub messages: Vec<ImportedMessage>,
    /// The place of the newest message of the branch that is shown.
    pub head: usize,
    /// What of it is not as it was there.
    pub problem: Option<String>,
}

/// A message of a conversation from elsewhere.
#[derive(Clone, Debug, PartialEq)]
pub struct ImportedMessage {
    /// The place of the message it follows.
    pub parent: Option<usize>,
    /// Who wrote it.
    pub role: Role,
    /// When.
    pub created_at: Ts,
    /// What people see.
    pub parts: Vec<Value>,
    /// What the model is sent.
    pub content: Vec<Value>,
    /// Its text, for search and preview.
    pub plain: String,
}

/// What became of an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ItemOutcome {
    /// The conversation is there now.
    Imported(agent::ConversationId),
    /// It was there before.
    Duplicate,
    /// Somebody else did it.
    Gone,
}
