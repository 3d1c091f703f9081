//! The parts of a posted message: text and files, and nothing else that a client adds.

use app::{FileRefusal, MAX_FILES, PostPart, Upload, file_at};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::Value;

use crate::extract::read as read_object;
use crate::problem::{Problem, Result};

/// The most characters of a message.
const MAX_TEXT: usize = 100_000;

/// A file as `useChat` sends it.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct FilePart {
    media_type: Option<String>,
    filename: Option<String>,
    url: String,
}

/// Reads the parts of a message; `at` is where they stand.
pub(super) fn read(parts: Vec<Value>, at: &str) -> Result<Vec<PostPart>> {
    let mut kept = Vec::with_capacity(parts.len());
    let (mut length, mut files, mut says_something) = (0, 0, false);
    for (place, part) in parts.into_iter().enumerate() {
        let here = format!("{at}/{place}");
        match part["type"].as_str() {
            Some("text") => {
                let text = part["text"].as_str();
                let text = text.ok_or_else(|| Problem::field(here + "/text", "must be text"))?;
                if text.contains('\0') {
                    return Err(Problem::field(at, "text must not contain NUL (U+0000)"));
                }
                length += text.chars().count();
                says_something |= !text.trim().is_empty();
                kept.push(PostPart::Text(text.to_owned()));
            }
            Some("file") => {
                files += 1;
                kept.push(file(read_object(part, &here)?, &here)?);
            }
            _ => {
                let problem = "only parts of type `text` and `file` can be sent";
                return Err(Problem::field(format!("{here}/type"), problem));
            }
        }
    }
    if length > MAX_TEXT {
        return Err(Problem::field(at, format!("at most {MAX_TEXT} characters")));
    }
    if files > MAX_FILES {
        return Err(Problem::field(at, format!("at most {MAX_FILES} files")));
    }
    if !says_something && files == 0 {
        return Err(Problem::field(at, "the message has no text and no file"));
    }
    Ok(kept)
}

fn file(part: FilePart, at: &str) -> Result<PostPart> {
    let at = format!("{at}/url");
    if let Some(id) = file_at(&part.url) {
        return Ok(PostPart::File { id, at });
    }
    let (header, data) = part
        .url
        .strip_prefix("data:")
        .and_then(|url| url.split_once(','))
        .ok_or_else(|| Problem::field(&at, "must be `/api/files/{id}` or a `data:` URL"))?;
    let named = header.strip_suffix(";base64");
    let named = named.ok_or_else(|| Problem::field(&at, "a `data:` URL must be in base64"))?;
    let data = STANDARD.decode(data);
    let data = data.map_err(|error| Problem::field(&at, format!("is no base64: {error}")))?;
    let declared = part.media_type.as_deref().unwrap_or(named);
    let upload = Upload::new(&part.filename.unwrap_or_default(), declared, data);
    let refused = |refusal: FileRefusal| Problem::field(&at, refusal.to_string());
    Ok(PostPart::Upload(upload.map_err(refused)?))
}
