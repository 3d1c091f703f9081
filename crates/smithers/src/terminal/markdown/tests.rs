use super::Markdown;

/// `<b>`, `<c>` and `</>` stand for what turns bold and code on, and everything off.
fn shown(pieces: &[&str]) -> String {
    let mut markdown = Markdown::new(true);
    let mut out: String = pieces.iter().map(|piece| markdown.push(piece)).collect();
    out.push_str(&markdown.finish());
    out.replace("\x1b[1m", "<b>").replace("\x1b[36m", "<c>").replace("\x1b[0m", "</>")
}

#[test]
fn markdown_becomes_what_a_terminal_shows() {
    for (markdown, terminal) in [
        ("plain", "plain"),
        ("a **b** c", "a </><b>b</> c"),
        ("run `ls -a` now", "run </><c>ls -a</> now"),
        ("## Title\ntext", "<b>Title</>\ntext"),
        ("- one\n  * two\n2. three", "• one\n  • two\n2. three"),
        ("2 * 3 ** 4", "2 * 3 </><b> 4</>"),
        ("#hash - dash", "#hash - dash"),
        ("```sh\n# a `b` **c**\n```\nend", "<c># a `b` **c**\n</>end"),
        ("an `open\nend", "an </><c>open</>\nend"),
        ("\x1b[31mred\x07\u{9b}1m\ttab", "[31mred1m\ttab"),
    ] {
        assert_eq!(shown(&[markdown]), terminal, "{markdown}");
        let pieces: Vec<String> = markdown.chars().map(String::from).collect();
        let pieces: Vec<&str> = pieces.iter().map(String::as_str).collect();
        assert_eq!(shown(&pieces), terminal, "{markdown}, letter by letter");
    }
}
