//! Paging by key: a cursor is the key of the last item of the page before, in hex.

use uuid::Uuid;

use crate::{Page, PageRequest, Result, StoreError, Ts};

const MOST_ITEMS: u32 = 200;

impl PageRequest {
    /// How many items the page may have.
    fn size(&self) -> usize {
        usize::try_from(self.limit.clamp(1, MOST_ITEMS)).unwrap_or(1)
    }

    /// What to give `LIMIT`: one more than the page has, which tells whether another follows.
    pub(crate) fn probe(&self) -> i64 {
        i64::from(self.limit.clamp(1, MOST_ITEMS)) + 1
    }

    /// The key after which the page begins.
    pub(crate) fn key<K: Key>(&self) -> Result<K> {
        match &self.cursor {
            Some(cursor) => K::parse(cursor).ok_or(StoreError::UnknownCursor),
            None => Ok(K::FIRST),
        }
    }

    /// Makes the page of what [`PageRequest::probe`] found.
    pub(crate) fn page<T, K: Key>(&self, mut items: Vec<T>, key: impl Fn(&T) -> K) -> Page<T> {
        let more = items.len() > self.size();
        items.truncate(self.size());
        let next = if more { items.last().map(|last| key(last).to_text()) } else { None };
        Page { items, next }
    }
}

/// What a list is ordered by.
pub(crate) trait Key: Sized {
    /// Before every item.
    const FIRST: Self;

    fn to_text(&self) -> String;

    fn parse(text: &str) -> Option<Self>;
}

/// Newest first.
impl Key for Uuid {
    const FIRST: Self = Self::max();

    fn to_text(&self) -> String {
        self.simple().to_string()
    }

    fn parse(text: &str) -> Option<Self> {
        // `Uuid` would read other forms too, which no cursor has.
        if text.len() != 32 {
            return None;
        }
        Self::try_parse(text).ok()
    }
}

/// The earliest first, then the oldest.
impl Key for (Ts, Uuid) {
    const FIRST: Self = (Ts::FIRST, Uuid::nil());

    fn to_text(&self) -> String {
        format!("{:016x}{}", self.0.0, self.1.to_text())
    }

    fn parse(text: &str) -> Option<Self> {
        let (time, id) = text.split_at_checked(16)?;
        let Ok(time) = u64::from_str_radix(time, 16) else {
            return None;
        };
        Some((Ts(time.cast_signed()), Uuid::parse(id)?))
    }
}

/// The latest kept first.
impl Key for i64 {
    const FIRST: Self = Self::MAX;

    fn to_text(&self) -> String {
        format!("{self:016x}")
    }

    fn parse(text: &str) -> Option<Self> {
        let number = (text.len() == 16).then(|| u64::from_str_radix(text, 16).ok()).flatten();
        number.and_then(|number| number.try_into().ok())
    }
}

/// Pinned first, then the latest, then the newest.
impl Key for (bool, Ts, Uuid) {
    const FIRST: Self = (true, Ts::LAST, Uuid::FIRST);

    fn to_text(&self) -> String {
        let (pinned, time, id) = *self;
        format!("{}{}", u8::from(pinned), (time, id).to_text())
    }

    fn parse(text: &str) -> Option<Self> {
        let (pinned, rest) = text.split_at_checked(1)?;
        let pinned = match pinned {
            "0" => false,
            "1" => true,
            _ => return None,
        };
        let (time, id) = Key::parse(rest)?;
        Some((pinned, time, id))
    }
}

#[cfg(test)]
mod tests;
