//! Money: what the next call of the model may cost, and whether a budget allows it.

use std::time::Duration;

use agent::model::{ModelRequest, Usage};
use serde_json::Value;
use store::{Budget, Budgets, Ts, TurnRows, User};

use super::driver::Driver;
use super::state::last_step;
use crate::{App, AppError, Post, view};

/// How long an answer is taken to be before it is known.
const EXPECTED_OUTPUT: u64 = 4_000;

/// How many bytes of a prompt make a token, about.
const BYTES_PER_TOKEN: u64 = 4;

/// Images and PDF documents are far less to a model than their bytes.
const FILE_SHARE: usize = 40;

impl Driver {
    /// Sets money aside for a call of the model; false if a budget does not allow the call. A model
    /// whose price nobody knows is not held back.
    pub(super) async fn reserve(
        &self,
        rows: &TurnRows,
        request: &ModelRequest,
    ) -> Result<bool, AppError> {
        let settings = &self.app.0.settings;
        if settings.budgets == Budgets::default() {
            return Ok(true);
        }
        match settings.prices.cost(self.model.id(), estimate(rows, request)) {
            None => Ok(true),
            Some(cost) => {
                let turns = self.app.0.store.turns();
                Ok(turns.reserve(self.fence, cost, settings.budgets, self.app.now()).await?)
            }
        }
    }
}

/// The tokens of a call that is still to be made, with nothing from the cache.
fn estimate(rows: &TurnRows, request: &ModelRequest) -> Usage {
    let blocks = request.messages.iter().flat_map(|message| &message.content);
    let tools = request.tools.iter();
    let bytes = request.system.len()
        + blocks.map(weight).sum::<usize>()
        + tools.map(|tool| tool.description.len() + weight(&tool.input_schema)).sum::<usize>();
    let known = last_step(rows).map_or(0, |step| step.spent.usage.total());
    Usage {
        input_tokens: known.max(bytes as u64 / BYTES_PER_TOKEN),
        output_tokens: EXPECTED_OUTPUT,
        ..Usage::NONE
    }
}

fn weight(block: &Value) -> usize {
    let bytes = block.to_string().len();
    if block["source"]["type"] == "base64" { bytes / FILE_SHARE } else { bytes }
}

impl App {
    /// Refuses what would start a turn while nothing is left of a budget.
    pub(super) async fn refuse_if_exhausted(
        &self,
        user: &User,
        post: &Post,
    ) -> Result<(), AppError> {
        let settings = &self.0.settings;
        if settings.budgets == Budgets::default() {
            return Ok(());
        }
        let remembered = match (&post.model, &post.conversation) {
            (None, Some(key)) => self.0.store.conversations().find(user.id, key).await?,
            (Some(_), _) | (None, None) => None,
        };
        let chosen = post.model.clone().or_else(|| remembered?.model);
        let now = self.now();
        let model = self.0.models.answering(chosen.as_deref(), now).model;
        if settings.prices.cost(model.id(), Usage::NONE).is_none() {
            return Ok(());
        }
        let day = now.budget_day(&user.timezone);
        match self.0.store.bills().exhausted(user.id, &day, settings.budgets).await? {
            None => Ok(()),
            Some(budget) => Err(AppError::BudgetExhausted {
                text: view::used_up(budget).1,
                retry_after: until_next(budget, now, user),
            }),
        }
    }
}

/// How long it is until a budget begins anew.
fn until_next(budget: Budget, now: Ts, user: &User) -> Duration {
    let today = now.timestamp().to_zoned_datetime(crate::context::zone(user)).date();
    let last = match budget {
        Budget::Turn | Budget::User | Budget::Day => today,
        Budget::Month => today.last_of_month(),
    };
    let next = last.tomorrow().ok().map(|day| day.to_string());
    let begins = next.and_then(|day| Ts::start_of_day(&day, &user.timezone)).unwrap_or(now);
    Duration::from_micros((begins.0 - now.0).unsigned_abs())
}
