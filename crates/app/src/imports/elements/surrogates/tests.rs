use super::mend;

#[test]
fn halves_become_replacement_characters() {
    for (given, mended) in [
        (r#""\ud800""#, r#""\ufffd""#),
        (r#""a\uDFFFb""#, r#""a\ufffdb""#),
        (r#""\ud83d\ude00""#, r#""\ud83d\ude00""#),
        (r#""\ude00\ud83d""#, r#""\ufffd\ufffd""#),
        (r#""\ud83d\ud83d\ude00""#, r#""\ufffd\ud83d\ude00""#),
        (r#""\ud83d\n\ude00""#, r#""\ufffd\n\ufffd""#),
        (r#""\\ud800 \\\ud800""#, r#""\\ud800 \\\ufffd""#),
        (r#""\u0041\ud80""#, r#""\u0041\ud80""#),
        (r#""\ud800"#, r#""\ufffd"#),
        (r#""\"#, r#""\"#),
    ] {
        let mut json = given.as_bytes().to_vec();
        mend(&mut json);
        assert_eq!(String::from_utf8(json).unwrap(), mended, "{given}");
    }
}
