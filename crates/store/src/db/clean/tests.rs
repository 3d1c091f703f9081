use super::{json, text};

#[test]
fn text_loses_only_nul_characters() {
    assert_eq!(text("a\0b"), "a\u{fffd}b");
    assert_eq!(text("a\u{1}b"), "a\u{1}b");
}

#[test]
fn json_loses_nul_characters_but_no_escaped_backslashes() {
    let value =
        serde_json::json!({"nul": "a\0b", "words": "\\u0000", "both": "\\\0", "quote": "\""});

    let cleaned: serde_json::Value = serde_json::from_str(&json(value.to_string())).unwrap();

    let expected = serde_json::json!(
        {"nul": "a\u{fffd}b", "words": "\\u0000", "both": "\\\u{fffd}", "quote": "\""}
    );
    assert_eq!(cleaned, expected);
}
