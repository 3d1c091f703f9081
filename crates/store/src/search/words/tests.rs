use agent::UserId;
use uuid::Uuid;

use super::{of_message, terms};

fn kept(text: &str) -> String {
    let kept = of_message(UserId(Uuid::nil()), text);
    kept.strip_prefix("§00000000000000000000000000000000").unwrap_or(&kept).trim().to_owned()
}

#[test]
fn a_message_is_kept_as_its_words() {
    for (text, words) in [
        ("", ""),
        ("The cat, the CAT and the Käse!", "the cat and kase"),
        ("a-b_c d's 3.14 §x", "a b c d s 3 14 x"),
        ("東京に行く", "東京 京に に行 行く く"),
        ("iPhone東京 🎉", "iphone 東京 京 🎉"),
        ("a\0b\u{200d}c", "a b c"),
    ] {
        assert_eq!(kept(text), words, "{text}");
    }
}

#[test]
fn a_query_is_its_terms() {
    for (query, wanted) in [
        ("Zürich  zurich", vec!["zurich"]),
        ("\"a\" AND (b* OR -c)", vec!["a", "and", "b", "or", "c"]),
        ("東京に", vec!["東京", "京に"]),
        ("京", vec!["京"]),
        ("🎉 !?", vec!["🎉"]),
        ("* ( ) : -", vec![]),
    ] {
        assert_eq!(terms(query), wanted, "{query}");
    }
}

#[test]
fn words_have_a_length_that_every_database_keeps() {
    let long = "x".repeat(100);
    assert_eq!(kept(&long), "x".repeat(64));
    assert_eq!(terms(&long), ["x".repeat(64)]);

    let many: Vec<String> = (0..200_000).map(|number| number.to_string()).collect();
    let kept = kept(&many.join(" "));
    assert!((400_000..=500_000).contains(&kept.len()), "{}", kept.len());
    assert_eq!(terms(&many[..200].join(" ")).len(), 100);
}
