//! Importing conversations: an upload becomes items, a few at a time, and a job turns them into
//! conversations one by one, so that it may end at any point and go on after it.

mod capped;
mod chatgpt;
mod claude;
mod elements;
mod file;
mod smithers;
mod tree;

use std::collections::BTreeMap;
use std::fs::File;

use agent::{ImportId, UserId};
use store::{Import, ImportFormat, ImportItem, ImportStart, ItemFile, NewItem};
use tokio::sync::mpsc;
use tokio::task::spawn_blocking;

use self::tree::Draft;
use crate::files::attach::FILES_FULL;
use crate::jobs::Left;
use crate::{App, AppError, Result};

/// The most characters of a reason: it may quote the file.
const MAX_REASON: usize = 300;

/// Why there cannot be another import.
const TOO_MANY: &str = "three of your imports have not ended yet; wait until one has";
const TOO_MUCH: &str =
    "your imports that have not ended hold 1 GiB with this one; wait until one has ended";
const CUT_OFF: &str = "the import took too long to come in; send the file again";

impl App {
    /// Takes a file of conversations in; the rest happens in the background.
    pub async fn import(&self, owner: UserId, name: &str, mut file: File) -> Result<Import> {
        let name = name.to_owned();
        let looked = blocking(move || file::look(&mut file, &name).map(|import| (import, file)));
        let (import, mut file) = looked.await?.map_err(refused)?;
        let format = import.format;
        let imports = self.0.store.imports();
        let id = match imports.begin(owner, import, self.now()).await? {
            ImportStart::Begun(id) => id,
            ImportStart::TooMany => return Err(AppError::Conflict(TOO_MANY)),
            ImportStart::TooLarge => return Err(AppError::Conflict(TOO_MUCH)),
        };
        let (sender, mut batches) = mpsc::channel::<Vec<NewItem>>(1);
        let sent = spawn_blocking(move || file::send(&mut file, format, &sender));
        while let Some(batch) = batches.recv().await {
            if !imports.add(id, &batch, self.now()).await? {
                return Err(AppError::Conflict(CUT_OFF));
            }
        }
        // One that cannot be read to its end is removed like any that was cut off.
        sent.await.map_err(AppError::internal)?.map_err(refused)?;
        let import = imports.enqueue(owner, id, self.now()).await?;
        self.0.work.notify_one();
        import.ok_or(AppError::Conflict(CUT_OFF))
    }

    /// Goes on with an import until all is done or the process is about to end.
    pub(crate) async fn run_import(&self, id: ImportId) -> Result<Left> {
        let imports = self.0.store.imports();
        while let Some(item) = imports.next_item(id).await? {
            if let Left::Undone = self.import_item(item).await? {
                return Ok(Left::Undone);
            }
        }
        imports.finish(id, self.now()).await?;
        Ok(Left::Done)
    }

    async fn import_item(&self, item: ImportItem) -> Result<Left> {
        let imports = self.0.store.imports();
        let (item, read) = blocking(move || {
            let read = read(&item);
            (item, read)
        })
        .await?;
        let left_out =
            |why: &str| about(&format!("conversation {} was left out: {why}", item.seq + 1));
        let mut draft = match read {
            Ok(draft) => draft,
            Err(error) => {
                imports.skip(&item, &left_out(&error.to_string())).await?;
                return Ok(Left::Done);
            }
        };
        if let Left::Undone = self.store_files(&item, &mut draft).await? {
            return Ok(Left::Undone);
        }
        let files: BTreeMap<_, _> = imports.settled_files(&item).await?.into_iter().collect();
        let (body, now) = (item.body.clone(), self.now());
        let conversation = blocking(move || {
            smithers::place(&mut draft, &files);
            draft.conversation(&body, now)
        });
        match conversation.await? {
            Some(mut conversation) => {
                let problem = conversation.problem.take();
                conversation.problem = problem.map(|why| {
                    about(&format!("conversation {} is not as it was: {why}", item.seq + 1))
                });
                imports.import(&item, &conversation).await?;
            }
            None => drop(imports.skip(&item, &left_out("it holds no messages")).await?),
        }
        Ok(Left::Done)
    }

    /// Stores the files of an item one by one.
    async fn store_files(&self, item: &ImportItem, draft: &mut Draft) -> Result<Left> {
        let imports = self.0.store.imports();
        while !self.is_draining() {
            let Some(ItemFile { part, body }) = imports.next_file(item).await? else {
                return Ok(Left::Done);
            };
            let read = blocking(move || smithers::file(&body)).await?;
            let known = read.as_ref().ok().map(|(known_as, file)| (*known_as, file));
            let is_kept = imports.settle_file(item, part, known, self.now()).await?;
            match read {
                Ok(_) if is_kept => {}
                Ok((_, file)) => draft.problems.push(format!("{}: {FILES_FULL}", file.name)),
                Err(why) => draft.problems.push(why),
            }
        }
        Ok(Left::Undone)
    }

    /// Ends an import that failed over and over.
    pub(crate) async fn give_up_import(&self, id: ImportId) -> Result<()> {
        let reason = "the import failed on our side; what is missing can be imported again";
        self.0.store.imports().fail(id, reason, self.now()).await?;
        Ok(())
    }
}

fn read(item: &ImportItem) -> serde_json::Result<Draft> {
    match item.format {
        ImportFormat::Smithers => smithers::read(&item.body),
        ImportFormat::ChatGpt => chatgpt::read(&item.body),
        ImportFormat::Claude => claude::read(&item.body),
    }
}

/// A reason that is not too long.
fn about(reason: &str) -> String {
    reason.chars().take(MAX_REASON).collect()
}

fn refused(why: String) -> AppError {
    AppError::field("/file", why)
}

/// Does what takes long without waiting for anything.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
    spawn_blocking(work).await.map_err(AppError::internal)
}
