//! Memories.

use agent::MemoryId;
use serde::Serialize;
use utoipa::ToSchema;

use crate::{Checked, Ts};

/// The most characters of a memory.
const MAX_TEXT: usize = 2_000;

/// Something that is remembered in every conversation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = MemoryBody)]
pub struct Memory {
    /// Its id.
    #[schema(value_type = Uuid)]
    pub id: MemoryId,
    /// What is remembered.
    #[schema(example = "Prefers short answers")]
    pub text: String,
    /// When it was made.
    #[schema(value_type = String, format = "date-time")]
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
pub fn memory_text(text: &str) -> Checked<String> {
    let text = text.trim();
    if (1..=MAX_TEXT).contains(&text.chars().count()) {
        Ok(text.to_owned())
    } else {
        Err(vec![("text", format!("1 to {MAX_TEXT} characters"))])
    }
}
