#[test]
fn statements_that_travel_together_keep_their_binds() {
    let first = sql!("UPDATE a SET b = $2 WHERE c = $1", ["one", "two"]);
    let second = sql!("INSERT INTO d VALUES ($1, '$.e', $2, $1)", ["three", 4_i64]);

    let both = first.then(sql!("DELETE FROM f")).then(second);

    let text = "UPDATE a SET b = $2 WHERE c = $1; DELETE FROM f; \
                INSERT INTO d VALUES ($3, '$.e', $4, $3)";
    assert_eq!(both.text, text);
    let binds = format!("{:?}", both.binds);
    assert_eq!(
        binds,
        r#"[Text(Some("one")), Text(Some("two")), Text(Some("three")), Int(Some(4))]"#
    );
}
