//! Files on their way into a message, and from a stored message to the model. A message holds
//! references; the bytes take their place only when a request is made.

use std::collections::BTreeMap;

use agent::message::text_block;
use agent::model::{Model, ModelMessage};
use agent::{ConversationId, FileId, Role, UserId};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use store::{File, MessageFile, NewFile, StoreError};

use super::{FileKind, MEBIBYTE, Upload};
use crate::{App, AppError, PostPart, Result};

/// The most bytes of files in one request: what vendors take, less a third for base64 and some for
/// the rest. The newest go first.
const MAX_SENT: usize = 22 * MEBIBYTE;

/// What a person without room for another file is told.
pub(crate) const FILES_FULL: &str =
    "your files take up 1 GiB; delete conversations that hold files to make room";

/// Where a file is found, before its id.
const PLACE: &str = "/api/files/";

/// Where a file is found.
pub fn file_url(id: FileId) -> String {
    format!("{PLACE}{id}")
}

/// The file that is found there.
pub fn file_at(url: &str) -> Option<FileId> {
    url.strip_prefix(PLACE)?.parse().ok()
}

/// What is stored of the parts of a message.
pub(crate) struct Composed {
    /// Its UI message parts.
    pub(crate) parts: Vec<Value>,
    /// Its files.
    pub(crate) files: Vec<MessageFile>,
}

impl App {
    /// Stores a file that a message may hold later.
    pub async fn keep_file(&self, owner: UserId, upload: Upload) -> Result<File> {
        let kept = self.0.store.files().create(owner, &upload.0, self.now()).await?;
        kept.ok_or(AppError::Conflict(FILES_FULL))
    }

    /// The stored files that a message names, as far as they are the owner's.
    pub(crate) async fn named_files(
        &self,
        owner: UserId,
        parts: &[PostPart],
    ) -> Result<BTreeMap<FileId, File>> {
        let mut named = BTreeMap::new();
        for part in parts {
            if let PostPart::File { id, .. } = part
                && let Some(file) = self.0.store.files().head(owner, *id).await?
            {
                named.insert(*id, file);
            }
        }
        Ok(named)
    }

    /// A message as it is stored in a conversation. A file that comes with it and is there already
    /// is not stored again, so that the same message posted twice has the same parts.
    pub(crate) async fn compose(
        &self,
        owner: UserId,
        conversation: Option<ConversationId>,
        parts: &[PostPart],
        named: &BTreeMap<FileId, File>,
    ) -> Result<Composed> {
        let mut composed = Composed { parts: Vec::new(), files: Vec::new() };
        for part in parts {
            composed.parts.push(match part {
                PostPart::Text(text) => text_block(text),
                PostPart::File { id, at } => {
                    let fits = |file: &&File| {
                        file.conversation_id.is_none() || file.conversation_id == conversation
                    };
                    let problem = "no file of yours that this conversation can hold; upload it";
                    let file = named.get(id).filter(fits);
                    let file = file.ok_or_else(|| AppError::field(at, problem))?;
                    composed.files.push(MessageFile::Kept(*id));
                    file_part(*id, &file.name, &file.media_type)
                }
                PostPart::Upload(upload) => {
                    let mut file = upload.0.clone();
                    let known = match conversation {
                        Some(within) => {
                            self.0.store.files().find_same(owner, within, &file).await?
                        }
                        None => None,
                    };
                    let twin = known.or_else(|| twin(&file, named.values(), &composed.files));
                    file.id = twin.unwrap_or(file.id);
                    let part = file_part(file.id, &file.name, &file.media_type);
                    if twin.is_none() {
                        composed.files.push(MessageFile::New(file));
                    }
                    part
                }
            });
        }
        Ok(composed)
    }

    /// Puts files in the place of the references to them; this alone decides what a model is sent
    /// of a file. One that does not fit goes as a line that names it.
    pub(crate) async fn fill_in_files(
        &self,
        owner: UserId,
        model: &dyn Model,
        messages: &mut [ModelMessage],
    ) -> Result<(), StoreError> {
        if !messages.iter().flat_map(|message| &message.content).any(|it| reference(it).is_some()) {
            return Ok(());
        }
        // What is sent must be the same in each request, so the first may not guess.
        model.discover().await;
        let capabilities = &model.info().capabilities;
        let files = self.0.store.files();
        let mut room = MAX_SENT;
        let persons = messages.iter_mut().rev().filter(|message| message.role == Role::User);
        for block in persons.flat_map(|message| message.content.iter_mut().rev()) {
            let Some((id, name, media_type)) = reference(block) else { continue };
            if !FileKind::of(media_type).is_seen_by(capabilities) {
                let line = format!("[A file that you cannot see: {name} ({media_type})]");
                *block = text_block(&line);
                continue;
            }
            let most = i64::try_from(room).unwrap_or(i64::MAX);
            let data = if room > 0 { files.read(owner, id, most).await? } else { None };
            // Once one does not fit, no older one is sent, so that the beginning stays the same.
            room = data.as_ref().map_or(0, |data| room - data.len());
            *block = match data {
                Some(data) => model_block(name, media_type, &data),
                None => text_block(&format!("[A file that is not sent: {name} ({media_type})]")),
            };
        }
        Ok(())
    }
}

/// A file of the same message with the name, type and bytes of this one.
fn twin<'a>(
    wanted: &NewFile,
    named: impl Iterator<Item = &'a File>,
    files: &'a [MessageFile],
) -> Option<FileId> {
    let named = named.map(|file| (file.id, &file.sha256, &file.name, &file.media_type));
    let added = files.iter().filter_map(|file| match file {
        MessageFile::New(file) => Some((file.id, &file.sha256, &file.name, &file.media_type)),
        MessageFile::Kept(_) => None,
    });
    let known = (&wanted.sha256, &wanted.name, &wanted.media_type);
    let mut others = named.chain(added);
    others.find(|(_, sha256, name, kind)| (*sha256, *name, *kind) == known).map(|(id, ..)| id)
}

/// A file as people see it in a message.
pub(crate) fn file_part(id: FileId, name: &str, media_type: &str) -> Value {
    json!({"type": "file", "mediaType": media_type, "filename": name, "url": file_url(id)})
}

/// The reference that is stored for a UI message part, if that is a file.
pub(crate) fn reference_to(part: &Value) -> Option<Value> {
    let id = file_at(part["url"].as_str()?).filter(|_| part["type"] == "file")?;
    let (media_type, name) = (&part["mediaType"], &part["filename"]);
    Some(json!({"type": "file", "fileId": id, "mediaType": media_type, "name": name}))
}

fn reference(block: &Value) -> Option<(FileId, &str, &str)> {
    let text = |name: &str| block[name].as_str();
    let id = text("fileId").filter(|_| block["type"] == "file")?.parse().ok()?;
    Some((id, text("name")?, text("mediaType")?))
}

/// A file in the form of the Messages API.
fn model_block(name: &str, media_type: &str, data: &[u8]) -> Value {
    let base64 =
        || json!({"type": "base64", "media_type": media_type, "data": STANDARD.encode(data)});
    match FileKind::of(media_type) {
        FileKind::Image => json!({"type": "image", "source": base64()}),
        FileKind::Pdf => json!({"type": "document", "source": base64(), "title": name}),
        FileKind::Text => {
            let text = String::from_utf8_lossy(data);
            let source = json!({"type": "text", "media_type": "text/plain", "data": text});
            json!({"type": "document", "source": source, "title": name})
        }
    }
}
