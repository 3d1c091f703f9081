use super::super::words::terms;
use super::snippet;

fn of(plain: &str, query: &str) -> String {
    snippet(plain, &terms(query))
}

#[test]
fn matches_are_marked_and_all_else_is_escaped() {
    for (plain, query, shown) in [
        ("Fly to Zürich!", "zurich", "Fly to <mark>Zürich</mark>!"),
        ("Zu\u{308}rich, ZÜRICH", "zür", "<mark>Zu\u{308}rich</mark>, <mark>ZÜRICH</mark>"),
        (
            "The <b>budget</b> & \"all\"",
            "budg",
            concat!("The &lt;b&gt;<mark>budget</mark>", "&lt;/b&gt; &amp; &quot;all&quot;"),
        ),
        ("<script>alert('x')", "script", "&lt;<mark>script</mark>&gt;alert(&#39;x&#39;)"),
        ("私は東京に行く", "東京", "私は<mark>東京</mark>に行く"),
        (
            "Party 👩\u{200d}👩\u{200d}👧 now 🎉",
            "👩 🎉",
            concat!("Party ", "<mark>👩\u{200d}👩\u{200d}👧</mark> now <mark>🎉</mark>"),
        ),
        ("  two\n\n lines ", "none", "two lines"),
        ("", "x", ""),
    ] {
        assert_eq!(of(plain, query), shown, "{plain}");
    }
}

#[test]
fn a_long_text_is_cut_around_the_first_match() {
    let long = format!("{}needle{}", "some words ".repeat(50), " and more <words>".repeat(50));

    let shown = of(&long, "needle");

    assert!(shown.starts_with("…words some") && shown.ends_with('…'), "{shown}");
    assert!(shown.contains("some words <mark>needle</mark> and more &lt;words&gt;"), "{shown}");
    assert!((150..=200).contains(&shown.chars().count()), "{shown}");
    let very_long = format!("{}{long}", "filler ".repeat(5_000));
    assert_eq!(of(&very_long, "needle"), shown);
}

#[test]
fn nothing_makes_it_longer_or_leaves_a_mark_open() {
    let stacked = format!("e{}", "\u{301}".repeat(5_000));
    for plain in ["needle ".repeat(99), "\"".repeat(500), "needle".repeat(99), stacked] {
        let shown = of(&plain, "needle");
        assert!(shown.chars().count() <= 200, "{shown}");
        assert_eq!(shown.matches("<mark>").count(), shown.matches("</mark>").count());
    }
}
