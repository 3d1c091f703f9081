//! What an uploaded file holds: JSON, or a zip archive with a `conversations.json`. It is gone
//! through one conversation at a time, and nothing is unpacked to a disk.

use std::cell::Cell;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom};
use std::rc::Rc;

use serde::Deserialize;
use serde::de::IgnoredAny;
use store::ImportFormat;
use tokio::sync::mpsc;
use zip::ZipArchive;

use super::elements::{Element, elements};

const UNDERSTOOD: &str = "this is no file that can be imported: choose a conversation exported \
    from Smithers as JSON, the conversations.json of ChatGPT or of Claude, or the zip archive that \
    holds it";

/// Why a conversation is no item.
pub(super) const TOO_LARGE: &str = "a conversation was left out: it has more than 32 MiB";

/// The most conversations of a file.
const MOST: i64 = 100_000;

/// How much of a zip archive its directory may be.
const MAX_DIRECTORY: u64 = 16 * 1024 * 1024;

/// The most that comes out of a zip archive, and how much more than goes in.
const MAX_INFLATED: u64 = 1024 * 1024 * 1024;
const MAX_RATIO: u64 = 100;
/// Of which size even more may come out.
const SMALL: u64 = 16 * 1024 * 1024;

/// What was found in a file.
pub(super) struct Contents {
    pub(super) format: ImportFormat,
    /// How many conversations can be read.
    pub(super) items: i64,
    /// How many are too large for that.
    pub(super) too_large: i64,
}

/// Goes through a file; the reason for people if it cannot be imported.
pub(super) fn look(file: &mut File) -> Result<Contents, String> {
    let (mut format, mut items, mut too_large) = (None, 0, 0);
    with_json(file, &mut |json| {
        elements(json, |element| {
            match element {
                Element::Whole(text) => {
                    items += 1;
                    format = format.or_else(|| recognised(text));
                }
                Element::TooLarge => too_large += 1,
            }
            if items + too_large > MOST {
                return Err(io::Error::other("it holds too many conversations"));
            }
            Ok(())
        })
    })?;
    let format = format.ok_or_else(|| UNDERSTOOD.to_owned())?;
    Ok(Contents { format, items, too_large })
}

/// Sends every conversation of a file that can be read, until nobody takes them any more.
pub(super) fn send(file: &mut File, items: &mpsc::Sender<String>) -> Result<(), String> {
    with_json(file, &mut |json| {
        elements(json, |element| match element {
            Element::Whole(text) => {
                let item = String::from_utf8_lossy(text).into_owned();
                items.blocking_send(item).map_err(io::Error::other)
            }
            Element::TooLarge => Ok(()),
        })
    })
}

/// By which members a conversation is known.
#[derive(Deserialize)]
struct Marks {
    format: Option<IgnoredAny>,
    mapping: Option<IgnoredAny>,
    chat_messages: Option<IgnoredAny>,
}

fn recognised(text: &[u8]) -> Option<ImportFormat> {
    match serde_json::from_slice(text) {
        Ok(Marks { mapping: Some(_), .. }) => Some(ImportFormat::ChatGpt),
        Ok(Marks { chat_messages: Some(_), .. }) => Some(ImportFormat::Claude),
        Ok(Marks { format: Some(_), .. }) => Some(ImportFormat::Smithers),
        Ok(_) | Err(_) => None,
    }
}

/// Finds the JSON text in a file.
fn with_json(
    file: &mut File,
    read: &mut dyn FnMut(&mut dyn BufRead) -> io::Result<()>,
) -> Result<(), String> {
    let refused = |error: &dyn std::fmt::Display| format!("{UNDERSTOOD} ({error})");
    let mut magic = Vec::new();
    file.rewind().map_err(|error| refused(&error))?;
    file.by_ref().take(4).read_to_end(&mut magic).map_err(|error| refused(&error))?;
    file.rewind().map_err(|error| refused(&error))?;
    let mut file = BufReader::new(file);
    if magic != b"PK\x03\x04" {
        return read(&mut file).map_err(|error| refused(&error));
    }
    let left = Rc::new(Cell::new(MAX_DIRECTORY));
    let archive = Limited { inner: file, left: Rc::clone(&left) };
    let mut archive = ZipArchive::new(archive).map_err(|error| refused(&error))?;
    left.set(u64::MAX);
    let is_wanted = |name: &str| name.rsplit(['/', '\\']).next() == Some("conversations.json");
    let place = (0..archive.len())
        .find(|place| matches!(archive.name_for_index(*place), Some(Ok(name)) if is_wanted(&name)))
        .ok_or_else(|| refused(&"the archive holds no conversations.json"))?;
    let entry = archive.by_index(place).map_err(|error| refused(&error))?;
    let most = entry.compressed_size().saturating_mul(MAX_RATIO).saturating_add(SMALL);
    let left = Rc::new(Cell::new(most.min(MAX_INFLATED)));
    read(&mut BufReader::new(Limited { inner: entry, left })).map_err(|error| refused(&error))
}

/// Reads no more than is left.
struct Limited<R> {
    inner: R,
    left: Rc<Cell<u64>>,
}

impl<R: Read> Read for Limited<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        let taken = u64::try_from(read).unwrap_or(u64::MAX);
        let left = self.left.get().checked_sub(taken);
        self.left.set(left.ok_or_else(|| io::Error::other("the archive is too large inside"))?);
        Ok(read)
    }
}

impl<R: Seek> Seek for Limited<R> {
    fn seek(&mut self, position: SeekFrom) -> io::Result<u64> {
        self.inner.seek(position)
    }
}
