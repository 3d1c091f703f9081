//! What the vendors' models cost, as their price lists of November 2026 say.

use agent::price::{Price, Prices, Rate, Rates, Tier};

/// Input, output, cache read, and cache write for five minutes and for an hour: in thousandths of a
/// US dollar for a million tokens.
type Row = [u32; 5];

/// A date may follow an id. Batches, which cost half, are not used.
const CLAUDE: [(&str, Row); 6] = [
    ("claude-fable-5-1*", [10_000, 50_000, 250, 12_500, 20_000]),
    ("claude-opus-5-5*", [4_000, 20_000, 200, 5_000, 8_000]),
    ("claude-sonnet-5-5*", [2_000, 10_000, 100, 2_500, 4_000]),
    ("claude-haiku-5-5*", [100, 500, 10, 125, 200]),
    ("claude-opus-5", [5_000, 25_000, 500, 6_250, 10_000]),
    ("claude-haiku-4-5*", [1_000, 5_000, 100, 1_250, 2_000]),
];

/// A prompt above so many tokens, of which model, costs these rates instead.
const LONG_PROMPTS: [(&str, u64, Row); 1] =
    [("claude-haiku-5-5*", 100_000, [500, 2_500, 50, 625, 1_000])];

/// The prices that are known without being told.
pub fn built_in() -> Prices {
    let price = |(model, row): (&str, Row)| Price {
        model: model.to_owned(),
        rates: rates(row),
        tiers: LONG_PROMPTS
            .into_iter()
            .filter(|(longer, ..)| *longer == model)
            .map(|(_, tokens, row)| Tier { above_prompt_tokens: tokens, rates: rates(row) })
            .collect(),
    };
    Prices::new(CLAUDE.into_iter().map(price).collect())
}

fn rates([input, output, cache_read, short_write, long_write]: Row) -> Rates {
    Rates {
        input: Rate::milli_usd(input),
        output: Rate::milli_usd(output),
        cache_read: Rate::milli_usd(cache_read),
        cache_write_5m: Rate::milli_usd(short_write),
        cache_write_1h: Rate::milli_usd(long_write),
    }
}
