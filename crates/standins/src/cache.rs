//! The vendors' prompt caches: entries are exact prefixes, and each says how long it lives.

use std::collections::HashMap;
use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash as _, Hasher as _};
use std::time::{Duration, Instant};

/// How many segments before a mark are searched for an earlier entry.
const LOOK_BACK: usize = 20;

/// Tokens of every prompt that stand after all marks: the vendor's own frame.
const FRAME: u64 = 4;

/// A piece of a prompt.
pub(crate) struct Segment {
    /// Its bytes, without any mark.
    pub(crate) text: String,
    /// How long the cache is to keep the prompt up to its end, if at all.
    pub(crate) keep: Option<Duration>,
}

/// A prompt's tokens by what is paid for them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counted {
    pub(crate) input: u64,
    pub(crate) read: u64,
    pub(crate) written: u64,
    /// Those of the written ones that stay for an hour.
    pub(crate) written_1h: u64,
}

/// All entries. The clock moves by itself and by [`Cache::age`].
#[derive(Default)]
pub(crate) struct Cache {
    entries: HashMap<u64, Entry>,
    aged: Duration,
}

struct Entry {
    until: Instant,
    keep: Duration,
}

/// A prefix of the prompt at hand.
struct Prefix {
    hash: u64,
    tokens: u64,
    keep: Option<Duration>,
}

impl Cache {
    pub(crate) fn age(&mut self, time: Duration) {
        self.aged += time;
    }

    /// Finds the longest known prefix at or before a mark, and keeps what is marked after it;
    /// nothing shorter than `minimum` tokens is kept.
    pub(crate) fn count(&mut self, prompt: &[Segment], minimum: u64) -> Counted {
        let now = Instant::now() + self.aged;
        self.entries.retain(|_, entry| entry.until > now);
        let prefixes = prefixes(prompt);
        let found = prefixes.iter().enumerate().rev().filter(|(_, prefix)| prefix.keep.is_some());
        let found = found
            .filter_map(|(mark, _)| {
                let first = mark.saturating_sub(LOOK_BACK);
                let known = |at: &usize| self.entries.contains_key(&prefixes[*at].hash);
                (first..=mark).rev().find(known)
            })
            .max();
        if let Some(entry) = found.and_then(|at| self.entries.get_mut(&prefixes[at].hash)) {
            entry.until = now + entry.keep;
        }
        let read = found.map_or(0, |at| prefixes[at].tokens);
        let (mut last, mut last_1h) = (read, read);
        for prefix in &prefixes[found.map_or(0, |at| at + 1)..] {
            if let (Some(keep), true) = (prefix.keep, prefix.tokens >= minimum) {
                self.entries.insert(prefix.hash, Entry { until: now + keep, keep });
                last = prefix.tokens;
                if keep >= Duration::from_hours(1) {
                    last_1h = prefix.tokens;
                }
            }
        }
        let total = prefixes.last().map_or(0, |prefix| prefix.tokens) + FRAME;
        Counted { input: total - last, read, written: last - read, written_1h: last_1h - read }
    }
}

fn prefixes(prompt: &[Segment]) -> Vec<Prefix> {
    let (mut hasher, mut bytes) = (DefaultHasher::new(), 0);
    let prefix = |segment: &Segment| {
        segment.text.hash(&mut hasher);
        bytes += segment.text.len() as u64;
        Prefix { hash: hasher.finish(), tokens: bytes / 4, keep: segment.keep }
    };
    prompt.iter().map(prefix).collect()
}
