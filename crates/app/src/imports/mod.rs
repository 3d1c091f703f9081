//! Importing conversations: an upload becomes items in one transaction, and a job turns them into
//! conversations one by one, so that it may end at any point and go on after it.

mod capped;
mod chatgpt;
mod claude;
mod elements;
mod file;
mod smithers;
mod tree;

use std::fs::File;

use agent::{ImportId, UserId};
use store::{Import, ImportFormat, ImportItem, ImportedConversation, NewImport, Ts};
use tokio::sync::mpsc;
use tokio::task::spawn_blocking;

use self::tree::Draft;
use crate::jobs::Left;
use crate::{App, AppError};

/// The most characters of a reason: it may quote the file.
const MAX_REASON: usize = 300;

/// Items on their way from the file to the database.
const ITEMS_AHEAD: usize = 4;

impl App {
    /// Takes a file of conversations in; the rest happens in the background.
    pub async fn import(
        &self,
        owner: UserId,
        name: String,
        mut file: File,
    ) -> Result<Import, AppError> {
        let (contents, mut file) =
            blocking(move || file::look(&mut file).map(|contents| (contents, file)))
                .await?
                .map_err(refused)?;
        let skipped = contents.too_large;
        let import = NewImport {
            name,
            format: contents.format,
            items: contents.items,
            skipped,
            error: (skipped > 0).then(|| file::TOO_LARGE.to_owned()),
        };
        let (sender, items) = mpsc::channel(ITEMS_AHEAD);
        let sent = spawn_blocking(move || file::send(&mut file, &sender));
        let made = self.0.store.imports().create(owner, import, items, self.now()).await?;
        sent.await.map_err(|error| AppError::Internal(Box::new(error)))?.map_err(refused)?;
        self.0.work.notify_one();
        made.ok_or_else(|| refused("the file could not be read to its end".to_owned()))
    }

    /// Goes on with an import until all is done or the process is about to end.
    pub(crate) async fn run_import(&self, id: ImportId) -> Result<Left, AppError> {
        let imports = self.0.store.imports();
        while let Some(item) = imports.next_item(id).await? {
            if self.is_draining() {
                return Ok(Left::Undone);
            }
            let now = self.now();
            let (item, read) = blocking(move || {
                let read = read(&item, now);
                (item, read)
            })
            .await?;
            match read {
                Ok(conversation) => drop(imports.import(&item, &conversation).await?),
                Err(reason) => drop(imports.skip(&item, &reason).await?),
            }
        }
        imports.finish(id, self.now()).await?;
        Ok(Left::Done)
    }

    /// Ends an import that failed over and over.
    pub(crate) async fn give_up_import(&self, id: ImportId) -> Result<(), AppError> {
        let reason = "the import failed on our side; what is missing can be imported again";
        self.0.store.imports().fail(id, reason, self.now()).await?;
        Ok(())
    }
}

/// Reads an item; the reason for people if it cannot be read.
fn read(item: &ImportItem, now: Ts) -> Result<ImportedConversation, String> {
    let draft: serde_json::Result<Draft> = match item.format {
        ImportFormat::Smithers => smithers::read(&item.body),
        ImportFormat::ChatGpt => chatgpt::read(&item.body),
        ImportFormat::Claude => claude::read(&item.body),
    };
    let read = draft.map_err(|error| error.to_string()).and_then(|draft| {
        draft.conversation(&item.body, now).ok_or_else(|| "it holds no messages".to_owned())
    });
    read.map_err(|why| {
        let reason = format!("conversation {} was left out: {why}", item.seq + 1);
        reason.chars().take(MAX_REASON).collect()
    })
}

fn refused(why: String) -> AppError {
    AppError::field("/file", why)
}

/// Does what takes long without waiting for anything.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, AppError> {
    spawn_blocking(work).await.map_err(|error| AppError::Internal(Box::new(error)))
}
