//! Files.

use agent::{ConversationId, FileId};

use crate::Ts;

/// The most bytes that the files of one person may have in all.
pub const FILE_QUOTA: i64 = 1 << 30;

/// A file of a person, without its bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// Its id.
    pub id: FileId,
    /// The conversation that one of its messages brought it into; none so far for one that was
    /// only uploaded.
    pub conversation_id: Option<ConversationId>,
    /// Its name.
    pub name: String,
    /// What it holds.
    pub media_type: String,
    /// Its size in bytes.
    pub size: i64,
    /// SHA-256 of its bytes.
    pub sha256: [u8; 32],
    /// When it was stored.
    pub created_at: Ts,
}

/// A file to be stored.
#[derive(Clone, Debug)]
pub struct NewFile {
    /// Its id.
    pub id: FileId,
    /// Its name.
    pub name: String,
    /// What it holds.
    pub media_type: String,
    /// SHA-256 of its bytes.
    pub sha256: [u8; 32],
    /// Its bytes.
    pub data: Vec<u8>,
}

/// A file of a message.
#[derive(Clone, Debug)]
pub enum MessageFile {
    /// One that is stored: attached to nothing yet, or to the same conversation.
    Kept(FileId),
    /// One that is stored together with the message.
    New(NewFile),
}

/// What became of a wish to delete a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileDeletion {
    /// It is gone.
    Deleted,
    /// A message holds it: it goes with its conversation.
    Attached,
}
