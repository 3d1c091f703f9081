//! What tokens cost.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use wildmatch::WildMatch;

use crate::model::Usage;

/// What was spent: tokens, and their price as far as it is known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Spent {
    /// The tokens.
    #[serde(flatten)]
    pub usage: Usage,
    /// Billionths of a US dollar for those whose price is known; none if it is of none.
    #[serde(rename = "costUsd", serialize_with = "as_usd")]
    pub cost_nanos: Option<u64>,
}

impl std::ops::Add for Spent {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        // An attempt that used no tokens says nothing of what the others cost.
        let cost = |spent: Self| spent.cost_nanos.filter(|_| spent.usage.total() > 0);
        let costs = cost(self).into_iter().chain(cost(other));
        Self { usage: self.usage + other.usage, cost_nanos: costs.reduce(u64::saturating_add) }
    }
}

impl std::iter::Sum for Spent {
    fn sum<I: Iterator<Item = Self>>(iter: I) -> Self {
        iter.fold(Self::default(), |sum, spent| sum + spent)
    }
}

const NANOS_IN_USD: f64 = 1e9;

/// Billionths of a US dollar as dollars.
#[expect(clippy::cast_precision_loss, reason = "exact up to nine million dollars")]
pub fn usd(nanos: u64) -> f64 {
    nanos as f64 / NANOS_IN_USD
}

#[expect(clippy::ref_option, reason = "serde passes the field by reference")]
fn as_usd<S: Serializer>(nanos: &Option<u64>, serializer: S) -> Result<S::Ok, S::Error> {
    nanos.map(usd).serialize(serializer)
}

/// Reads dollars such as `2` or `0.125` as billionths.
pub fn nanos(dollars: &str) -> Option<u64> {
    micro_usd(dollars)?.checked_mul(1000)
}

/// Prices by model; the first entry whose pattern fits a model's id holds. An entry for `*` stands
/// for the models that no other one names.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
pub struct Prices(Vec<Price>);

/// The prices of the models that a pattern names.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Price {
    /// The model's id; `*` stands for any characters.
    pub model: String,
    /// What is paid for each kind of token.
    pub rates: Rates,
    /// Other rates for longer prompts, which then hold for the whole request.
    #[serde(default)]
    pub tiers: Vec<Tier>,
}

/// The rates of requests whose prompt has more tokens than that.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Tier {
    /// The longest prompt to which the rates before this one apply.
    pub above_prompt_tokens: u64,
    /// What is paid for each kind of token.
    pub rates: Rates,
}

/// What is paid for each kind of token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Rates {
    /// Prompt tokens that no cache held.
    pub input: Rate,
    /// Tokens of the answer.
    pub output: Rate,
    /// Prompt tokens read from the cache.
    pub cache_read: Rate,
    /// Prompt tokens written to the cache for five minutes.
    #[serde(rename = "cacheWrite5m")]
    pub cache_write_5m: Rate,
    /// Prompt tokens written to the cache for an hour.
    #[serde(rename = "cacheWrite1h")]
    pub cache_write_1h: Rate,
}

/// A price in US dollars for a million tokens, exact to a millionth of a dollar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate(u64);

impl Rate {
    /// So many thousandths of a dollar for a million tokens.
    pub const fn milli_usd(thousandths: u32) -> Self {
        Self(thousandths as u64 * 1000)
    }
}

impl<'de> Deserialize<'de> for Rate {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let number = f64::deserialize(deserializer)?.to_string();
        micro_usd(&number).map(Self).ok_or_else(|| {
            serde::de::Error::custom(format!(
                "{number} is no price: write dollars for a million tokens, such as 2 or 0.125"
            ))
        })
    }
}

/// Reads a decimal number of dollars; what is finer than a millionth is no price of anybody's.
fn micro_usd(dollars: &str) -> Option<u64> {
    let (whole, fraction) = dollars.split_once('.').unwrap_or((dollars, ""));
    let fraction = fraction.trim_end_matches('0');
    if fraction.len() > 6 {
        return None;
    }
    let whole: u32 = whole.parse().ok()?;
    let fraction: u32 = format!("{fraction:0<6}").parse().ok()?;
    Some(u64::from(whole) * 1_000_000 + u64::from(fraction))
}

impl Prices {
    /// A table of these entries.
    pub const fn new(entries: Vec<Price>) -> Self {
        Self(entries)
    }

    /// These prices, with others that come before them.
    #[must_use]
    pub fn overridden_by(self, others: Self) -> Self {
        Self(others.0.into_iter().chain(self.0).collect())
    }

    /// The tokens of one request with what they cost, by the name of the model that answered or, if
    /// that has no price, of the one that was asked.
    pub fn spent(&self, answered: &str, asked: &str, usage: Usage) -> Spent {
        let cost_nanos = self.cost(answered, usage).or_else(|| self.cost(asked, usage));
        Spent { usage, cost_nanos }
    }

    /// What the tokens of one request cost, in billionths of a US dollar; none if nobody knows the
    /// model's price.
    pub fn cost(&self, model: &str, usage: Usage) -> Option<u64> {
        let fits = |price: &&Price| WildMatch::new(&price.model).matches(model);
        let is_named = |price: &&Price| price.model != "*" && fits(price);
        let price = self.0.iter().find(is_named).or_else(|| self.0.iter().find(fits))?;
        let above = price.tiers.iter().filter(|tier| usage.prompt() > tier.above_prompt_tokens);
        let tier = above.max_by_key(|tier| tier.above_prompt_tokens);
        Some(tier.map_or(price.rates, |tier| tier.rates).cost(usage))
    }
}

impl Rates {
    /// A millionth of a dollar for a million tokens is a thousandth of a nanodollar for one.
    fn cost(self, usage: Usage) -> u64 {
        let short = usage.cache_write_tokens.saturating_sub(usage.cache_write_1h_tokens);
        let parts = [
            (usage.input_tokens, self.input),
            (usage.cache_read_tokens, self.cache_read),
            (short, self.cache_write_5m),
            (usage.cache_write_1h_tokens, self.cache_write_1h),
            (usage.output_tokens, self.output),
        ];
        let sum = parts.into_iter().fold(0_u64, |sum, (tokens, Rate(rate))| {
            sum.saturating_add(tokens.saturating_mul(rate))
        });
        sum.div_ceil(1000)
    }
}
