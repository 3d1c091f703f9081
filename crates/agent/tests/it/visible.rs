use agent::visible;

#[test]
fn what_would_not_show_is_written_out() {
    let cases = [
        ("Pay 100 € to Zoë", "Pay 100 € to Zoë"),
        ("Pay \u{202e}001\u{202c} now", "Pay \\u{202e}001\\u{202c} now"),
        ("Bo\u{200b}b", "Bo\\u{200b}b"),
        ("a\u{200d}b", "a\\u{200d}b"),
        ("two\nlines\u{7}", "two\\u{a}lines\\u{7}"),
        ("tag\u{e0041}\u{feff}\u{3164}", "tag\\u{e0041}\\u{feff}\\u{3164}"),
        ("Prêt\u{202f}!\u{2028}", "Prêt ! "),
        ("👩\u{200d}👧 ❤\u{fe0f}", "👩\u{200d}👧 ❤\u{fe0f}"),
        ("می\u{200c}خواهم שלום", "می\u{200c}خواهم שלום"),
        ("e\u{301}", "e\u{301}"),
        ("", ""),
    ];
    for (text, shown) in cases {
        assert_eq!(visible(text), shown);
    }
}
