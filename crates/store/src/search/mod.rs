//! Search over what was said. The words of each message are kept beside it, as text that both
//! databases index; a query asks for words that begin with its own.

mod snippet;
mod words;

use agent::{MessageId, UserId};

use self::snippet::snippet;
use self::words::{of_message, owner_word, terms};
use crate::db::{Db, Statement, sql};
use crate::{FoundMessage, Page, PageRequest, StoreError};

/// Search over what was said.
#[derive(Clone, Debug)]
pub struct Search {
    pub(crate) db: Db,
}

impl Search {
    /// The owner's messages in which each word of the query begins a word, case and accents aside;
    /// what was kept last comes first. A query without any word finds nothing.
    pub async fn messages(
        &self,
        owner: UserId,
        query: &str,
        page: &PageRequest,
    ) -> Result<Page<FoundMessage>, StoreError> {
        macro_rules! found {
            ($matching:literal) => {
                concat!(
                    "SELECT found.rid, ",
                    found_columns!(),
                    " FROM (",
                    $matching,
                    ") AS found CROSS JOIN messages CROSS JOIN conversations
                     WHERE messages.id = found.message_id
                     AND conversations.id = messages.conversation_id ORDER BY found.rid DESC"
                )
            };
        }
        let after: i64 = page.key()?;
        let terms = terms(query);
        if terms.is_empty() {
            return Ok(Page { items: Vec::new(), next: None });
        }
        // The owner's word narrows it down inside the index.
        let on_postgres = sql!(
            [found!(
                "SELECT rid, message_id FROM message_words
                 WHERE user_id = $1 AND matches @@ CAST($2 AS tsquery) AND rid < $3
                 ORDER BY rid DESC LIMIT $4"
            )],
            owner,
            format!("'{}' & '{}':*", owner_word(owner), terms.join("':* & '")),
            after,
            page.probe()
        );
        let on_sqlite = sql!(
            [found!(
                "SELECT message_words.rid, message_words.message_id
                 FROM message_matches CROSS JOIN message_words
                 WHERE message_words.rid = message_matches.rowid AND message_words.user_id = $1
                 AND message_matches MATCH $2 AND message_matches.rowid < $3
                 ORDER BY message_matches.rowid DESC LIMIT $4"
            )],
            owner,
            format!("\"{}\" \"{}\"*", owner_word(owner), terms.join("\"* \"")),
            after,
            page.probe()
        );
        let read = self.db.pick(on_postgres.planned_anew(), on_sqlite);
        let found: Vec<(i64, FoundMessage)> = self.db.rows(read).await?;
        let Page { items, next } = page.page(found, |(rid, _)| *rid);
        let shown = items.into_iter().map(|(_, message)| FoundMessage {
            snippet: snippet(&message.snippet, &terms),
            ..message
        });
        Ok(Page { items: shown.collect(), next })
    }
}

/// The write that keeps the words of a message, whose text will not change; none without any.
pub(crate) fn words_of(owner: UserId, message: MessageId, plain: &str) -> Option<Statement> {
    if plain.is_empty() {
        return None;
    }
    Some(sql!(
        "INSERT INTO message_words (message_id, user_id, words) VALUES ($1, $2, $3)
         ON CONFLICT (message_id) DO NOTHING",
        message,
        owner,
        of_message(owner, plain)
    ))
}
