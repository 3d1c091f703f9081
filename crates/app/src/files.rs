//! Which files people may give, and under which name. What a file holds is decided by its bytes;
//! the client's word is only compared with them.

pub(crate) mod attach;

#[cfg(test)]
mod tests;

use agent::model::Capabilities;
use sha2::{Digest as _, Sha256};
use store::NewFile;

const MEBIBYTE: usize = 1024 * 1024;

/// The most bytes of any file.
pub const MAX_FILE: usize = 20 * MEBIBYTE;

/// The most files of a message.
pub const MAX_FILES: usize = 10;

/// The most characters of a name.
const MAX_NAME: usize = 200;

/// How the files that are not text begin.
const SIGNATURES: [(&str, &[u8]); 5] = [
    ("image/png", b"\x89PNG\r\n\x1a\n"),
    ("image/jpeg", b"\xff\xd8\xff"),
    ("image/gif", b"GIF87a"),
    ("image/gif", b"GIF89a"),
    ("application/pdf", b"%PDF-"),
];

/// Texts whose type is kept; other text is plain.
const TEXTS: [&str; 9] = [
    "text/plain",
    "text/markdown",
    "text/csv",
    "text/tab-separated-values",
    "text/calendar",
    "text/yaml",
    "application/json",
    "application/yaml",
    "application/toml",
];

/// What may be done with a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileKind {
    /// A picture that browsers and models can show.
    Image,
    /// A PDF document.
    Pdf,
    /// Anything to read: never more than plain text to a browser.
    Text,
}

impl FileKind {
    /// The kind of a type that [`Upload`] gave.
    pub fn of(media_type: &str) -> Self {
        if media_type.starts_with("image/") {
            Self::Image
        } else if media_type == "application/pdf" {
            Self::Pdf
        } else {
            Self::Text
        }
    }

    /// Whether a model can be sent such a file.
    const fn is_seen_by(self, capabilities: &Capabilities) -> bool {
        match self {
            Self::Image => capabilities.images,
            Self::Pdf => capabilities.documents,
            Self::Text => true,
        }
    }

    const fn mebibytes(self) -> usize {
        match self {
            Self::Image => 5,
            Self::Pdf => MAX_FILE / MEBIBYTE,
            Self::Text => 1,
        }
    }
}

/// A file that may be stored.
#[derive(Clone, Debug)]
pub struct Upload(pub(crate) NewFile);

/// Why a file is not taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FileRefusal {
    /// It has too many bytes for what it is.
    #[error("a file of type {media_type} may have at most {mebibytes} MiB")]
    TooLarge {
        /// What it is.
        media_type: String,
        /// How many it may have.
        mebibytes: usize,
    },
    /// It has no content.
    #[error("the file is empty")]
    Empty,
    /// Its bytes are something else than its type says.
    #[error("the content of the file is not {0}")]
    Mismatch(String),
    /// It is nothing that can be read here.
    #[error("{0} is not taken; send PNG, JPEG, GIF, WebP, PDF or text in UTF-8")]
    Unknown(String),
}

impl Upload {
    /// Looks at a file that a client sends; `declared` is the type it says, or nothing.
    pub fn new(name: &str, declared: &str, data: Vec<u8>) -> Result<Self, FileRefusal> {
        let media_type = media_type(declared, &data)?;
        let mebibytes = FileKind::of(&media_type).mebibytes();
        if data.len() > mebibytes * MEBIBYTE {
            return Err(FileRefusal::TooLarge { media_type, mebibytes });
        }
        let (name, sha256) = (plain_name(name), Sha256::digest(&data).into());
        Ok(Self(NewFile { id: store::fresh(), name, media_type, sha256, data }))
    }
}

fn media_type(declared: &str, data: &[u8]) -> Result<String, FileRefusal> {
    if data.trim_ascii().is_empty() {
        return Err(FileRefusal::Empty);
    }
    let declared = declared.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let is_open = matches!(declared.as_str(), "" | "application/octet-stream");
    if let Some(found) = recognised(data) {
        let is_so = is_open || declared == found;
        return if is_so { Ok(found.to_owned()) } else { Err(FileRefusal::Mismatch(declared)) };
    }
    let is_listed = TEXTS.contains(&declared.as_str());
    if !(is_listed || is_open || declared.starts_with("text/x-")) {
        let is_signed = declared == "image/webp" || SIGNATURES.iter().any(|it| it.0 == declared);
        let refusal = if is_signed { FileRefusal::Mismatch } else { FileRefusal::Unknown };
        return Err(refusal(declared));
    }
    match std::str::from_utf8(data) {
        Ok(text) if !text.contains('\0') => {
            Ok(if is_listed { declared } else { "text/plain".to_owned() })
        }
        Ok(_) | Err(_) if is_open => Err(FileRefusal::Unknown("this kind of file".to_owned())),
        Ok(_) | Err(_) => Err(FileRefusal::Mismatch(format!("{declared} in UTF-8 without NUL"))),
    }
}

fn recognised(data: &[u8]) -> Option<&'static str> {
    if data.starts_with(b"RIFF") && data.get(8..12) == Some(b"WEBP") {
        return Some("image/webp");
    }
    SIGNATURES.iter().find(|(_, signature)| data.starts_with(signature)).map(|(found, _)| *found)
}

/// The name without folders, line breaks, and signs that turn the direction of writing.
pub(crate) fn plain_name(given: &str) -> String {
    let name = given.rsplit(['/', '\\']).next().unwrap_or_default();
    let turns = |sign: char| {
        matches!(sign, '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}')
            || matches!(sign, '\u{2066}'..='\u{2069}')
    };
    let is_plain = |sign: &char| !sign.is_control() && !turns(*sign);
    let name: String = name.chars().filter(is_plain).take(MAX_NAME).collect();
    match name.trim() {
        "" | "." | ".." => "file".to_owned(),
        name => name.to_owned(),
    }
}
