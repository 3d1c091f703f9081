use agent::model::Usage;
use agent::price::{Prices, Spent, nanos};
use serde_json::{Value, json};

fn prices(entries: Value) -> Prices {
    serde_json::from_value(entries).unwrap()
}

fn rates(scale: f64) -> Value {
    json!({"input": 2.0 * scale, "output": 10.0 * scale, "cacheRead": 0.1 * scale,
        "cacheWrite5m": 2.5 * scale, "cacheWrite1h": 4.0 * scale})
}

#[test]
fn each_kind_of_token_has_its_rate() {
    let prices = prices(json!([{"model": "claude-*", "rates": rates(1.0)}]));
    let usage = Usage {
        input_tokens: 1_000,
        cache_read_tokens: 10_000,
        cache_write_tokens: 3_000,
        cache_write_1h_tokens: 1_000,
        output_tokens: 100,
    };

    let cost = prices.cost("claude-sonnet-5-5", usage);

    // In nanodollars: 2 000 each for 1 000, 100 for 10 000, 2 500 for 2 000, 4 000 for 1 000,
    // 10 000 for 100.
    assert_eq!(cost, Some(2_000_000 + 1_000_000 + 5_000_000 + 4_000_000 + 1_000_000));
    assert_eq!(prices.cost("another", usage), None);
}

#[test]
fn a_long_prompt_changes_the_price_of_the_whole_request() {
    let tiers = json!([
        {"abovePromptTokens": 1_000, "rates": rates(2.0)},
        {"abovePromptTokens": 5_000, "rates": rates(4.0)},
    ]);
    let prices = prices(json!([{"model": "m", "rates": rates(1.0), "tiers": tiers}]));
    let cost = |input_tokens, cache_read_tokens| {
        prices.cost("m", Usage { input_tokens, cache_read_tokens, ..Usage::default() }).unwrap()
    };

    assert_eq!(cost(1_000, 0), 2_000_000);
    assert_eq!(cost(1_000, 1), 4_000_000 + 200);
    assert_eq!(cost(5_001, 0), 8 * 5_001_000);
}

#[test]
fn the_first_that_fits_holds_and_overrides_come_first() {
    let built_in = prices(json!([{"model": "m*", "rates": rates(1.0)}]));
    let ours = prices(json!([{"model": "m-2", "rates": rates(0.0)}]));
    let all = built_in.overridden_by(ours);
    let one = Usage { output_tokens: 1, ..Usage::default() };

    assert_eq!(all.cost("m-2", one), Some(0));
    assert_eq!(all.cost("m-3", one), Some(10_000));
}

#[test]
fn a_star_is_for_models_that_nobody_names() {
    let built_in = prices(json!([{"model": "m*", "rates": rates(1.0)}]));
    let all = built_in.overridden_by(prices(json!([{"model": "*", "rates": rates(0.0)}])));

    let one = Usage { output_tokens: 1, ..Usage::default() };
    assert_eq!(all.cost("m-2", one), Some(10_000));
    assert_eq!(all.cost("else", one), Some(0));
}

#[test]
fn what_was_spent_adds_up_with_unknown_prices_left_out() {
    let usage = Usage { output_tokens: 1, ..Usage::default() };
    let spent = [Some(1_500_000_000), None, Some(1)].map(|cost_nanos| Spent { usage, cost_nanos });

    let sum: Spent = spent.into_iter().sum();

    assert_eq!((sum.usage.output_tokens, sum.cost_nanos), (3, Some(1_500_000_001)));
    assert_eq!(json!(spent[0])["costUsd"], 1.5);
    assert_eq!(json!(spent[1])["costUsd"], Value::Null);
    assert_eq!(
        ["2", "0.125", "-1", "a"].map(nanos),
        [Some(2_000_000_000), Some(125_000_000), None, None]
    );
}

#[test]
fn a_price_is_dollars_and_nothing_else() {
    let with = |input: Value| {
        let mut rates = rates(1.0);
        rates["input"] = input;
        serde_json::from_value::<Prices>(json!([{"model": "m", "rates": rates}]))
    };

    for fine in [json!(0), json!(5), json!(0.125), json!(0.000_001), json!(4_000_000)] {
        assert!(with(fine.clone()).is_ok(), "{fine}");
    }
    for wrong in [json!(-1), json!(0.000_000_1), json!(1e300), json!("2"), Value::Null] {
        assert!(with(wrong.clone()).is_err(), "{wrong}");
    }
}

#[test]
fn no_number_of_tokens_is_too_many() {
    let prices = prices(json!([{"model": "m", "rates": rates(1.0)}]));
    let usage =
        Usage { output_tokens: u64::MAX / 4, input_tokens: u64::MAX / 4, ..Usage::default() };

    assert!(prices.cost("m", usage).unwrap() >= u64::MAX / 1_000);
}

#[test]
fn an_attempt_without_tokens_tells_no_price() {
    let nothing = Spent { usage: Usage::default(), cost_nanos: Some(0) };
    let usage = Usage { output_tokens: 1, ..Usage::default() };

    let unknown = nothing + Spent { usage, cost_nanos: None };
    let known = nothing + Spent { usage, cost_nanos: Some(3) };

    assert_eq!((unknown.cost_nanos, known.cost_nanos), (None, Some(3)));
}
