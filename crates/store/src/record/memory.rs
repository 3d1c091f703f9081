//! Memories.

use agent::MemoryId;

use crate::{FieldError, Ts};

/// The most characters of a memory.
const MAX_TEXT: usize = 2_000;

/// Something that a person wants remembered; its JSON is the contract's.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Memory {
    /// Its id.
    pub id: MemoryId,
    /// What is to be remembered.
    pub text: String,
    /// When it was made.
    pub created_at: Ts,
}

/// What became of something to remember.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Remembered {
    /// It is kept.
    Kept(Memory),
    /// The person has as many memories as there may be.
    Full,
}

/// The text of a memory as it is kept, whoever writes it.
pub fn memory_text(text: &str) -> Result<String, FieldError> {
    let text = text.trim();
    if (1..=MAX_TEXT).contains(&text.chars().count()) {
        Ok(text.to_owned())
    } else {
        Err(("text", format!("1 to {MAX_TEXT} characters")))
    }
}
