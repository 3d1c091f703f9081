//! Kinds of values: what a text must look like to be one.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use agent::permission::Mode;
use agent::price::{self, Prices};
use jiff::{Span, SpanRelativeTo, Unit};
use reqwest::Url;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use serde_path_to_error::Segment;

use super::models::ModelEntry;

/// Why a text is no such value. It never repeats the text, which may be a misplaced secret.
#[derive(Debug)]
pub(crate) struct Wrong {
    /// What goes after the setting's name: "must be …".
    pub(crate) why: String,
    /// Where within the value, as a JSON Pointer.
    pub(crate) at: String,
}

impl<T: Into<String>> From<T> for Wrong {
    fn from(why: T) -> Self {
        Self { why: why.into(), at: String::new() }
    }
}

/// A value that always is there, or one that may be missing.
pub(super) trait Held<T>: Sized {
    fn held(text: Option<&str>, read: fn(&str) -> Result<T, Wrong>) -> Result<Self, Wrong>;
}

impl<T> Held<T> for T {
    fn held(text: Option<&str>, read: fn(&str) -> Result<T, Wrong>) -> Result<Self, Wrong> {
        read(text.unwrap_or_default())
    }
}

impl<T> Held<T> for Option<T> {
    fn held(text: Option<&str>, read: fn(&str) -> Result<T, Wrong>) -> Result<Self, Wrong> {
        text.map(read).transpose()
    }
}

type Read<T> = Result<T, Wrong>;

pub(super) fn text(text: &str) -> Read<String> {
    if text.contains(char::is_control) {
        return Err("must be one line without control characters".into());
    }
    Ok(text.to_owned())
}

pub(super) fn path(path: &str) -> Read<PathBuf> {
    text(path).map(PathBuf::from)
}

pub(super) fn names(list: &str) -> Read<Vec<String>> {
    list.split(',').map(|name| text(name.trim())).collect()
}

pub(super) fn address(text: &str) -> Read<SocketAddr> {
    text.parse().map_err(|_invalid| "must be an address and port such as 127.0.0.1:8080".into())
}

pub(super) fn database(text: &str) -> Read<String> {
    if text.starts_with("postgres://") || text.starts_with("postgresql://") {
        return Ok(text.to_owned());
    }
    Err("must begin with postgres://; without it SQLite is used, in the folder of --data-dir"
        .into())
}

/// The pattern's two words are two of ours.
pub(super) fn mode(text: &str) -> Read<Mode> {
    match text {
        "allowAll" => Ok(Mode::BypassPermissions),
        "requestPermission" => Ok(Mode::Default),
        word => word.parse().map_err(|_unknown| {
            let words: Vec<&str> = Mode::ALL.iter().map(|mode| mode.as_str()).collect();
            Wrong::from(format!("must be one of {}", words.join(", ")))
        }),
    }
}

/// A whole number from 1.
pub(super) fn count(text: &str) -> Read<i64> {
    let number = text.parse().ok().filter(|number| *number >= 1);
    number.ok_or_else(|| "must be a whole number from 1".into())
}

/// A number of tokens. With fewer a conversation would be summaries and little else.
pub(super) fn tokens(text: &str) -> Read<u64> {
    let number = text.parse().ok().filter(|number| *number >= 1_000);
    number.ok_or_else(|| "must be a whole number from 1000".into())
}

pub(super) fn switch(text: &str) -> Read<bool> {
    match text {
        "on" => Ok(true),
        "off" => Ok(false),
        _ => Err("must be `on` or `off`".into()),
    }
}

/// An amount of US dollars such as `2.50`, in billionths.
pub(super) fn dollars(text: &str) -> Read<u64> {
    price::nanos(text).ok_or_else(|| "must be US dollars, such as 2.50".into())
}

/// A duration such as `15s`, `10m` or `7d`; at least a second.
pub(super) fn duration(text: &str) -> Read<Duration> {
    let seconds = text
        .parse::<Span>()
        .and_then(|span| span.total((Unit::Second, SpanRelativeTo::days_are_24_hours())));
    let long_enough = seconds.ok().filter(|seconds| *seconds >= 1.0);
    let duration = long_enough.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    duration.ok_or_else(|| "must be a duration such as 15s, 10m or 7d, at least 1s".into())
}

/// Scheme and host, as browsers send them in `Origin`.
pub(super) fn origin(text: &str) -> Read<String> {
    let is_bare = |url: &Url| {
        matches!(url.scheme(), "https" | "http")
            && url.path() == "/"
            && url.query().or(url.fragment()).is_none()
            && url.username().is_empty()
            && url.password().is_none()
    };
    let url = Url::parse(text).ok().filter(is_bare).filter(|_| !text.contains(char::is_whitespace));
    let words = "must be an origin such as https://smithers.example.org, without credentials, \
                 path or spaces";
    url.map(|url| url.origin().ascii_serialization()).ok_or_else(|| words.into())
}

pub(super) fn prices(text: &str) -> Read<Prices> {
    tables(text)
}

pub(super) fn models(text: &str) -> Read<Vec<ModelEntry>> {
    tables(text)
}

/// The models with nothing but its name for each that is wrong, so that the others and what names
/// them can be judged; none if this is no list.
pub(super) fn models_by_name(text: &str) -> Option<String> {
    let mut entries: Vec<Value> = serde_json::from_str(text).ok()?;
    for (place, entry) in entries.iter_mut().enumerate() {
        if models(&json!([entry]).to_string()).is_err() {
            let name = entry["name"].as_str().map_or_else(|| place.to_string(), str::to_owned);
            *entry = json!({"name": name, "provider": "offline"});
        }
    }
    Some(json!(entries).to_string())
}

/// Tables, as JSON.
fn tables<T: DeserializeOwned>(text: &str) -> Read<T> {
    let json: Value =
        serde_json::from_str(text).map_err(|error| format!("must be a JSON list: {error}"))?;
    serde_path_to_error::deserialize(json).map_err(|error| {
        let at = error.path().iter().map(step).collect();
        Wrong { why: format!("is wrong: {}", error.inner()), at }
    })
}

fn step(segment: &Segment) -> String {
    match segment {
        Segment::Seq { index } => format!("/{index}"),
        Segment::Map { key } => format!("/{key}"),
        Segment::Enum { .. } | Segment::Unknown => String::new(),
    }
}
