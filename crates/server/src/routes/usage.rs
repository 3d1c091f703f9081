//! What one's own model calls cost.

use agent::price::{Spent, usd};
use app::{Bill, CallKind, Ts};
use axum::Json;
use serde::Serialize;
use utoipa::ToSchema;

use super::Reply;
use crate::access::CurrentUser;
use crate::extract::Parameters;
use crate::problem::Problem;

/// How many days are shown if none are named.
const DAYS: i64 = 30;

/// Bills by day, model and purpose, and their sum.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct UsageList {
    /// The bills, newest day first.
    items: Vec<BillBody>,
    /// Always `null`: the days are the page.
    #[schema(required)]
    next_cursor: Option<String>,
    /// All of them together.
    total: Total,
}

/// What the calls of one model for one purpose cost on one day.
#[derive(Serialize, ToSchema)]
struct BillBody {
    /// The day in one's own time zone.
    #[schema(format = "date", example = "2026-11-25")]
    day: String,
    /// The model.
    #[schema(example = "claude-sonnet-5-5")]
    model: String,
    /// What the calls were for: `answer`, `summary` or `title`.
    #[schema(value_type = String, example = "answer")]
    kind: CallKind,
    #[serde(flatten)]
    tokens: Total,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct Total {
    /// Calls of the model.
    #[schema(example = 2)]
    model_calls: i64,
    #[serde(flatten)]
    spent: Amounts,
}

/// Tokens and what they cost.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Amounts {
    /// Prompt tokens that no cache held.
    #[schema(example = 412)]
    input_tokens: u64,
    /// Prompt tokens read from the cache.
    #[schema(example = 5200)]
    cache_read_tokens: u64,
    /// Prompt tokens written to the cache.
    #[schema(example = 380)]
    cache_write_tokens: u64,
    /// Total of the answers.
    #[schema(example = 96)]
    output_tokens: u64,
    /// US dollars; `null` if no price is known.
    #[schema(required, example = 0.0057)]
    cost_usd: Option<f64>,
}

impl From<Spent> for Amounts {
    fn from(Spent { usage, cost_nanos }: Spent) -> Self {
        Self {
            input_tokens: usage.input_tokens,
            cache_read_tokens: usage.cache_read_tokens,
            cache_write_tokens: usage.cache_write_tokens,
            output_tokens: usage.output_tokens,
            cost_usd: cost_nanos.map(usd),
        }
    }
}

/// One's own usage by day and model.
#[utoipa::path(get, path = "/api/usage", tag = "Usage",
    params(
        ("from" = Option<String>, Query, example = "2026-11-01", description = "first day, YYYY-MM-DD; 30 days before `to` if left out"),
        ("to" = Option<String>, Query, example = "2026-11-30", description = "last day, YYYY-MM-DD; today if left out"),
    ),
    responses((status = 200, body = UsageList)))]
pub(super) async fn usage(me: CurrentUser, query: Parameters) -> Reply<UsageList> {
    let now = me.app.now();
    let day = |name, otherwise: String| match query.text(name)? {
        None => Ok(otherwise),
        Some(day) if Ts::start_of_day(day, "UTC").is_some() => Ok(day.to_owned()),
        Some(_) => Err(Problem::field(format!("/{name}"), "a day as YYYY-MM-DD, one that exists")),
    };
    let to = day("to", now.day(&me.user.timezone))?;
    let last = Ts::start_of_day(&to, "UTC").unwrap_or(now);
    let from = day("from", last.plus_seconds(-DAYS * 24 * 3_600).day("UTC"))?;
    if from > to {
        return Err(Problem::field("/from", "a day not after `to`, which is today if left out"));
    }
    let bills = me.store().bills().list(me.id(), &from, &to).await?;
    let total = Total {
        model_calls: bills.iter().map(|bill| bill.model_calls).sum(),
        spent: bills.iter().map(|bill| bill.spent).sum::<Spent>().into(),
    };
    let item = |bill: Bill| BillBody {
        day: bill.day,
        model: bill.model,
        kind: bill.kind,
        tokens: Total { model_calls: bill.model_calls, spent: bill.spent.into() },
    };
    Ok(Json(UsageList { items: bills.into_iter().map(item).collect(), next_cursor: None, total }))
}
