//! Money: what the next call of the model may cost, and whether a budget allows it.

use std::time::Duration;

use agent::model::{ModelRequest, Usage};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use store::{Budget, Budgets, Ts, TurnRows, User};

use super::compact::Summing;
use super::driver::Driver;
use super::state::last_step;
use crate::{App, AppError, FileKind, NamedModel, Post, view};

/// How long an answer is taken to be before it is known.
const EXPECTED_OUTPUT: u64 = 4_000;

/// How many bytes of a prompt make a token, about.
const BYTES_PER_TOKEN: u64 = 4;

/// What an image costs at most: Anthropic bills width times height over 750, after making it
/// smaller than 2576 pixels and 4784 tokens.
const IMAGE_TOKENS: u64 = 4_784;

/// What a page of a PDF costs at most: up to 3 000 tokens for its text, and an image of it.
const PAGE_TOKENS: u64 = 3_000 + IMAGE_TOKENS;

/// The most pages that are taken.
const MAX_PAGES: u64 = 600;

/// How small a page of a PDF may be whose pages cannot be counted, because they are compressed.
const BYTES_PER_PAGE: u64 = 4_096;

impl Driver {
    /// Sets money aside for a call of the model; false if a budget does not allow the call. A model
    /// whose price nobody knows is not held back.
    pub(super) async fn reserve(
        &self,
        rows: &TurnRows,
        model: &NamedModel,
        request: &ModelRequest,
    ) -> Result<bool, AppError> {
        let settings = &self.app.0.settings;
        if settings.budgets == Budgets::default() {
            return Ok(true);
        }
        let known = last_step(rows).map_or(0, |step| step.spent.usage.total());
        match settings.prices.cost(model.id(), estimate(known, request)) {
            None => Ok(true),
            Some(cost) => {
                let turns = self.app.0.store.turns();
                Ok(turns.reserve(self.fence, cost, settings.budgets, self.app.now()).await?)
            }
        }
    }
}

/// The tokens of a call that is still to be made, with nothing from the cache; `known` are those of
/// the call before.
fn estimate(known: u64, request: &ModelRequest) -> Usage {
    let blocks = request.messages.iter().flat_map(|message| &message.content);
    let tools = request.tools.iter();
    let tokens = of_text(request.system.len())
        + blocks.map(tokens).sum::<u64>()
        + tools
            .map(|tool| of_text(tool.description.len()) + tokens(&tool.input_schema))
            .sum::<u64>();
    Usage { input_tokens: known.max(tokens), output_tokens: EXPECTED_OUTPUT, ..Usage::NONE }
}

const fn of_text(bytes: usize) -> u64 {
    (bytes as u64).div_ceil(BYTES_PER_TOKEN)
}

/// What a block costs; of a file rather too much, since a budget must hold.
fn tokens(block: &Value) -> u64 {
    let source = &block["source"];
    let data = source["data"].as_str().filter(|_| source["type"] == "base64");
    match (data, source["media_type"].as_str().map(FileKind::of)) {
        (Some(_), Some(FileKind::Image)) => IMAGE_TOKENS,
        (Some(data), Some(FileKind::Pdf)) => pages(data) * PAGE_TOKENS,
        (_, Some(FileKind::Text | FileKind::Image | FileKind::Pdf) | None) => {
            of_text(block.to_string().len())
        }
    }
}

/// How many pages a PDF has at most. Each is an object of the type `/Page`, unless objects are
/// compressed.
fn pages(base64: &str) -> u64 {
    let pdf = STANDARD.decode(base64).unwrap_or_default();
    let is_page = |place: usize| {
        let name = pdf.get(place + 5..).unwrap_or_default().trim_ascii_start();
        name.strip_prefix(b"/Page").is_some_and(|rest| !rest.starts_with(b"s"))
    };
    let types = pdf.windows(5).enumerate().filter(|(_, word)| *word == b"/Type");
    let seen = types.filter(|(place, _)| is_page(*place)).count() as u64;
    let by_size = (pdf.len() as u64).div_ceil(BYTES_PER_PAGE);
    let is_compressed = pdf.windows(7).any(|word| word == b"/ObjStm");
    let pages = if seen == 0 || is_compressed { seen.max(by_size) } else { seen };
    pages.clamp(1, MAX_PAGES)
}

impl App {
    /// Refuses what would start a turn while nothing is left of a budget.
    pub(super) async fn refuse_if_exhausted(
        &self,
        user: &User,
        post: &Post,
    ) -> Result<(), AppError> {
        if self.0.settings.budgets == Budgets::default() {
            return Ok(());
        }
        let remembered = match (&post.model, &post.conversation) {
            (None, Some(key)) => self.0.store.conversations().find(user.id, key).await?,
            (Some(_), _) | (None, None) => None,
        };
        let chosen = post.model.clone().or_else(|| remembered?.model);
        let model = self.0.models.answering(chosen.as_deref(), self.now()).model;
        self.refuse_unpaid(user, model).await
    }

    /// Refuses a call of a model while nothing is left of a budget.
    pub(crate) async fn refuse_unpaid(
        &self,
        user: &User,
        model: &NamedModel,
    ) -> Result<(), AppError> {
        let is_priced = self.0.settings.prices.cost(model.id(), Usage::NONE).is_some();
        self.refuse_beyond(user, self.0.settings.budgets, is_priced).await
    }

    /// Sets money aside for a call that belongs to no turn, until `summing` is dropped. All that
    /// are made here at once are counted, so that they cannot pass a budget together.
    pub(super) async fn set_aside(
        &self,
        user: &User,
        model: &NamedModel,
        request: &ModelRequest,
        summing: &Summing,
    ) -> Result<(), AppError> {
        let settings = &self.0.settings;
        let cost = settings.prices.cost(model.id(), estimate(0, request));
        let (own, all) = summing.set_aside(user.id, cost.unwrap_or_default());
        let less = |limit: Option<u64>, held| limit.map(|limit| limit.saturating_sub(held));
        let budgets = Budgets {
            turn: settings.budgets.turn,
            user: less(settings.budgets.user, own),
            day: less(settings.budgets.day, all),
            month: less(settings.budgets.month, all),
        };
        self.refuse_beyond(user, budgets, cost.is_some()).await
    }

    async fn refuse_beyond(
        &self,
        user: &User,
        budgets: Budgets,
        is_priced: bool,
    ) -> Result<(), AppError> {
        if budgets == Budgets::default() || !is_priced {
            return Ok(());
        }
        let now = self.now();
        let day = now.budget_day(&user.timezone);
        match self.0.store.bills().exhausted(user.id, &day, budgets).await? {
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

#[cfg(test)]
mod tests;
