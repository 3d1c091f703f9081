//! What starts a turn, and what comes of it.

use agent::{ConversationId, MessageId, TurnId};
use serde_json::Value;

use crate::{Conversation, Lease, MessageFile, Ts, Turn};

/// In which conversation a turn starts.
#[derive(Clone, Debug)]
pub enum StartIn {
    /// One that exists.
    Existing(ConversationId),
    /// A new one.
    New {
        /// The client's id for it.
        client_id: Option<String>,
    },
}

/// Which message a turn answers.
#[derive(Clone, Debug)]
pub enum StartFrom {
    /// A new message.
    New {
        /// The client's id for it.
        client_id: Option<String>,
        /// The message it follows.
        parent: Option<MessageId>,
        /// It is a new version of a message. Versions may share one client id: there is one row for
        /// each (conversation, client id, parts). Only a message that is no edit can be
        /// [`StartOutcome::ClientIdTaken`].
        is_edit: bool,
        /// What the model is sent.
        content: Vec<Value>,
        /// What people see.
        parts: Vec<Value>,
        /// Its text, for search and preview.
        plain: String,
        /// Its files, which `content` and `parts` name.
        files: Vec<MessageFile>,
    },
    /// One that exists, answered anew.
    Existing(MessageId),
}

/// A turn to be started.
#[derive(Clone, Debug)]
pub struct StartTurn {
    /// Where.
    pub conversation: StartIn,
    /// By what.
    pub message: StartFrom,
    /// The head of the conversation when the caller read it; another one by now is
    /// [`StartOutcome::HeadMoved`].
    pub expected_head: Option<MessageId>,
    /// The active turn of the conversation when the caller read it, and its `decision_seq`; another
    /// one by now is [`StartOutcome::HeadMoved`], because what the caller read is no longer so.
    pub expected_active: Option<(TurnId, i64)>,
    /// The conversation's title, if it has none yet.
    pub title: String,
    /// What is before it holds text from outside.
    pub tainted: bool,
    /// Kept with the turn, see [`Turn::preamble`].
    pub preamble: Option<String>,
    /// The model that answers, by its name.
    pub model: String,
    /// The model that was to answer, if it is another.
    pub wanted: Option<String>,
    /// There is no model of that name any more.
    pub wanted_gone: bool,
    /// The model that the person chooses with this message, for the conversation from now on.
    pub chosen: Option<String>,
    /// The starting process takes the first lease.
    pub lease: Lease,
    /// Now.
    pub now: Ts,
}

/// What became of a start.
#[derive(Clone, Debug)]
pub enum StartOutcome {
    /// The turn is stored and leased under epoch 1.
    Started {
        /// The conversation.
        conversation: Box<Conversation>,
        /// The turn.
        turn: Turn,
    },
    /// The same message was posted before; this is its turn.
    Repeated(Turn),
    /// The client's message id stands for other content.
    ClientIdTaken,
    /// A turn is queued or running there.
    TurnActive(TurnId),
    /// Somebody else moved the conversation on; read it again.
    HeadMoved,
    /// The conversation or message is not this owner's, or gone.
    NotFound,
    /// A file is not this owner's, gone, or attached to another conversation.
    FileGone,
    /// The owner has no room for its new files.
    FilesFull,
}
