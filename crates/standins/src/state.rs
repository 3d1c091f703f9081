use std::collections::{HashMap, VecDeque};
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use axum::http::HeaderMap;
use bytes::Bytes;
use serde_json::{Value, json};

use crate::cache::{Cache, Counted, Segment};
use crate::magic;
use crate::reply::{Part, Reply};
use crate::schema;
use crate::scripted::{asks_for_title, newest_user_text};

pub(crate) type Matches = Box<dyn Fn(&Value) -> bool + Send + Sync>;

/// A request for a message as it arrived.
#[derive(Clone, Debug)]
pub struct Captured {
    /// The client's end of the connection: equal for requests that shared one.
    pub peer: SocketAddr,
    /// The headers.
    pub headers: HeaderMap,
    /// The body; `null` if it was no JSON.
    pub body: Value,
    /// The body's bytes.
    pub raw: Bytes,
}

/// What the stand-in knows; shared by all its connections.
#[derive(Default)]
pub struct State {
    numbers: AtomicU64,
    inner: Mutex<Inner>,
}

#[derive(Default)]
pub(crate) struct Inner {
    pub(crate) rules: Vec<Rule>,
    pub(crate) queue: VecDeque<Reply>,
    pub(crate) otherwise: Option<Reply>,
    pub(crate) key: Option<String>,
    pub(crate) captured: Vec<Captured>,
    pub(crate) forgetful: bool,
    /// The text of each thinking block that was sent, by its signature.
    signed: HashMap<String, String>,
    pub(crate) cache: Cache,
}

/// What answers some requests.
pub(crate) struct Rule {
    pub(crate) matches: Matches,
    pub(crate) reply: Reply,
    /// How often it still does so, if not for ever.
    pub(crate) left: Option<u32>,
    /// It is also meant for requests for a title, which come whenever they like.
    pub(crate) names: bool,
}

impl State {
    pub(crate) fn accepts_key(&self, key: &str) -> bool {
        self.inner().key.as_deref().is_none_or(|wanted| wanted == key)
    }

    pub(crate) fn capture(&self, request: impl FnOnce() -> Captured) {
        let mut inner = self.inner();
        if !inner.forgetful {
            inner.captured.push(request());
        }
    }

    /// Counts a prompt's tokens, those from the cache and those written to it apart.
    pub(crate) fn count(&self, prompt: &[Segment], minimum: u64) -> Counted {
        self.inner().cache.count(prompt, minimum)
    }

    /// A number that was not given out before.
    pub(crate) fn number(&self) -> u64 {
        self.numbers.fetch_add(1, Ordering::Relaxed) + 1
    }

    /// Whether this signature belongs to this text, as far as is known here.
    pub(crate) fn is_signed(&self, thinking: &str, signature: &str) -> bool {
        self.inner().signed.get(signature).is_none_or(|text| text == thinking)
    }

    /// The reply for a request, its ids filled in.
    pub(crate) fn answer(&self, request: &Value) -> Option<Reply> {
        let mut reply = self.choose(request)?;
        if let Some(schema) = schema::of(request) {
            schema::hold(&mut reply, schema);
        }
        for part in &mut reply.parts {
            let Part::Block(block) = part else { continue };
            if block.whole["type"] == "tool_use" && block.whole["id"].is_null() {
                let id = json!(format!("toolu_{:024}", self.number()));
                block.opening["id"] = id.clone();
                block.whole["id"] = id;
            }
            let (text, signature) = (&block.whole["thinking"], &block.whole["signature"]);
            if let (Some(text), Some(signature)) = (text.as_str(), signature.as_str()) {
                self.inner().signed.insert(signature.to_owned(), text.to_owned());
            }
        }
        Some(reply)
    }

    fn choose(&self, request: &Value) -> Option<Reply> {
        let mut inner = self.inner();
        let is_for_title = asks_for_title(request);
        let rule = inner.rules.iter_mut().find(|rule| {
            rule.left != Some(0) && (rule.names || !is_for_title) && (rule.matches)(request)
        });
        if let Some(rule) = rule {
            rule.left = rule.left.map(|left| left - 1);
            return Some(rule.reply.clone());
        }
        if is_for_title {
            let text = newest_user_text(request);
            return Some(Reply::new().text(text.lines().next().unwrap_or_default()));
        }
        let queued = inner.queue.pop_front();
        queued
            .or_else(|| magic::reply(&newest_user_text(request)))
            .or_else(|| inner.otherwise.clone())
    }

    pub(crate) fn inner(&self) -> MutexGuard<'_, Inner> {
        // A rule that panicked has failed its test already.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
