//! What an uploaded file holds: JSON, or a zip archive with a `conversations.json`. It is gone
//! through one conversation at a time, and nothing is unpacked to a disk.

use std::cell::Cell;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom};
use std::rc::Rc;

use serde::Deserialize;
use serde::de::IgnoredAny;
use store::{ImportFormat, NewImport, NewItem};
use tokio::sync::mpsc;
use zip::ZipArchive;

use super::elements::{Element, elements};
use crate::files::plain_name;

const UNDERSTOOD: &str = "this is no file that can be imported: choose a conversation exported \
    from Smithers as JSON, the conversations.json of ChatGPT or of Claude, or the zip archive that \
    holds it";

/// Why a conversation is no item.
const TOO_LARGE: &str = "a conversation was left out: it has more than 32 MiB";

/// The most conversations of a file, each of their own files counted too.
const MOST: i64 = 100_000;

/// How much is stored at once: others write in between.
const BATCH_ITEMS: usize = 200;
const BATCH_BYTES: usize = 1024 * 1024;

/// How much of a zip archive its directory may be.
const MAX_DIRECTORY: u64 = 16 * 1024 * 1024;

/// The most that comes out of a zip archive, and how much more than goes in.
const MAX_INFLATED: u64 = 1024 * 1024 * 1024;
const MAX_RATIO: u64 = 100;
/// Of which size even more may come out.
const SMALL: u64 = 16 * 1024 * 1024;

/// Goes through a file of that name; the reason for people if it cannot be imported.
pub(super) fn look(file: &mut File, name: &str) -> Result<NewImport, String> {
    let (mut format, mut total, mut files) = (None, 0, 0);
    let (mut skipped, mut bytes) = (0, 0);
    with_json(file, &mut |json| {
        elements(json, |element| {
            match element {
                Element::Whole(text) => {
                    total += 1;
                    bytes += text.len();
                    format = format.or_else(|| recognised(text));
                }
                Element::File(text) => {
                    files += 1;
                    bytes += text.len();
                }
                Element::TooLarge => {
                    total += 1;
                    skipped += 1;
                }
            }
            if total + files > MOST {
                return Err(io::Error::other("it holds too many conversations or files"));
            }
            Ok(())
        })
    })?;
    let format = format.ok_or_else(|| UNDERSTOOD.to_owned())?;
    Ok(NewImport {
        name: plain_name(name),
        format,
        total,
        skipped,
        bytes: i64::try_from(bytes).unwrap_or(i64::MAX),
        problem: (skipped > 0).then(|| TOO_LARGE.to_owned()),
    })
}

/// Sends every conversation of a file that can be read, a batch at a time and each after its own
/// files, until nobody takes them any more.
pub(super) fn send(
    file: &mut File,
    format: ImportFormat,
    batches: &mpsc::Sender<Vec<NewItem>>,
) -> Result<(), String> {
    let (mut seq, mut files) = (0, 0);
    let (mut batch, mut bytes) = (Vec::new(), 0);
    let pass_on = |batch: &mut Vec<NewItem>| {
        batches.blocking_send(std::mem::take(batch)).map_err(io::Error::other)
    };
    with_json(file, &mut |json| {
        elements(json, |element| {
            let (text, part) = match element {
                Element::Whole(text) => (text, 0),
                Element::File(text) if format == ImportFormat::Smithers => {
                    files += 1;
                    (text, files)
                }
                Element::File(_) => return Ok(()),
                // Its files belong to nothing, and go with the import.
                Element::TooLarge => {
                    (seq, files) = (seq + 1, 0);
                    return Ok(());
                }
            };
            if batch.len() == BATCH_ITEMS || (bytes > 0 && bytes + text.len() > BATCH_BYTES) {
                pass_on(&mut batch)?;
                bytes = 0;
            }
            bytes += text.len();
            let body = String::from_utf8_lossy(text).into_owned();
            batch.push(NewItem { seq, part, body });
            if part == 0 {
                (seq, files) = (seq + 1, 0);
            }
            Ok(())
        })
    })?;
    pass_on(&mut batch).map_err(|error| error.to_string())
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

#[cfg(test)]
mod tests;
