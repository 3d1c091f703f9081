use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::{IMAGE_TOKENS, MAX_PAGES, PAGE_TOKENS, dollars, tokens, until_next, words};
use store::{Budget, Shortfall, Ts};

fn document(media_type: &str, data: &[u8]) -> Value {
    let data = STANDARD.encode(data);
    let source = json!({"type": "base64", "media_type": media_type, "data": data});
    json!({"type": "document", "source": source})
}

#[test]
fn a_file_costs_what_its_pages_cost() {
    let page = "2 0 obj <</Type /Page /Parent 1 0 R>> endobj\n";
    let tree = "1 0 obj <</Type/Pages/Count 3>> endobj\n";
    let scan = |pages: usize| page.repeat(pages) + &" ".repeat(100_000) + tree;
    let packed = format!("{page}5 0 obj <</Type /ObjStm>> {}", "x".repeat(20_000));
    for (data, pages) in [
        ("%PDF-1.7 nothing".to_owned(), 1),
        (scan(3), 3),
        (scan(601), MAX_PAGES),
        (page.replace("e /P", "e\n/P"), 1),
        (packed, 5),
        ("x".repeat(40_960), 10),
        ("x".repeat(20 * 1024 * 1024), MAX_PAGES),
    ] {
        let block = document("application/pdf", data.as_bytes());
        assert_eq!(tokens(&block), pages * PAGE_TOKENS, "{}", &data[..16]);
    }
    assert_eq!(tokens(&document("image/png", &vec![0; 1_000_000])), IMAGE_TOKENS);
}

#[test]
fn text_costs_a_token_for_four_bytes() {
    let block = json!({"type": "text", "text": "x".repeat(4_000)});
    let plain = json!({"type": "text", "media_type": "text/plain", "data": "x".repeat(4_000)});
    for block in [block, json!({"type": "document", "source": plain})] {
        assert!((1_000..1_050).contains(&tokens(&block)), "{}", tokens(&block));
    }
}

#[test]
fn money_is_told_in_cents_or_exactly() {
    for (nanos, told) in [
        (0, "$0.00"),
        (50_000, "$0.00005"),
        (100_000, "$0.0001"),
        (16_000_000, "$0.016"),
        (1_500_000_000, "$1.50"),
        (12_345_678_901, "$12.3456"),
    ] {
        assert_eq!(dollars(nanos), told);
    }
}

#[test]
fn a_budget_of_nothing_never_goes_on() {
    let nothing = Shortfall { budget: Budget::User, limit: 0, spent: 0, reserved: 0 };
    let told = words(nothing, 1);
    assert!(told.contains("nothing may be spent") && !told.contains("midnight"), "{told}");
}

#[test]
fn a_budget_goes_on_when_the_day_is_new_here_and_in_utc() {
    let evening = Ts::start_of_day("2026-11-25", "UTC").unwrap().plus_seconds(22 * 3_600);
    for (zone, budget, hours) in [
        ("UTC", Budget::Day, 2),
        ("Asia/Tokyo", Budget::User, 2),
        ("America/New_York", Budget::User, 7),
        ("Europe/Berlin", Budget::Month, 5 * 24 + 2),
    ] {
        let wait = until_next(budget, evening, zone);
        assert_eq!(wait.as_secs(), hours * 3_600, "{zone}");
    }
}
