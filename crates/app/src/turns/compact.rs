//! Room in a model's window: older messages become a summary when a request nears its end, when
//! the vendor says that it is over, or when the person asks.

use agent::message::text_block;
use agent::model::{ModelErrorKind, ModelMessage, ModelRequest, StopReason};
use agent::price::Spent;
use agent::{Chunk, ConversationId, TurnStatus};
use serde_json::Value;
use store::{CallKind, NewStep, StepStatus, TurnRows, User};

use super::driver::{Driver, Flow};
use super::uncancelled;
use crate::aside::Aside;
use crate::prompt::{self, BYTES_PER_TOKEN};
use crate::summary::{self, Keep, Older};
use crate::{App, AppError, NamedModel, Result, view};

/// The window of a model that does not say.
const WINDOW: u64 = 200_000;

/// What the model is told in place of a result that does not fit.
const LEFT_OUT: &str = "(This result is left out, because the conversation is too long. Call the tool again if you need it.)";

/// What the person is told who asked for a summary.
const DONE: &str = "Older messages are summarised from here on. All of them can still be read, searched and exported.";

/// What the person is told if there is nothing to do.
const NOTHING: &str = "There is nothing to summarise yet.";

/// What the person is told if no model could do it.
const FAILED: &str = "That did not work, and nothing has changed: no model could write a summary. Please try again later.";

impl App {
    /// How many tokens a request to a model may have before older messages are summarised.
    pub(super) fn room(&self, model: &NamedModel) -> u64 {
        self.0.settings.compact_at.unwrap_or(window(model) / 4 * 3)
    }

    /// Summarises all but the newest exchange of a conversation in which nothing runs. The words of
    /// the summary; none if there is nothing older.
    pub async fn compact(&self, user: &User, key: &str) -> Result<Option<String>> {
        let conversation = self.conversation(user.id, key).await?;
        match conversation.active {
            Some(TurnStatus::Queued | TurnStatus::Running) => return Err(AppError::TurnActive),
            _ if self.is_draining() => return Err(AppError::Draining),
            _ => {}
        }
        let chosen = conversation.model.as_deref();
        let model = self.0.models.answering(chosen, self.now()).model.clone();
        let (app, user) = (self.clone(), user.clone());
        uncancelled(async move {
            let conversations = app.0.store.conversations();
            let recent = conversations.recent(user.id, conversation.id, None).await?;
            let keep = Keep { requests: 1, bytes: 0 };
            let Some(older) = Older::than(&recent, keep) else { return Ok(None) };
            let words = app.words(&user, conversation.id, model, &older).await?;
            let made = older.summarised_as(&words);
            let kept = conversations.summarise(user.id, made, app.now()).await?;
            Ok(kept.map(|kept| summary::words(&kept)))
        })
        .await
    }

    /// The words of a summary that a person has asked for.
    async fn words(
        &self,
        user: &User,
        conversation: ConversationId,
        model: NamedModel,
        older: &Older<'_>,
    ) -> Result<String> {
        let (mut next, mut tried) = (Some(model), Vec::new());
        while let Some(model) = next {
            let Some(mut aside) = self.aside(&model, older) else { return Ok(older.beginnings()) };
            match self.ask_aside(user, conversation, &mut aside).await? {
                Ok(words) => return Ok(words),
                Err(ModelErrorKind::TooLong) => return Ok(older.beginnings()),
                Err(kind) => next = self.writer_after(kind, model, &mut tried),
            }
        }
        Err(AppError::Unavailable("no model could write a summary just now; try again later"))
    }

    /// Who may write a summary that these could not write.
    fn writer_after(
        &self,
        kind: ModelErrorKind,
        model: NamedModel,
        tried: &mut Vec<String>,
    ) -> Option<NamedModel> {
        tried.push(model.name);
        let other = self.0.models.instead(tried, self.now()).cloned();
        other.filter(|_| kind.is_passing())
    }

    /// The call that makes a summary; the offline model could not.
    fn aside(&self, model: &NamedModel, older: &Older<'_>) -> Option<Aside> {
        if model.model.info().offline {
            return None;
        }
        let bytes = usize::try_from(self.room(model) * BYTES_PER_TOKEN / 2).unwrap_or(usize::MAX);
        let (kind, record) = (CallKind::Summary, older.record(bytes));
        Some(Aside::new(kind, model, summary::PROMPT, &record, summary::MOST_TOKENS))
    }
}

fn window(model: &NamedModel) -> u64 {
    model.model.info().capabilities.context_window.unwrap_or(WINDOW)
}

/// What came of asking for a summary.
enum Summed {
    /// The words, and the call that is still to be stored.
    Words(String, Option<Box<NewStep>>),
    /// Nobody could; where there is only the offline model, nobody was asked.
    Failed(Option<ModelErrorKind>),
    Left(Flow),
}

impl Driver {
    /// The request for the next answer, without the results that it has no room for.
    pub(super) async fn request(&mut self, rows: &TurnRows) -> Result<ModelRequest> {
        let app = &self.app;
        let (owner, model) = (rows.turn.user_id, self.model.model.as_ref());
        app.fill_in_files(owner, model, &mut self.history.messages).await?;
        let mut request = prompt::request(&app.0.settings, &self.tools, &self.history, rows);
        for result in results(&mut request.messages).take(self.left_out) {
            result["content"] = Value::Array(vec![text_block(LEFT_OUT)]);
        }
        Ok(request)
    }

    /// Makes a request that is too long shorter. None if nothing more can be done about it.
    pub(super) async fn make_room(
        &mut self,
        rows: &TurnRows,
        request: &ModelRequest,
    ) -> Result<Option<Flow>> {
        let size = self.size(rows, request);
        let room = self.room();
        if size <= room {
            return Ok(None);
        }
        let free = room.saturating_sub(prompt::fixed_tokens(request)) * BYTES_PER_TOKEN;
        let keep = Keep { requests: 1, bytes: if self.squeezed.is_some() { 0 } else { free / 4 } };
        if let Some(flow) = self.summarise(rows, keep, Some(request)).await? {
            return Ok(Some(flow));
        }
        if size <= self.room() {
            return Ok(None);
        }
        let before = self.left_out;
        self.leave_out_results(request, size);
        Ok((self.left_out > before).then_some(Flow::Continue))
    }

    /// How many tokens a request may have.
    fn room(&self) -> u64 {
        let room = self.app.room(&self.model);
        let most = if self.unsummarised { room.max(window(&self.model)) } else { room };
        self.squeezed.unwrap_or(most)
    }

    /// How many tokens a request has, about. What the vendor counted before something was left out
    /// says nothing any more.
    fn size(&self, rows: &TurnRows, request: &ModelRequest) -> u64 {
        if self.left_out > 0 {
            return prompt::tokens(request);
        }
        self.history.tokens(rows, request)
    }

    /// As [`Self::make_room`], after the vendor has said that the request does not fit, once.
    pub(super) async fn squeeze(
        &mut self,
        rows: &TurnRows,
        request: &ModelRequest,
    ) -> Result<Option<Flow>> {
        if self.squeezed.is_some() {
            return Ok(None);
        }
        self.squeezed = Some(self.room().min(self.size(rows, request)) / 2);
        self.make_room(rows, request).await
    }

    /// Answers a person who asked for a summary and nothing else.
    pub(super) async fn compact(&mut self, rows: &TurnRows) -> Result<Flow> {
        if !rows.turn.compacted {
            // The request before stays beside the one that asks.
            let keep = Keep { requests: 2, bytes: 0 };
            if let Some(flow) = self.summarise(rows, keep, None).await? {
                return Ok(flow);
            }
        }
        let block = text_block(match rows.turn.compacted {
            true => DONE,
            false if self.unsummarised => FAILED,
            false => NOTHING,
        });
        self.log.push(Chunk::StartStep);
        self.log.extend(view::block_chunks(&view::part_id(rows.model_calls, 0), &block, &[]));
        let step = NewStep {
            status: StepStatus::Complete,
            content: vec![block],
            stop: Some(StopReason::EndTurn),
            // No model was asked for it.
            ..NewStep::bill(CallKind::Answer, "", Spent::default())
        };
        let turns = self.app.0.store.turns();
        turns.record_step(self.fence, step, Vec::new(), self.app.now()).await?;
        Ok(Flow::Continue)
    }

    /// Summarises what need not stay. None if there is nothing, or if no model summarises it and
    /// that can be borne: `request` still fits, or there is none.
    async fn summarise(
        &mut self,
        rows: &TurnRows,
        keep: Keep,
        request: Option<&ModelRequest>,
    ) -> Result<Option<Flow>> {
        let recent = self.app.recent(&rows.turn).await?;
        let Some(older) = Older::than(&recent, keep) else { return Ok(None) };
        let (words, step) = match self.ask_for_summary(rows, &older).await? {
            Summed::Words(words, step) => (words, step.map(|step| *step)),
            Summed::Left(flow) => return Ok(Some(flow)),
            Summed::Failed(kind) => {
                let size = request.map(|request| self.size(rows, request));
                self.unsummarised |= kind.is_some_and(|kind| match request {
                    Some(_) => kind.is_passing(),
                    None => kind != ModelErrorKind::TooLong,
                });
                if self.unsummarised && size.is_none_or(|size| size <= self.room()) {
                    return Ok(None);
                }
                if let (Some(request), Some(size)) = (request, size)
                    && self.leave_out_results(request, size)
                {
                    return Ok(Some(Flow::Continue));
                }
                (older.beginnings(), None)
            }
        };
        let (turns, summary) = (self.app.0.store.turns(), older.summarised_as(&words));
        turns.record_summary(self.fence, summary, step, self.app.now()).await?;
        let recent = self.app.recent(&rows.turn).await?;
        self.history = prompt::history(&recent, self.model.id());
        self.left_out = 0;
        Ok(Some(Flow::Continue))
    }

    /// Asks the turn's model for a summary, and others if it cannot just now. What gave nothing is
    /// paid for.
    async fn ask_for_summary(&mut self, rows: &TurnRows, older: &Older<'_>) -> Result<Summed> {
        let app = self.app.clone();
        let (mut next, mut tried, mut failed) = (Some(self.model.clone()), Vec::new(), None);
        while let Some(model) = next
            && let Some(mut aside) = app.aside(&model, older)
        {
            if let Some(flow) = self.reserve(rows, &model, &aside.request).await? {
                return Ok(Summed::Left(flow));
            }
            let said = self.listen_aside(&mut aside).await;
            let bill = aside.bill(&app.0.settings.prices);
            let step = bill.map(|bill| NewStep::bill(bill.kind, bill.model, bill.spent));
            match said {
                Ok(Ok(words)) => return Ok(Summed::Words(words, step.map(Box::new))),
                Ok(Err(kind)) => {
                    self.pay(step).await?;
                    failed = Some(kind);
                    next = app.writer_after(kind, model, &mut tried);
                }
                Err(flow) => {
                    self.pay(step).await?;
                    if matches!(flow, Flow::End) {
                        app.0.store.turns().release(self.fence).await?;
                    }
                    return Ok(Summed::Left(flow));
                }
            }
        }
        Ok(Summed::Failed(failed))
    }

    /// Waits for a summary, unless the person stops the turn or the process is about to end.
    async fn listen_aside(
        &mut self,
        aside: &mut Aside,
    ) -> Result<Result<String, ModelErrorKind>, Flow> {
        let mut draining = self.app.0.draining.subscribe();
        tokio::select! {
            biased;
            // The next look at the rows ends the turn.
            _ = self.stop.wait_for(|stop| *stop) => Err(Flow::Continue),
            _ = draining.wait_for(|draining| *draining) => Err(Flow::End),
            said = aside.ask() => Ok(said),
        }
    }

    /// Keeps what a call of the model cost that gave nothing.
    async fn pay(&self, step: Option<NewStep>) -> Result<()> {
        if let Some(step) = step {
            let (turns, now) = (self.app.0.store.turns(), self.app.now());
            turns.record_step(self.fence, step, Vec::new(), now).await?;
        }
        Ok(())
    }

    /// Leaves out the oldest results of tools until the rest takes half of what is free for it, so
    /// that this is not to be done again soon. Whether there were enough of them.
    fn leave_out_results(&mut self, request: &ModelRequest, size: u64) -> bool {
        let (all, fixed) = (prompt::tokens(request), prompt::fixed_tokens(request));
        let free = (all * self.room() / size.max(1)).saturating_sub(fixed);
        let mut excess = all.saturating_sub(fixed + free / 2) * BYTES_PER_TOKEN;
        let before = self.left_out;
        let mut messages = request.messages.clone();
        for result in results(&mut messages).skip(before) {
            if excess == 0 {
                break;
            }
            let freed = prompt::size_of([&*result]).saturating_sub(LEFT_OUT.len() as u64);
            excess = excess.saturating_sub(freed);
            self.left_out += 1;
        }
        excess == 0 && self.left_out > before
    }
}

/// The results of tools in a request, oldest first.
fn results(messages: &mut [ModelMessage]) -> impl Iterator<Item = &mut Value> {
    let blocks = messages.iter_mut().flat_map(|message| &mut message.content);
    blocks.filter(|block| block["type"] == "tool_result")
}
