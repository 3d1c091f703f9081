//! Money: what the next call of the model may cost, and whether a budget allows it.

use std::convert::Infallible;
use std::time::Duration;

use agent::model::{ModelErrorKind, ModelRequest, Usage};
use agent::{ConversationId, TurnStatus};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::civil::Date;
use serde_json::Value;
use store::{Budget, Budgets, Errand, Reserved, Shortfall, Ts, TurnEnd, TurnRows, User};

use super::driver::{Driver, Flow};
use super::state::last_step;
use crate::aside::Aside;
use crate::{App, AppError, FileKind, NamedModel, Post, Result};

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
    /// Sets money aside for a call of the model. If a budget does not allow it, the turn ends. A
    /// model whose price nobody knows is not held back.
    pub(super) async fn reserve(
        &self,
        rows: &TurnRows,
        model: &NamedModel,
        request: &ModelRequest,
    ) -> Result<Option<Flow>> {
        let settings = &self.app.0.settings;
        if settings.budgets == Budgets::default() {
            return Ok(None);
        }
        let known = last_step(rows).map_or(0, |step| step.spent.usage.total());
        let estimate = estimate(known, request);
        let Some(cost) = settings.prices.cost(model.id(), estimate) else { return Ok(None) };
        let (turns, now) = (self.app.0.store.turns(), self.app.now());
        let beyond = turns.reserve(self.fence, cost, settings.budgets, now).await?;
        let Some(beyond) = beyond else { return Ok(None) };
        let end = TurnEnd { error: Some(words(beyond, cost)), ..TurnStatus::Limited.into() };
        self.app.end(self.fence, &self.log, end).await?;
        Ok(Some(Flow::End))
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
    let output_tokens = EXPECTED_OUTPUT.min(request.max_tokens.into());
    Usage { input_tokens: known.max(tokens), output_tokens, ..Usage::default() }
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
    pub(super) async fn refuse_if_exhausted(&self, user: &User, post: &Post) -> Result<()> {
        if self.0.settings.budgets == Budgets::default() {
            return Ok(());
        }
        let remembered = match (&post.model, &post.conversation) {
            (None, Some(key)) => self.0.store.conversations().find(user.id, key).await?,
            (Some(_), _) | (None, None) => None,
        };
        let chosen = post.model.clone().or_else(|| remembered?.model);
        let model = self.0.models.answering(chosen.as_deref(), self.now()).model;
        if self.0.settings.prices.cost(model.id(), Usage::default()).is_none() {
            return Ok(());
        }
        let day = self.now().budget_day(&user.timezone);
        let bills = self.0.store.bills();
        match bills.exhausted(user.id, &day, self.0.settings.budgets).await? {
            None => Ok(()),
            Some(beyond) => Err(self.refusal(user, beyond, 0)),
        }
    }

    /// Makes a call that belongs to no turn: money is set aside for it, and it is on the person's
    /// bill. A conversation has one of its kind at a time.
    pub(crate) async fn ask_aside(
        &self,
        user: &User,
        conversation: ConversationId,
        aside: &mut Aside,
    ) -> Result<Result<String, ModelErrorKind>> {
        let (settings, bills) = (&self.0.settings, self.0.store.bills());
        let errand = Errand { owner: user.id, conversation, kind: aside.kind };
        let cost = settings.prices.cost(aside.model.id(), estimate(0, &aside.request));
        let budgets = cost.map_or_else(Budgets::default, |_known| settings.budgets);
        let cost = cost.unwrap_or_default();
        match bills.reserve(errand, cost, budgets, &self.lease(), self.now()).await? {
            Reserved::Yes => {}
            Reserved::Busy => return Err(AppError::TurnActive),
            Reserved::Beyond(beyond) => return Err(self.refusal(user, beyond, cost)),
        }
        let said = tokio::select! {
            said = aside.ask() => said,
            never = self.keep_reserved(errand) => match never {},
        };
        bills.settle(errand, aside.bill(&settings.prices), self.now()).await?;
        Ok(said)
    }

    /// Keeps money set aside for as long as this is waited for.
    async fn keep_reserved(&self, errand: Errand) -> Infallible {
        loop {
            tokio::time::sleep(self.pause()).await;
            let until = self.lease().until;
            if let Err(error) = self.0.store.bills().extend(errand, until).await {
                tracing::warn!(%error, "money could not be kept set aside");
            }
        }
    }

    /// Says at start which models no budget holds back.
    pub(crate) fn warn_of_unpriced(&self) {
        let settings = &self.0.settings;
        if settings.budgets == Budgets::default() {
            return;
        }
        for model in self.0.models.unpriced(&settings.prices) {
            tracing::warn!(
                model,
                "nobody knows what this model costs, so no budget holds it back; set its price"
            );
        }
    }

    fn refusal(&self, user: &User, beyond: Shortfall, cost: u64) -> AppError {
        let retry_after = until_next(beyond.budget, self.now(), &user.timezone);
        AppError::BudgetExhausted { text: words(beyond, cost), retry_after }
    }
}

/// What a person is told when a budget does not allow what may cost so much. Of the budgets for
/// everybody it is not said how much others have spent.
fn words(beyond: Shortfall, cost: u64) -> String {
    const LESS: &str = "Shorten it, start a new conversation, or choose another model";
    const TOMORROW: &str = "at midnight in your time zone, or in UTC if that is later";
    let Shortfall { budget, limit, spent, reserved } = beyond;
    let [most, gone, held, next] = [limit, spent, reserved, cost].map(dollars);
    let (whose, again) = match budget {
        Budget::Turn if spent > 0 => {
            return format!(
                "One answer may cost {most}. This one has cost {gone}, and to go on may cost about \
                 {next} more. Write again to go on."
            );
        }
        Budget::Turn => {
            return format!(
                "One answer may cost {most}, and this one may cost about {next}. {LESS}."
            );
        }
        Budget::User => ("Your budget for today", TOMORROW),
        Budget::Day => ("Today's budget for everybody", TOMORROW),
        Budget::Month => ("This month's budget for everybody", "on the first of the next"),
    };
    if limit == 0 {
        return format!("{whose} is $0.00, so nothing may be spent. Ask your administrator.");
    }
    if spent >= limit {
        return format!("{whose}, {most}, is used up. It goes on {again}.");
    }
    let held = if reserved > 0 { format!(", and {held} set aside") } else { String::new() };
    let state = if budget == Budget::User { format!(", {gone} of it spent{held}") } else { held };
    let wait = if cost <= limit { format!(", or go on {again}") } else { String::new() };
    format!(
        "{whose} is {most}{state}. This may cost about {next}, for which too little is left. {LESS}{wait}."
    )
}

/// Billionths of a US dollar for people: whole cents, or what is less than one; of very little all.
fn dollars(nanos: u64) -> String {
    let (whole, part) = (nanos / 1_000_000_000, nanos % 1_000_000_000);
    let exact = if nanos < 100_000 {
        format!("${whole}.{part:09}")
    } else {
        format!("${whole}.{:04}", part / 100_000)
    };
    let short = exact.trim_end_matches('0');
    let cents = "$".len() + whole.to_string().len() + ".00".len();
    exact[..short.len().max(cents)].to_owned()
}

/// How long it is until a budget begins anew: with a day that is a new one for the person and in
/// UTC.
fn until_next(budget: Budget, now: Ts, timezone: &str) -> Duration {
    let today: Option<Date> = now.budget_day(timezone).parse().ok();
    let last = today.map(|today| match budget {
        Budget::Turn | Budget::User | Budget::Day => today,
        Budget::Month => today.last_of_month(),
    });
    let next = last.and_then(|last| last.tomorrow().ok()).unwrap_or_default().to_string();
    let begins = [timezone, "UTC"].map(|zone| Ts::start_of_day(&next, zone));
    let begins = begins.into_iter().max().flatten().unwrap_or(now);
    Duration::from_micros((begins.0 - now.0).unsigned_abs())
}

#[cfg(test)]
mod tests;
