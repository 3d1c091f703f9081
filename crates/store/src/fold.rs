//! Search without regard to case and accents: what is stored for it, and patterns to find it.

use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::is_combining_mark;

/// More words than anybody searches for, and fewer than a statement can bind.
const MOST_WORDS: usize = 32;
/// SQLite refuses patterns that are much longer.
const LONGEST_WORD: usize = 1_000;

/// Text without case and accents.
pub(crate) fn fold(text: &str) -> String {
    let bare = text.nfkd().filter(|character| !is_combining_mark(*character));
    let mut folded = String::with_capacity(text.len());
    for character in bare.flat_map(char::to_lowercase) {
        match character {
            'ß' => folded.push_str("ss"),
            'æ' => folded.push_str("ae"),
            'œ' => folded.push_str("oe"),
            'ø' => folded.push('o'),
            'đ' => folded.push('d'),
            'ł' => folded.push('l'),
            'ı' => folded.push('i'),
            'ς' => folded.push('σ'),
            other => folded.push(other),
        }
    }
    folded
}

/// A pattern for `LIKE … ESCAPE '\'` that finds this text anywhere in folded text.
pub(crate) fn pattern(text: &str) -> String {
    let mut pattern = String::from("%");
    for character in fold(text).chars().take(LONGEST_WORD) {
        if matches!(character, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(character);
    }
    pattern.push('%');
    pattern
}

/// One pattern for each word of a query.
pub(crate) fn word_patterns(query: Option<&str>) -> impl Iterator<Item = String> {
    query.into_iter().flat_map(str::split_whitespace).take(MOST_WORDS).map(pattern)
}

/// That a row's `plain` fits such a pattern.
pub(crate) const IN_PLAIN: &str = " AND plain LIKE $ ESCAPE '\\'";

#[cfg(test)]
mod tests;
