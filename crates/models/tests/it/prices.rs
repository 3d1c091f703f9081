use agent::model::Usage;
use models::prices::built_in;

#[test]
fn claude_costs_what_its_price_list_says() {
    let all = Usage {
        input_tokens: 10_000,
        cache_read_tokens: 20_000,
        cache_write_tokens: 8_000,
        cache_write_1h_tokens: 3_000,
        output_tokens: 1_000,
    };
    let long = Usage { input_tokens: 100_000, ..all };
    // In millionths of a dollar, worked out by hand.
    let cases = [
        ("claude-sonnet-5-5", all, 20_000 + 2_000 + 12_500 + 12_000 + 10_000),
        ("claude-opus-5-5", all, 40_000 + 4_000 + 25_000 + 24_000 + 20_000),
        ("claude-fable-5-1", all, 100_000 + 5_000 + 62_500 + 60_000 + 50_000),
        ("claude-haiku-5-5", all, 1_000 + 200 + 625 + 600 + 500),
        ("claude-haiku-5-5", long, 50_000 + 1_000 + 3_125 + 3_000 + 2_500),
        ("claude-haiku-4-5-20251001", all, 10_000 + 2_000 + 6_250 + 6_000 + 5_000),
        ("claude-opus-5", all, 50_000 + 10_000 + 31_250 + 30_000 + 25_000),
    ];
    for (model, usage, micros) in cases {
        assert_eq!(built_in().cost(model, usage), Some(micros * 1000), "{model}");
    }
    assert_eq!(built_in().cost("claude-fable-5-2", all), None, "its price is not known");
}
