//! Money: what the next call of the model may cost, and whether a budget allows it.

use std::time::Duration;

use agent::model::{ModelRequest, Usage};
use store::{Budget, Budgets, Ts, TurnRows, User};

use super::driver::Driver;
use super::state::last_step;
use crate::{App, AppError, prompt, view};

/// How long an answer is taken to be before it is known.
const EXPECTED_OUTPUT: u64 = 4_000;

impl Driver {
    /// Sets money aside for a call of the model with a prompt of so many tokens; false if a budget does not allow the call. A model
    /// whose price nobody knows is not held back.
    pub(super) async fn reserve(
        &self,
        rows: &TurnRows,
        input_tokens: u64,
    ) -> Result<bool, AppError> {
        let settings = &self.app.0.settings;
        if settings.budgets == Budgets::default() {
            return Ok(true);
        }
        let usage = Usage { input_tokens, output_tokens: EXPECTED_OUTPUT, ..Usage::NONE };
        match settings.prices.cost(&rows.turn.model, usage) {
            None => Ok(true),
            Some(cost) => {
                let turns = self.app.0.store.turns();
                Ok(turns.reserve(self.fence, cost, settings.budgets, self.app.now()).await?)
            }
        }
    }
}

/// The tokens of a request that is still to be sent, with nothing from the cache.
pub(super) fn estimate(rows: &TurnRows, request: &ModelRequest) -> u64 {
    let known = last_step(rows).map_or(0, |step| step.spent.usage.total());
    known.max(prompt::tokens(request))
}

impl App {
    /// Refuses what would start a turn while nothing is left of a budget.
    pub(crate) async fn refuse_if_exhausted(&self, user: &User) -> Result<(), AppError> {
        let settings = &self.0.settings;
        let is_priced = settings.prices.cost(&self.model_info().id, Usage::NONE).is_some();
        if settings.budgets == Budgets::default() || !is_priced {
            return Ok(());
        }
        let now = self.now();
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
