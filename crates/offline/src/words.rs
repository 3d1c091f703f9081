//! Texts as words, and the small pattern language the grammar is written in.

/// One word: as it was typed, and folded for comparison.
#[derive(Clone, Debug)]
pub(crate) struct Word<'t> {
    /// As typed, punctuation included.
    pub(crate) raw: &'t str,
    /// Lower case, without punctuation around it.
    pub(crate) plain: String,
    /// Whether it is the first of its line.
    pub(crate) line_start: bool,
}

/// Splits a text into words.
pub(crate) fn words(text: &str) -> Vec<Word<'_>> {
    text.lines()
        .flat_map(|line| {
            line.split_whitespace().enumerate().map(|(index, raw)| Word {
                raw,
                plain: fold(raw),
                line_start: index == 0,
            })
        })
        .collect()
}

fn fold(raw: &str) -> String {
    let lower = raw.to_lowercase().replace('’', "'");
    let core = lower.trim_matches(|letter: char| !letter.is_alphanumeric());
    if core.is_empty() {
        return lower;
    }
    core.replace("a.m", "am").replace("p.m", "pm")
}

/// The words as one line of text.
pub(crate) fn text(words: &[Word<'_>]) -> String {
    let raws: Vec<&str> = words.iter().map(|word| word.raw).collect();
    raws.join(" ")
}

/// The words as one line of text, without quotes around it and punctuation after it.
pub(crate) fn trimmed(words: &[Word<'_>]) -> String {
    let line = text(words);
    let bare =
        line.trim_matches(|letter: char| letter.is_whitespace() || "-–—*•:".contains(letter));
    let bare = bare.trim_end_matches(['.', '!', '?', ',', ';', ':']);
    let mut ends = bare.chars();
    let quoted = match (ends.next(), ends.next_back()) {
        (Some('"'), Some('"')) | (Some('“' | '„'), Some('”' | '“')) => true,
        (Some(open), Some(close)) => (open, close) == ('\'', '\'') || (open, close) == ('‘', '’'),
        _ => false,
    };
    if quoted { ends.as_str().trim().to_owned() } else { bare.trim().to_owned() }
}

/// What follows a pattern at the start. In a pattern each word may have alternatives (`a|an`) and
/// may be optional (`the?`).
pub(crate) fn after<'w, 't>(words: &'w [Word<'t>], pattern: &str) -> Option<&'w [Word<'t>]> {
    matched_length(words, pattern).map(|length| &words[length..])
}

/// How many words a pattern takes at the start.
pub(crate) fn matched_length(words: &[Word<'_>], pattern: &str) -> Option<usize> {
    let parts: Vec<&str> = pattern.split(' ').collect();
    matched(words, &parts)
}

/// What follows the first of several patterns that fits.
pub(crate) fn after_any<'w, 't>(
    words: &'w [Word<'t>],
    patterns: &[&str],
) -> Option<&'w [Word<'t>]> {
    patterns.iter().find_map(|pattern| after(words, pattern))
}

/// What precedes a pattern at the end.
pub(crate) fn before<'w, 't>(words: &'w [Word<'t>], pattern: &str) -> Option<&'w [Word<'t>]> {
    (0..words.len()).find(|&at| is(&words[at..], pattern)).map(|at| &words[..at])
}

/// Whether the words are the pattern and nothing else.
pub(crate) fn is(words: &[Word<'_>], pattern: &str) -> bool {
    matched_length(words, pattern) == Some(words.len())
}

/// Whether a word is one of the alternatives.
pub(crate) fn one_of(word: &Word<'_>, alternatives: &str) -> bool {
    alternatives.split('|').any(|one| one == word.plain)
}

fn matched(words: &[Word<'_>], parts: &[&str]) -> Option<usize> {
    let Some((part, rest)) = parts.split_first() else {
        return Some(0);
    };
    let (alternatives, optional) = match part.strip_suffix('?') {
        Some(alternatives) => (alternatives, true),
        None => (*part, false),
    };
    if let Some((word, others)) = words.split_first()
        && one_of(word, alternatives)
        && let Some(length) = matched(others, rest)
    {
        return Some(length + 1);
    }
    if optional { matched(words, rest) } else { None }
}
