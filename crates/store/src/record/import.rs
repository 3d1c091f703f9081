//! Imports, and the conversations that come with them.

use agent::{ImportId, Role, UserId, words};
use serde::{Serialize, Serializer};
use serde_json::Value;
use utoipa::ToSchema;

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

/// An import of conversations.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = ImportBody)]
pub struct Import {
    /// Its id.
    #[schema(value_type = Uuid)]
    pub id: ImportId,
    /// The name of the file.
    #[schema(example = "conversations.json")]
    pub name: String,
    /// Where the conversations come from: `smithers`, `chatgpt` or `claude`.
    #[schema(value_type = String, example = "chatgpt")]
    pub format: ImportFormat,
    /// `queued`, `running`, `completed` or `failed`.
    #[schema(value_type = String, example = "completed")]
    pub status: ImportStatus,
    /// How many conversations the file holds.
    #[schema(example = 120)]
    pub total: i64,
    /// How many of them are there now.
    #[schema(example = 117)]
    pub imported: i64,
    /// How many were there before.
    #[schema(example = 2)]
    pub duplicates: i64,
    /// How many could not be read.
    #[schema(example = 1)]
    pub skipped: i64,
    /// Why the import failed, or the first of its problems.
    #[schema(required, example = "conversation 7 was left out: it holds no messages")]
    pub error: Option<String>,
    /// Why conversations could not be read, and what others lost: the first of many.
    #[serde(serialize_with = "lines")]
    #[schema(value_type = Vec<String>, example = json!(["conversation 7 was left out: it holds no messages"]))]
    pub problems: String,
    /// When it was made.
    #[schema(value_type = String, format = "date-time")]
    pub created_at: Ts,
    /// When it ended.
    #[schema(value_type = Option<String>, required, format = "date-time")]
    pub ended_at: Option<Ts>,
}

impl Import {
    /// As the contract has it: with the first of its problems, if nothing worse happened.
    #[must_use]
    pub fn shown(mut self) -> Self {
        self.error = self.error.or_else(|| self.problems.lines().next().map(str::to_owned));
        self
    }
}

fn lines<S: Serializer>(text: &str, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(text.lines())
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
