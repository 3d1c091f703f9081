//! Room in a model's window: older messages become a summary when a request nears its end, when
//! the vendor says that it is over, or when the person asks.

use agent::Chunk;
use agent::TurnStatus;
use agent::message::text_block;
use agent::model::{ModelMessage, ModelRequest, StopReason};
use agent::turn::Outcome;
use serde_json::Value;
use store::{CallKind, NewStep, StepStatus, TurnRows, User};

use super::driver::{Driver, Flow};
use super::uncancelled;
use crate::aside::Aside;
use crate::prompt::{self, BYTES_PER_TOKEN};
use crate::summary::{self, Keep, Older};
use crate::{App, AppError, NamedModel, view};

/// The window of a model that does not say.
const WINDOW: u64 = 200_000;

/// What the model is told in place of a result that does not fit.
const LEFT_OUT: &str = "(This result is left out, because the conversation is too long. Call the tool again if you need it.)";

/// What the person is told who asked for a summary.
const DONE: &str = "Older messages are summarised from here on. All of them can still be read, searched and exported.";

/// What the person is told if there is nothing to do.
const NOTHING: &str = "There is nothing to summarise yet.";

impl App {
    /// How many tokens a request to a model may have before older messages are summarised.
    pub(super) fn room(&self, model: &NamedModel) -> u64 {
        let window = model.model.info().capabilities.context_window.unwrap_or(WINDOW);
        self.0.settings.compact_at.unwrap_or(window / 4 * 3)
    }

    /// Summarises all but the newest exchange of a conversation in which nothing runs. The words of
    /// the summary; none if there is nothing older.
    pub async fn compact(&self, user: &User, key: &str) -> Result<Option<String>, AppError> {
        let conversations = self.0.store.conversations();
        let found = conversations.find(user.id, key).await?;
        let conversation = found.ok_or(AppError::NotFound("conversation"))?;
        match conversation.active {
            Some(TurnStatus::Queued | TurnStatus::Running) => return Err(AppError::TurnActive),
            _ if self.is_draining() => return Err(AppError::Draining),
            _ => {}
        }
        let chosen = conversation.model.as_deref();
        let model = self.0.models.answering(chosen, self.now()).model.clone();
        self.refuse_unpaid(user, &model).await?;
        let (app, owner) = (self.clone(), user.id);
        uncancelled(async move {
            let conversations = app.0.store.conversations();
            let recent = conversations.recent(owner, conversation.id, None).await?;
            let keep = Keep { requests: 1, bytes: 0 };
            let Some(older) = Older::than(&recent, keep) else { return Ok(None) };
            let mut words = None;
            if let Some(mut aside) = app.aside(&model, &older) {
                words = aside.ask().await;
                app.charge(owner, &aside).await?;
            }
            let words = words.unwrap_or_else(|| older.beginnings());
            conversations.summarise(owner, older.summarised_as(&words), app.now()).await?;
            Ok(Some(words))
        })
        .await
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

/// How a call for a summary ended.
enum Summed {
    Words(String),
    Nothing,
    Left(Flow),
}

impl Driver {
    /// The request for the next answer, without the results that it has no room for.
    pub(super) async fn request(&mut self, rows: &TurnRows) -> Result<ModelRequest, AppError> {
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
    ) -> Result<Option<Flow>, AppError> {
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
        let before = self.left_out;
        self.leave_out_results(request, size);
        Ok((self.left_out > before).then_some(Flow::Continue))
    }

    /// How many tokens a request may have.
    fn room(&self) -> u64 {
        self.squeezed.unwrap_or_else(|| self.app.room(&self.model))
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
    ) -> Result<Option<Flow>, AppError> {
        if self.squeezed.is_some() {
            return Ok(None);
        }
        self.squeezed = Some(self.room().min(self.size(rows, request)) / 2);
        self.make_room(rows, request).await
    }

    /// Answers a person who asked for a summary and nothing else.
    pub(super) async fn compact(&mut self, rows: &TurnRows) -> Result<Flow, AppError> {
        if !rows.turn.compacted {
            // The request before stays beside the one that asks.
            let keep = Keep { requests: 2, bytes: 0 };
            if let Some(flow) = self.summarise(rows, keep, None).await? {
                return Ok(flow);
            }
        }
        let block = text_block(if rows.turn.compacted { DONE } else { NOTHING });
        self.log.push(Chunk::StartStep);
        for chunk in view::block_chunks(&view::part_id(rows.model_calls, 0), &block, &[]) {
            self.log.push(chunk);
        }
        let step = NewStep {
            status: StepStatus::Complete,
            content: vec![block],
            stop: Some(StopReason::EndTurn),
            ..unseen_step(self.model.id())
        };
        let turns = self.app.0.store.turns();
        turns.record_step(self.fence, step, Vec::new(), self.app.now()).await?;
        Ok(Flow::Continue)
    }

    /// Summarises what need not stay. None if there is nothing, or if no model summarises it and
    /// `request` fits as well without the results of its tools.
    async fn summarise(
        &mut self,
        rows: &TurnRows,
        keep: Keep,
        request: Option<&ModelRequest>,
    ) -> Result<Option<Flow>, AppError> {
        let recent = self.app.recent(&rows.turn).await?;
        let Some(older) = Older::than(&recent, keep) else { return Ok(None) };
        let app = self.app.clone();
        let (mut step, mut summed) = (None, Summed::Nothing);
        if let Some(mut aside) = app.aside(&self.model, &older) {
            if !self.reserve(rows, &aside.request).await? {
                return self.finish(Outcome::Limited, None).await.map(Some);
            }
            summed = self.listen_aside(&mut aside).await;
            let bill = aside.bill(&app.0.settings.prices);
            step = bill.map(|bill| NewStep { spent: bill.spent, ..unseen_step(bill.model) });
        }
        let turns = app.0.store.turns();
        let words = match summed {
            Summed::Words(words) => words,
            Summed::Nothing => {
                if let Some(request) = request
                    && self.leave_out_results(request, self.size(rows, request))
                {
                    self.pay(step).await?;
                    return Ok(Some(Flow::Continue));
                }
                older.beginnings()
            }
            Summed::Left(flow) => {
                self.pay(step).await?;
                if matches!(flow, Flow::End) {
                    turns.release(self.fence).await?;
                }
                return Ok(Some(flow));
            }
        };
        let summary = older.summarised_as(&words);
        turns.record_summary(self.fence, summary, step, app.now()).await?;
        let recent = self.app.recent(&rows.turn).await?;
        self.history = prompt::history(&recent, self.model.id());
        self.left_out = 0;
        Ok(Some(Flow::Continue))
    }

    /// Waits for a summary, unless the person stops the turn or the process is about to end.
    async fn listen_aside(&mut self, aside: &mut Aside) -> Summed {
        let mut draining = self.app.0.draining.subscribe();
        tokio::select! {
            biased;
            // The next look at the rows ends the turn.
            _ = self.stop.wait_for(|stop| *stop) => Summed::Left(Flow::Continue),
            _ = draining.wait_for(|draining| *draining) => Summed::Left(Flow::End),
            words = aside.ask() => words.map_or(Summed::Nothing, Summed::Words),
        }
    }

    /// Keeps what a call of the model cost that gave nothing.
    async fn pay(&self, step: Option<NewStep>) -> Result<(), AppError> {
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

/// A step that is no part of an answer.
fn unseen_step(model: &str) -> NewStep {
    NewStep {
        id: store::fresh(),
        status: StepStatus::Broken,
        kind: CallKind::Summary,
        content: Vec::new(),
        stop: None,
        model: model.to_owned(),
        spent: agent::price::Spent::default(),
        request_id: None,
        layout: None,
        cache_note: None,
    }
}
