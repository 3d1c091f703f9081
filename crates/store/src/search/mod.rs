//! Search over what was said. The words of each message are kept beside it, as text that both
//! databases index; a query asks for words that begin with its own.

mod snippet;
mod words;

use agent::{MessageId, TurnId, UserId};
use uuid::Uuid;

use self::snippet::snippet;
use self::words::{of_message, owner_word, terms};
use crate::db::{Db, Statement, Tx, sql};
use crate::{FoundMessage, Page, PageRequest, Result, Search};

/// How many messages get their words in one transaction.
const BATCH: i64 = 500;

/// A term that begins words of as many messages in a million is common.
const COMMON: i64 = 2_000;

impl Search {
    /// The owner's messages in which each word of the query begins a word, case and accents aside;
    /// what was kept last comes first. A query without any word finds nothing.
    pub async fn messages(
        &self,
        owner: UserId,
        query: &str,
        page: &PageRequest,
    ) -> Result<Page<FoundMessage>> {
        macro_rules! found {
            ($matching:literal) => {
                concat!(
                    "SELECT found.rid, {} FROM (",
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
        let looked_up = self.looked_up(&terms).await?;
        let indexed = format!("'{}' & '{}':*", owner_word(owner), looked_up.join("':* & '"));
        let left = terms.iter().filter(|term| !looked_up.contains(term));
        let left = left.map(|term| format!("% {term}%")).collect::<Vec<_>>().join("&");
        let on_postgres = sql!(
            [found!(
                "SELECT rid, message_id FROM message_words
                 WHERE user_id = $1 AND matches @@ CAST($2 AS tsquery) AND rid < $3
                 AND words LIKE ALL (string_to_array($5, '&')) ORDER BY rid DESC LIMIT $4"
            )],
            [owner, indexed, after, page.probe(), left]
        );
        let matching = format!("\"{}\" \"{}\"*", owner_word(owner), terms.join("\"* \""));
        let on_sqlite = sql!(
            [found!(
                "SELECT message_words.rid, message_words.message_id
                 FROM message_matches CROSS JOIN message_words
                 WHERE message_words.rid = message_matches.rowid AND message_words.user_id = $1
                 AND message_matches MATCH $2 AND message_matches.rowid < $3
                 ORDER BY message_matches.rowid DESC LIMIT $4"
            )],
            [owner, matching, after, page.probe()]
        );
        let read = self.db.pick(on_postgres.planned_anew(), on_sqlite);
        let found: Vec<(i64, FoundMessage)> =
            self.db.rows(read.columns_of::<FoundMessage>()).await?;
        let Page { items, next } = page.page(found, |(rid, _)| *rid);
        let shown = items.into_iter().map(|(_, message)| FoundMessage {
            snippet: snippet(&message.snippet, &terms),
            ..message
        });
        Ok(Page { items: shown.collect(), next })
    }

    /// The terms to look up in the index of Postgres, which gathers all that begins with each of them:
    /// where there are rare ones, the common ones are better looked for in what those find.
    async fn looked_up(&self, terms: &[String]) -> Result<Vec<String>> {
        if self.db.pick(terms.len() == 1, true) {
            return Ok(terms.to_vec());
        }
        let read = sql!(
            "SELECT term FROM unnest(string_to_array($1, ' ')) AS term WHERE $2 > (
             SELECT COALESCE(SUM(known.share), 0) * 1000000 FROM pg_stats, unnest(
                 CAST(CAST(most_common_elems AS text) AS text[]), most_common_elem_freqs
             ) AS known (word, share) WHERE schemaname = current_schema()
             AND tablename = 'message_words' AND attname = 'matches'
             AND starts_with(known.word, term))",
            [terms.join(" "), COMMON]
        );
        let rare: Vec<String> = self.db.rows(read).await?;
        Ok(if rare.is_empty() { terms.to_vec() } else { rare })
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
        [message, owner, of_message(owner, plain)]
    ))
}

/// Keeps the words of the message that a turn answers, unless that is done: with the turn's first step
/// or at its end, because its start is what a person waits for.
pub(crate) async fn keep_words_of_question(tx: &mut Tx, turn: TurnId) -> Result<()> {
    let read = sql!(
        "SELECT messages.id, turns.user_id, messages.plain
         FROM turns JOIN messages ON messages.id = turns.user_message_id
         WHERE turns.id = $1 AND NOT EXISTS
         (SELECT 1 FROM message_words WHERE message_words.message_id = messages.id)",
        [turn]
    );
    if let Some((question, owner, plain)) = tx.row::<(MessageId, UserId, String)>(read).await?
        && let Some(words) = words_of(owner, question, &plain)
    {
        tx.write(words).await?;
    }
    Ok(())
}

/// Keeps the words of every message that was stored before there were any, once.
pub(crate) async fn keep_words_of_all(db: &Db) -> Result<()> {
    if db.row::<bool>(sql!("SELECT has_words FROM meta")).await? == Some(true) {
        return Ok(());
    }
    let mut last = MessageId(Uuid::nil());
    loop {
        let mut tx = db.begin().await?;
        let read = sql!(
            "SELECT messages.id, conversations.user_id, messages.plain FROM messages
             JOIN conversations ON conversations.id = messages.conversation_id
             WHERE messages.id > $1 AND messages.plain <> '' ORDER BY messages.id LIMIT $2",
            [last, BATCH]
        );
        let found: Vec<(MessageId, UserId, String)> = tx.rows(read.locking()).await?;
        let Some((newest, ..)) = found.last() else {
            tx.execute(sql!("UPDATE meta SET has_words = TRUE")).await?;
            return tx.commit().await;
        };
        last = *newest;
        for (message, owner, plain) in &found {
            if let Some(words) = words_of(*owner, *message, plain) {
                tx.execute(words).await?;
            }
        }
        tx.commit().await?;
    }
}
