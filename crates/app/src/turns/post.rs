//! What `POST /api/agent` means: a new message, an edit, an answer made anew, or answers to
//! approvals. History always comes from the database; of what a client posts only the newest
//! message counts.

use std::collections::BTreeMap;

use agent::message::{text_block, text_of};
use agent::vocabulary::Answer;
use agent::{ApprovalId, FileId, MessageId, Role, TurnId, TurnStatus, UserId};
use serde_json::Value;
use store::{
    Approval, ContextSize, Conversation, Message, Recent, StartFrom, StartIn, StartOutcome,
    StartTurn, TurnRows, User,
};

use super::uncancelled;
use crate::approvals::AnswerRequest;
use crate::catalogue::Answering;
use crate::files::attach::{Composed, FILES_FULL, reference_to};
use crate::hub::Viewer;
use crate::summary::{is_command, is_tainted};
use crate::{App, AppError, FieldProblem, Result, Upload, context, prompt, view};

/// How much the context block tells.
const CONTEXT: ContextSize = ContextSize { memories: 50, tasks: 10, meetings: 5 };

/// How often a start is tried when the conversation moves under it.
const START_TRIES: u32 = 5;

/// Characters of a title made from a first message.
const TITLE_CHARS: usize = 80;

/// Why a summary is not made now.
const DECIDE_FIRST: &str =
    "something waits for your decision and would be put aside; decide first, then compact";

/// A post.
#[derive(Clone, Debug)]
pub struct Post {
    /// The conversation, by our id or the client's; none for a new one.
    pub conversation: Option<String>,
    /// The model that is to answer from now on, by its name.
    pub model: Option<String>,
    /// What is posted.
    pub kind: PostKind,
}

/// What is posted.
#[derive(Clone, Debug)]
pub enum PostKind {
    /// A message.
    Message {
        /// The client's id for it.
        id: Option<String>,
        /// Its parts.
        parts: Vec<PostPart>,
        /// The message of the person that this is a new version of, by our id or the client's. If
        /// there is no such message, it is simply a new one.
        replaces: Option<String>,
    },
    /// A message answered anew.
    Regenerate {
        /// An answer, or the message it answers; none for the newest.
        target: Option<String>,
    },
    /// Answers to approvals.
    Approvals(Vec<ApprovalAnswer>),
}

/// One part of a message that is posted.
#[derive(Clone, Debug)]
pub enum PostPart {
    /// Text.
    Text(String),
    /// A file that was uploaded before.
    File {
        /// Its id.
        id: FileId,
        /// Where in the body it is named, for a refusal.
        at: String,
    },
    /// A file that comes with the message.
    Upload(Upload),
}

/// One answer to an approval, as `useChat` posts it.
#[derive(Clone, Debug)]
pub struct ApprovalAnswer {
    /// The approval.
    pub id: ApprovalId,
    /// The answer.
    pub answer: Answer,
    /// Why.
    pub reason: Option<String>,
}

/// A message that will start a turn: where it hangs and what is before it.
struct Draft {
    conversation: Option<Conversation>,
    /// Its active turn, and the decisions that were seen of it.
    active: Option<(TurnId, i64)>,
    /// The message that is followed, or answered anew.
    leaf: Option<MessageId>,
    /// What requests hold of the branch up to and with it.
    recent: Recent,
    source: Source,
}

enum Source {
    New { id: Option<String>, composed: Composed, is_edit: bool },
    Again(Message),
}

impl PostKind {
    fn has_uploads(&self) -> bool {
        match self {
            Self::Message { parts, .. } => {
                parts.iter().any(|part| matches!(part, PostPart::Upload(_)))
            }
            Self::Regenerate { .. } | Self::Approvals(_) => false,
        }
    }
}

impl App {
    /// Starts or continues a turn, and gives its stream.
    pub async fn post(&self, user: &User, post: Post) -> Result<Viewer> {
        if let Some(name) = &post.model {
            self.check_model("/model", name)?;
        }
        if let PostKind::Approvals(answers) = post.kind {
            let key = post.conversation.as_deref().unwrap_or_default();
            let conversation = self.conversation(user.id, key).await?;
            return self.post_answers(user, &conversation, answers).await;
        }
        if self.is_draining() {
            return Err(AppError::Draining);
        }
        if let Err(exhausted) = self.refuse_if_exhausted(user, &post).await
            && !self.is_known(user.id, &post).await?
        {
            return Err(exhausted);
        }
        let (app, user) = (self.clone(), user.clone());
        uncancelled(async move {
            let key = post.conversation.as_deref();
            for attempt in 0..START_TRIES {
                let draft = app.draft(user.id, key, &post.kind).await?;
                match app.start(&user, key, post.model.as_deref(), draft).await {
                    Ok(Some(viewer)) => return Ok(viewer),
                    Ok(None) => {}
                    // Perhaps it was posted twice at once; then its files can be found by now.
                    Err(AppError::TurnActive | AppError::Conflict(_))
                        if attempt == 0 && post.kind.has_uploads() => {}
                    Err(error) => return Err(error),
                }
            }
            Err(AppError::Conflict("the conversation changed meanwhile; send the message again"))
        })
        .await
    }

    /// Whether a message was posted before: then its stream is asked for, not a new answer.
    async fn is_known(&self, owner: UserId, post: &Post) -> Result<bool> {
        let (PostKind::Message { id: Some(id), .. }, Some(key)) = (&post.kind, &post.conversation)
        else {
            return Ok(false);
        };
        let conversations = self.0.store.conversations();
        let Some(conversation) = conversations.find(owner, key).await? else { return Ok(false) };
        Ok(conversations.message(owner, conversation.id, id).await?.is_some())
    }

    /// Works out which message is meant, and what is before it.
    async fn draft(&self, owner: UserId, key: Option<&str>, kind: &PostKind) -> Result<Draft> {
        let conversations = self.0.store.conversations();
        // Read before the conversation, so that one that a file was attached to is found.
        let named = match kind {
            PostKind::Message { parts, .. } => self.named_files(owner, parts).await?,
            PostKind::Regenerate { .. } | PostKind::Approvals(_) => BTreeMap::new(),
        };
        let conversation = match key {
            Some(key) => conversations.find(owner, key).await?,
            None => None,
        };
        // Read before the branch, so that what ends in between is noticed at the start.
        let active = match &conversation {
            Some(found) if found.active.is_some() => {
                self.0.store.turns().active(owner, found.id).await?
            }
            _ => None,
        };
        let active = active.map(|turn| (turn.id, turn.decision_seq));
        let (source, leaf) = match (kind, &conversation) {
            (PostKind::Message { id, parts, replaces }, _) => {
                let edited =
                    self.replaced(owner, conversation.as_ref(), replaces.as_deref()).await?;
                let head = conversation.as_ref().and_then(|conversation| conversation.head_id);
                let leaf = edited.as_ref().map_or(head, |edited| edited.parent_id);
                let is_edit = edited.is_some();
                let within = conversation.as_ref().map(|conversation| conversation.id);
                let composed = self.compose(owner, within, parts, &named).await?;
                (Source::New { id: id.clone(), composed, is_edit }, leaf)
            }
            (PostKind::Regenerate { target }, Some(conversation)) => {
                let message = self.answered(owner, conversation, target.as_deref()).await?;
                let leaf = Some(message.id);
                (Source::Again(message), leaf)
            }
            (PostKind::Regenerate { .. } | PostKind::Approvals(_), _) => {
                return Err(AppError::NotFound("conversation"));
            }
        };
        let recent = match (&conversation, leaf) {
            (Some(conversation), Some(leaf)) => {
                conversations.recent(owner, conversation.id, Some(leaf)).await?
            }
            _ => Recent { summary: None, messages: Vec::new() },
        };
        Ok(Draft { conversation, active, leaf, recent, source })
    }

    /// The message of the person that a new version replaces.
    async fn replaced(
        &self,
        owner: UserId,
        conversation: Option<&Conversation>,
        target: Option<&str>,
    ) -> Result<Option<Message>> {
        let (Some(conversation), Some(target)) = (conversation, target) else { return Ok(None) };
        let conversations = self.0.store.conversations();
        let message = conversations.message(owner, conversation.id, target).await?;
        Ok(message.filter(|message| message.role == Role::User))
    }

    /// The user message that is to be answered anew.
    async fn answered(
        &self,
        owner: UserId,
        conversation: &Conversation,
        target: Option<&str>,
    ) -> Result<Message> {
        let conversations = self.0.store.conversations();
        let mut key = target.map(str::to_owned).or(conversation.head_id.map(|id| id.to_string()));
        while let Some(wanted) = key {
            match conversations.message(owner, conversation.id, &wanted).await? {
                Some(message) if message.role == Role::User => return Ok(message),
                found => key = found.and_then(|it| it.parent_id).map(|id| id.to_string()),
            }
        }
        Err(AppError::NotFound("message"))
    }

    /// Starts the turn; `None` if the conversation moved on meanwhile.
    async fn start(
        &self,
        user: &User,
        key: Option<&str>,
        chosen: Option<&str>,
        draft: Draft,
    ) -> Result<Option<Viewer>> {
        let remembered = draft.conversation.as_ref().and_then(|found| found.model.as_deref());
        let Answering { model, wanted, wanted_gone } =
            self.0.models.answering(chosen.or(remembered), self.now());
        let mut history = prompt::history(&draft.recent, model.id());
        let (message, preamble, title) = self.message(user, &draft).await?;
        if let StartFrom::New { content, parts, .. } = &message {
            history.asks_to_compact = is_command(parts);
            let active = draft.conversation.as_ref().and_then(|found| found.active);
            if history.asks_to_compact && active == Some(TurnStatus::Waiting) {
                return Err(AppError::Conflict(DECIDE_FIRST));
            }
            history.messages.push(agent::model::ModelMessage {
                role: Role::User,
                content: content.clone(),
                cache_here: false,
            });
        }
        let start = StartTurn {
            conversation: match &draft.conversation {
                Some(conversation) => StartIn::Existing(conversation.id),
                None => StartIn::New { client_id: key.map(str::to_owned) },
            },
            message,
            expected_head: draft.conversation.as_ref().and_then(|found| found.head_id),
            expected_active: draft.active,
            title,
            tainted: is_tainted(draft.recent.summary.as_ref(), &draft.recent.messages),
            preamble,
            model: model.name.clone(),
            wanted,
            wanted_gone,
            chosen: chosen.map(str::to_owned),
            lease: self.lease(),
            now: self.now(),
        };
        match self.0.store.turns().start(user.id, start).await? {
            StartOutcome::Started { conversation, turn } => {
                let known = Some(view::conversation_chunk(&conversation));
                let log = self.drive(TurnRows::begun(turn), history, model.clone(), known).await;
                Ok(Some(log.view()))
            }
            StartOutcome::Repeated(turn) => Ok(Some(self.log_of(turn.id).await?.view())),
            StartOutcome::ClientIdTaken => {
                Err(AppError::Conflict("this message id already stands for another message"))
            }
            StartOutcome::TurnActive(_) => Err(AppError::TurnActive),
            // Looking again says what is wrong with a file.
            StartOutcome::HeadMoved | StartOutcome::FileGone => Ok(None),
            StartOutcome::FilesFull => Err(AppError::Conflict(FILES_FULL)),
            StartOutcome::NotFound => Err(AppError::NotFound("conversation")),
        }
    }

    /// The message as it is stored and sent, what its answer is told besides, and a title.
    async fn message(
        &self,
        user: &User,
        draft: &Draft,
    ) -> Result<(StartFrom, Option<String>, String)> {
        let stamp = context::stamp(self.0.clock.now(), user);
        let (from, was_stamped, title) = match &draft.source {
            Source::New { id, composed: Composed { parts, files }, is_edit } => {
                let plain = plain_parts(parts);
                let title = title(&plain);
                let mut content = Vec::new();
                let known = self.0.store.accounts().context(user.id, CONTEXT, self.now()).await?;
                let block = context::block(user, &known);
                let recent = &draft.recent;
                let sent = context::newest(recent.summary.as_ref(), &recent.messages);
                if sent != Some(block.as_str()) {
                    content.push(text_block(&block));
                }
                content.push(text_block(&stamp));
                content.extend(parts.iter().filter_map(model_block));
                let from = StartFrom::New {
                    client_id: id.clone(),
                    parent: draft.leaf,
                    is_edit: *is_edit,
                    content,
                    parts: parts.clone(),
                    plain,
                    files: files.clone(),
                };
                (from, true, title)
            }
            Source::Again(message) => {
                let written = context::stamp_of(&message.content);
                let is_same_day =
                    written.and_then(context::stamped_day) == context::stamped_day(&stamp);
                (StartFrom::Existing(message.id), is_same_day, String::new())
            }
        };
        let preamble = self.preamble(user.id, draft, (!was_stamped).then_some(stamp)).await?;
        Ok((from, preamble, title))
    }

    /// What the answer on a new branch is told: the day, if it is another one than the message's,
    /// and what sibling branches have already done.
    async fn preamble(
        &self,
        owner: UserId,
        draft: &Draft,
        stamp: Option<String>,
    ) -> Result<Option<String>> {
        let is_new_branch = !matches!(draft.source, Source::New { is_edit: false, .. });
        let elsewhere = match &draft.conversation {
            Some(conversation) if is_new_branch => {
                let conversations = self.0.store.conversations();
                let writes =
                    conversations.writes_elsewhere(owner, conversation.id, draft.leaf).await?;
                context::elsewhere(&writes)
            }
            _ => None,
        };
        let lines: Vec<String> = stamp.into_iter().chain(elsewhere).collect();
        Ok((!lines.is_empty()).then(|| lines.join("\n")))
    }

    /// Carries out answers that were posted with the conversation, and streams what follows.
    async fn post_answers(
        &self,
        user: &User,
        conversation: &Conversation,
        answers: Vec<ApprovalAnswer>,
    ) -> Result<Viewer> {
        let approvals = self.0.store.approvals();
        let mut known: Vec<Approval> = Vec::new();
        for answer in &answers {
            let approval = approvals
                .get(user.id, answer.id)
                .await?
                .filter(|approval| approval.conversation_id == conversation.id)
                .ok_or(AppError::NotFound("approval"))?;
            crate::approvals::refuse_contradiction(&approval, answer.answer)?;
            known.push(approval);
        }
        let Some(first) = known.first() else {
            let problem = "the last message is an answer, but holds no answered approval";
            return Err(AppError::Unprocessable(vec![FieldProblem::new("/messages", problem)]));
        };
        for (answer, approval) in answers.into_iter().zip(&known) {
            // A repetition only asks for what follows, whatever else was decided with it.
            if approval.status == answer.answer.status() {
                continue;
            }
            let request = AnswerRequest::new(answer.answer, answer.reason);
            self.answer(user, answer.id, request).await?;
        }
        let rows = self.rows(first.turn_id).await?;
        let call = rows.call(first.tool_call_id).ok_or(AppError::NotFound("tool call"))?;
        let log = self.log_of(first.turn_id).await?;
        Ok(log.view_outputs(call.step_id, view::start_chunk(&rows)))
    }
}

/// The text of UI message parts; without any, the names of the files.
pub(crate) fn plain_parts(parts: &[Value]) -> String {
    let texts: Vec<&str> = parts.iter().filter_map(text_of).collect();
    let text = texts.join("\n");
    if !text.trim().is_empty() {
        return text;
    }
    let names: Vec<&str> = parts.iter().filter_map(|part| part["filename"].as_str()).collect();
    names.join(", ")
}

/// A UI message part as the model is sent it.
pub(crate) fn model_block(part: &Value) -> Option<Value> {
    let text = text_of(part).filter(|text| !text.trim().is_empty()).map(text_block);
    text.or_else(|| reference_to(part))
}

/// A title from the first line of a first message.
pub(crate) fn title(plain: &str) -> String {
    let line = plain.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default();
    if line.chars().count() <= TITLE_CHARS {
        return line.to_owned();
    }
    let cut: String = line.chars().take(TITLE_CHARS - 1).collect();
    format!("{}…", cut.trim_end())
}
