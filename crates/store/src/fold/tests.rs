use super::{fold, pattern, word_patterns};

#[test]
fn case_and_accents_fold_away() {
    for (text, folded) in [
        ("Zürich", "zurich"),
        ("ZU\u{308}RICH", "zurich"),
        ("Straße", "strasse"),
        ("Œuvre Ærø Łódź", "oeuvre aero lodz"),
        ("İstanbul ısı", "istanbul isi"),
        ("ΟΔΟΣ οδος", "οδοσ οδοσ"),
        ("ﬁle №1", "file no1"),
        ("日本", "日本"),
    ] {
        assert_eq!(fold(text), folded, "{text}");
    }
}

#[test]
fn folding_twice_changes_nothing() {
    for text in ["Zürich", "İstanbul", "Straße", "가나다", "50 % off_now"] {
        assert_eq!(fold(&fold(text)), fold(text));
    }
}

#[test]
fn wildcards_are_escaped() {
    assert_eq!(pattern("50%_\\"), "%50\\%\\_\\\\%");
}

#[test]
fn a_query_has_one_pattern_for_each_word() {
    let patterns = |query| word_patterns(query).collect::<Vec<_>>();
    assert_eq!(patterns(Some("  buy\tMILK ")), ["%buy%", "%milk%"]);
    assert_eq!(patterns(Some(" ")), Vec::<String>::new());
    assert_eq!(patterns(None), Vec::<String>::new());
}
