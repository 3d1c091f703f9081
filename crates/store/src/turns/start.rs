//! Starting a turn. It stands between a person's message and the first token, so it says as little
//! to the database as it can; the message's words for search are kept with the first step.

use agent::{ConversationId, MessageId, Role, TurnId, TurnStatus, UserId};
use serde_json::Value;

use super::Turns;
use super::end::end;
use super::read::newest_answering;
use crate::db::{Tx, insert, sql, update};
use crate::files::attach;
use crate::fold::fold;
use crate::{
    Change, ChangeKind, Conversation, Lease, MessageFile, Result, StartFrom, StartIn, StartOutcome,
    StartTurn, Turn, fresh,
};

impl Turns {
    /// Starts a turn: conversation, user message, answer and leased turn in one transaction.
    ///
    /// Checks in this order: owner and existence; a repeated client id (same parts:
    /// [`StartOutcome::Repeated`], others: [`StartOutcome::ClientIdTaken`], unless it is an edit,
    /// which may share its client's id with other versions); an active turn (one that waits is
    /// superseded with its open calls and pending approvals); the head, for a message that is to
    /// follow it; its files. A new conversation whose client id exists is that conversation.
    pub async fn start(&self, owner: UserId, start: StartTurn) -> Result<StartOutcome> {
        let mut tx = self.db.begin().await?;
        let mut found = find(&mut tx, owner, &start).await?;
        if found.is_none() {
            if let Some(started) = start_new(&mut tx, owner, &start).await? {
                return complete(tx, &start, started).await;
            }
            // Somebody else may have made it in between.
            found = find(&mut tx, owner, &start).await?;
        }
        let Some(found) = found else {
            return Ok(StartOutcome::NotFound);
        };
        if let Some(refusal) = found.refusal(&mut tx, owner, &start).await? {
            return Ok(refusal);
        }
        let is_as_seen = match (found.active, start.expected_active) {
            (None, None) => true,
            (Some(waiting), Some((expected, seen))) if waiting == expected => {
                supersede(&mut tx, waiting, seen, &start).await?
            }
            (Some(_), _) | (None, Some(_)) => false,
        };
        if !is_as_seen {
            return Ok(StartOutcome::HeadMoved);
        }
        let started = start_in(&mut tx, owner, &start, found).await?;
        complete(tx, &start, started).await
    }
}

/// Attaches the message's files, and makes everything count.
async fn complete(mut tx: Tx, start: &StartTurn, started: StartOutcome) -> Result<StartOutcome> {
    if let StartOutcome::Started { turn, .. } = &started {
        let (within, owner) = (turn.conversation_id, turn.user_id);
        let files = start.message.files();
        if let Some(refusal) = attach(&mut tx, owner, within, files, start.now).await? {
            return Ok(refusal);
        }
        tx.announce(Change::within(within, owner, ChangeKind::Turn, turn.id.0));
    }
    tx.commit().await?;
    Ok(started)
}

/// What there is already of what a start asks for.
struct Found {
    conversation: Conversation,
    /// The active turn.
    active: Option<TurnId>,
    /// The messages with the client's id: the first and its edits.
    known: Vec<(MessageId, Vec<Value>)>,
    /// The role of the message that is to be followed or answered, if it is in the conversation.
    anchor: Option<Role>,
}

/// The conversation with its active turn and the anchor's role, once for each known message.
type FoundRow = (Conversation, Option<TurnId>, Option<Role>, Option<MessageId>, Option<Vec<Value>>);

async fn find(tx: &mut Tx, owner: UserId, start: &StartTurn) -> Result<Option<Found>> {
    let (id, client_id) = match &start.conversation {
        StartIn::Existing(id) => (Some(*id), None),
        StartIn::New { client_id: Some(client_id) } => (None, Some(client_id.as_str())),
        StartIn::New { client_id: None } => return Ok(None),
    };
    let client_id = client_id.map(str::to_owned);
    let lock = sql!(
        "SELECT id FROM conversations WHERE user_id = $1 AND (id = $2 OR client_id = $3)",
        [owner, id, client_id]
    );
    tx.lock(lock).await?;
    let read = sql!(
        Conversation,
        "SELECT {}, (SELECT turns.id FROM turns WHERE turns.conversation_id = conversations.id
             AND turns.status IN ('queued', 'running', 'waiting')),
           (SELECT role FROM messages WHERE messages.id = $5
             AND messages.conversation_id = conversations.id),
           known.id, known.parts
         FROM conversations LEFT JOIN messages AS known
         ON known.conversation_id = conversations.id AND known.client_id = $4
         WHERE conversations.user_id = $1
         AND (conversations.id = $2 OR conversations.client_id = $3)
         ORDER BY known.version",
        [
            owner,
            id,
            client_id,
            start.message.client_id().map(str::to_owned),
            start.message.anchor()
        ]
    );
    let mut found: Option<Found> = None;
    for (conversation, active, anchor, id, parts) in tx.rows::<FoundRow>(read).await? {
        let found = found.get_or_insert(Found { conversation, active, anchor, known: Vec::new() });
        found.known.extend(id.zip(parts));
    }
    Ok(found)
}

impl Found {
    /// Why the turn cannot start here, if so.
    async fn refusal(
        &self,
        tx: &mut Tx,
        owner: UserId,
        start: &StartTurn,
    ) -> Result<Option<StartOutcome>> {
        if let StartFrom::New { parts, is_edit, .. } = &start.message {
            // An edit back to an earlier wording is a new version; only its repeat is not.
            let earlier = if *is_edit { self.known.len().saturating_sub(1) } else { 0 };
            if let Some((id, _)) =
                self.known.iter().skip(earlier).find(|(_, stored)| stored == parts)
                && let Some(turn) = tx.row::<Turn>(newest_answering(owner, *id)).await?
            {
                return Ok(Some(StartOutcome::Repeated(turn)));
            }
            if !is_edit && !self.known.is_empty() {
                return Ok(Some(StartOutcome::ClientIdTaken));
            }
        }
        let follows_head = match &start.message {
            StartFrom::New { parent, .. } if parent.is_some() && self.anchor.is_none() => {
                return Ok(Some(StartOutcome::NotFound));
            }
            StartFrom::Existing(_) if self.anchor != Some(Role::User) => {
                return Ok(Some(StartOutcome::NotFound));
            }
            StartFrom::New { parent, is_edit, .. } => !is_edit && *parent == start.expected_head,
            StartFrom::Existing(_) => false,
        };
        Ok(match (self.conversation.active, self.active) {
            (Some(TurnStatus::Queued | TurnStatus::Running), Some(turn)) => {
                Some(StartOutcome::TurnActive(turn))
            }
            _ if follows_head && self.conversation.head_id != start.expected_head => {
                Some(StartOutcome::HeadMoved)
            }
            _ => None,
        })
    }
}

/// Ends a turn that was seen waiting, unless something was decided meanwhile.
async fn supersede(tx: &mut Tx, waiting: TurnId, seen: i64, start: &StartTurn) -> Result<bool> {
    let read = sql!("SELECT status, decision_seq FROM turns WHERE id = $1", [waiting]).locking();
    let is_as_seen = tx.row::<(TurnStatus, i64)>(read).await? == Some((TurnStatus::Waiting, seen));
    if is_as_seen {
        end(tx, waiting, TurnStatus::Superseded, None, start.now).await?;
    }
    Ok(is_as_seen)
}

/// Starts the turn in a new conversation, if one is wanted that can begin like this; `None` also if
/// its client's id exists.
async fn start_new(tx: &mut Tx, owner: UserId, start: &StartTurn) -> Result<Option<StartOutcome>> {
    let (StartIn::New { client_id }, None) = (&start.conversation, start.message.anchor()) else {
        return Ok(None);
    };
    let turn = new_turn(owner, fresh(), start);
    let insert = insert!("conversations" {
        id: turn.conversation_id, user_id: owner, client_id: client_id, title: start.title,
        plain_title: fold(&start.title), head_id: turn.assistant_message_id, archived: false,
        pinned: false, untitled: true, created_at: start.now, updated_at: start.now,
        model: start.chosen,
    });
    let insert = insert.then_text(" ON CONFLICT (user_id, client_id) DO NOTHING");
    if !tx.write(insert).await? {
        return Ok(None);
    }
    insert_messages(tx, &turn, &start.message, 0).await?;
    insert_turn(tx, &turn, &start.lease).await?;
    let conversation = Conversation {
        id: turn.conversation_id,
        client_id: client_id.clone(),
        title: start.title.clone(),
        head_id: Some(turn.assistant_message_id),
        archived: false,
        pinned: false,
        model: start.chosen.clone(),
        created_at: start.now,
        updated_at: start.now,
        active: Some(turn.status),
        preview: start.message.preview().unwrap_or_default(),
    };
    Ok(Some(StartOutcome::Started { conversation: Box::new(conversation), turn }))
}

/// Starts the turn in a conversation that is locked and has no active turn any more.
async fn start_in(
    tx: &mut Tx,
    owner: UserId,
    start: &StartTurn,
    found: Found,
) -> Result<StartOutcome> {
    let mut conversation = found.conversation;
    let turn = new_turn(owner, conversation.id, start);
    let version = i64::try_from(found.known.len()).unwrap_or(i64::MAX);
    insert_messages(tx, &turn, &start.message, version).await?;
    insert_turn(tx, &turn, &start.lease).await?;
    conversation.head_id = Some(turn.assistant_message_id);
    conversation.updated_at = start.now;
    conversation.active = Some(turn.status);
    if let Some(preview) = start.message.preview() {
        conversation.preview = preview;
    }
    if conversation.title.is_empty() {
        conversation.title.clone_from(&start.title);
    }
    if start.chosen.is_some() {
        conversation.model.clone_from(&start.chosen);
    }
    let update = update!("conversations" {
        head_id: conversation.head_id, updated_at: conversation.updated_at,
        title: conversation.title, plain_title: fold(&conversation.title),
        model: conversation.model,
    });
    let update = update.then_push(" WHERE id = $", &conversation.id);
    tx.write(update).await?;
    Ok(StartOutcome::Started { conversation: Box::new(conversation), turn })
}

fn new_turn(owner: UserId, conversation: ConversationId, start: &StartTurn) -> Turn {
    let user_message_id = match &start.message {
        StartFrom::New { .. } => fresh(),
        StartFrom::Existing(id) => *id,
    };
    Turn {
        id: fresh(),
        user_id: owner,
        conversation_id: conversation,
        user_message_id,
        assistant_message_id: fresh(),
        model: start.model.clone(),
        wanted: start.wanted.clone(),
        wanted_gone: start.wanted_gone,
        status: TurnStatus::Running,
        stop_requested: false,
        decision_seq: 0,
        epoch: 1,
        tainted: start.tainted,
        preamble: start.preamble.clone(),
        error: None,
        limited_by: None,
        warned_of: None,
        compacted: false,
        created_at: start.now,
        ended_at: None,
    }
}

async fn insert_messages(tx: &mut Tx, turn: &Turn, from: &StartFrom, version: i64) -> Result<()> {
    macro_rules! answer {
        () => {
            "INSERT INTO messages (id, conversation_id, parent_id, client_id, version, role,
             turn_id, created_at, preview, plain, parts, content)
             VALUES ($1, $2, $3, NULL, 0, 'assistant', $4, $5, '', '', '[]', '[]')"
        };
    }
    let (id, conversation) = (turn.assistant_message_id, turn.conversation_id);
    let (question, at) = (turn.user_message_id, turn.created_at);
    let insert = match from {
        StartFrom::Existing(_) => sql!([answer!()], [id, conversation, question, turn.id, at]),
        StartFrom::New { client_id, parent, content, parts, plain, .. } => sql!(
            [answer!(), ", ($3, $2, $6, $7, $8, 'user', NULL, $5, $9, $10, $11, $12)"],
            [
                id,
                conversation,
                question,
                turn.id,
                at,
                parent,
                client_id,
                version,
                preview(plain),
                plain,
                parts,
                content
            ]
        ),
    };
    tx.write(insert).await?;
    Ok(())
}

async fn insert_turn(tx: &mut Tx, turn: &Turn, lease: &Lease) -> Result<()> {
    let insert = insert!("turns" {
        id: turn.id, conversation_id: turn.conversation_id, user_id: turn.user_id,
        user_message_id: turn.user_message_id, assistant_message_id: turn.assistant_message_id,
        model: turn.model, status: turn.status, stop_requested: false,
        decision_seq: turn.decision_seq, epoch: turn.epoch, tainted: turn.tainted,
        preamble: turn.preamble, lease_owner: lease.owner, lease_until: lease.until,
        created_at: turn.created_at, wanted: turn.wanted, wanted_gone: turn.wanted_gone,
    });
    tx.write(insert).await?;
    Ok(())
}

/// What a list shows of a message.
pub(crate) fn preview(plain: &str) -> String {
    plain.chars().take(140).collect()
}

impl StartFrom {
    fn client_id(&self) -> Option<&str> {
        match self {
            Self::New { client_id, .. } => client_id.as_deref(),
            Self::Existing(_) => None,
        }
    }

    fn files(&self) -> &[MessageFile] {
        match self {
            Self::New { files, .. } => files,
            Self::Existing(_) => &[],
        }
    }

    /// What lists show of it, if it has text.
    fn preview(&self) -> Option<String> {
        match self {
            Self::New { plain, .. } if !plain.is_empty() => Some(preview(plain)),
            Self::New { .. } | Self::Existing(_) => None,
        }
    }

    /// The message that must be there already.
    const fn anchor(&self) -> Option<MessageId> {
        match self {
            Self::New { parent, .. } => *parent,
            Self::Existing(id) => Some(*id),
        }
    }
}
