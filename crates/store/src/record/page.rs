//! Paging by key.

use serde::Serialize;
use utoipa::ToSchema;

/// One page of a list.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[schema(as = List)]
pub struct Page<T> {
    /// The items.
    pub items: Vec<T>,
    /// Where the next page begins; `null` at the end.
    #[serde(rename = "nextCursor")]
    #[schema(required)]
    pub next: Option<String>,
}

/// Which page is wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PageRequest {
    /// The most items, 1 to 200.
    pub limit: u32,
    /// `next` of the page before. One that was not made here is
    /// [`StoreError::UnknownCursor`](crate::StoreError::UnknownCursor).
    pub cursor: Option<String>,
}

impl Default for PageRequest {
    fn default() -> Self {
        Self { limit: 50, cursor: None }
    }
}
