use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::{IMAGE_TOKENS, MAX_PAGES, PAGE_TOKENS, tokens};

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
