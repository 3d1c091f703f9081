//! Texts as words, and the pattern language in which the tables in `grammar` are written.
//!
//! The parts of a pattern are words with alternatives (`a|an`), classes of words (`@task`) and
//! slots (`<title>`, `<it:it|that>`), which take what stands there. `_` is a word with an
//! underscore, `A` one with a capital, `task:` one that ends like that. `?` makes a part optional;
//! `*` lets it come as often as it likes. Where a function takes a table, the first row that fits
//! counts.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use crate::dates::{self, When};

static CLASSES: LazyLock<HashMap<&str, &str>> =
    LazyLock::new(|| rows(include_str!("../grammar/classes.txt")).collect());
const SPELLING: &str = include_str!("../grammar/spelling.txt");
const QUOTES: [char; 7] = ['"', '“', '”', '„', '\'', '‘', '’'];

/// One word: as it was typed, and folded for comparison.
#[derive(Clone, Debug)]
pub(crate) struct Word {
    pub(crate) raw: String,
    /// Lower case, without punctuation around it.
    pub(crate) plain: String,
    /// Whether it is the first of its line.
    pub(crate) line_start: bool,
    /// What it says if it is a date phrase, which may be several words.
    pub(crate) when: Option<When>,
}

/// What the slots of a pattern took, in order.
pub(crate) type Slots<'w> = Vec<(&'static str, &'w [Word])>;
/// What is left behind something that was read, and what was read.
pub(crate) type Read<'w, T = Slots<'w>> = Option<(&'w [Word], T)>;

/// The rows of a table: what stands before `=>`, and what behind it, if anything.
pub(crate) fn rows(table: &'static str) -> impl Iterator<Item = (&'static str, &'static str)> {
    let rows = table.lines().filter(|row| !row.starts_with('#') && !row.is_empty());
    let rows = rows.map(|row| row.split_once("=>").unwrap_or((row, "")));
    rows.map(|(left, right)| (left.trim(), right.trim()))
}

/// The first row whose pattern reads the words as a whole: its slots, and what stands behind `=>`.
pub(crate) fn row<'w>(words: &'w [Word], table: &'static str) -> Option<(Slots<'w>, &'static str)> {
    rows(table).find_map(|(pattern, meaning)| Some((start(words, pattern, true)?.1, meaning)))
}

/// Splits a text into words, and "14:00-15:00" into three.
pub(crate) fn words(text: &str) -> Vec<Word> {
    let line = |line: &str| {
        let raws: Vec<&str> = line.split_whitespace().collect();
        let near = |at: usize| raws.get(at).copied().unwrap_or_default();
        let parts =
            raws.iter().enumerate().flat_map(|(at, raw)| match raw.split_once(['-', '–']) {
                Some((start, end)) if dates::is_clear(end, near(at + 1)) => vec![start, "-", end],
                Some((start, end)) if dates::are_hours(near(at.wrapping_sub(1)), start, end) => {
                    vec![start, "-", end, "o'clock"]
                }
                _ => vec![*raw],
            });
        let word = |(at, raw): (usize, &str)| {
            let (raw, plain) = (raw.to_owned(), fold(raw));
            Word { raw, plain, line_start: at == 0, when: None }
        };
        parts.enumerate().map(word).collect::<Vec<_>>()
    };
    text.lines().flat_map(line).collect()
}

fn fold(raw: &str) -> String {
    let lower = raw.to_lowercase().replace('’', "'");
    let core = lower.trim_matches(|letter: char| !letter.is_alphanumeric());
    match rows(SPELLING).find(|(wrong, _)| wrong.split('|').any(|one| one == core)) {
        Some((_, right)) => right.to_owned(),
        None if core.is_empty() => lower,
        None => core.replace("a.m", "am").replace("p.m", "pm"),
    }
}

/// The words as one line of text, without quotes around it and punctuation after it.
pub(crate) fn text(words: &[Word]) -> String {
    let line = words.iter().map(|word| &*word.raw).collect::<Vec<_>>().join(" ");
    let bare = line.trim_matches([' ', '-', '–', '—', '*', '•', ':']);
    let bare = bare.trim_end_matches(['.', '!', '?', ',', ';', ':']);
    let unquoted = bare.strip_prefix(QUOTES).and_then(|rest| rest.strip_suffix(QUOTES));
    unquoted.unwrap_or(bare).trim().to_owned()
}

/// The same with a capital letter at its start.
pub(crate) fn sentence(words: &[Word]) -> String {
    let text = text(words);
    let mut letters = text.chars();
    letters.next().map_or(String::new(), |first| first.to_uppercase().chain(letters).collect())
}

/// Whether a word is one of the alternatives.
pub(crate) fn one_of(word: &Word, alternatives: &str) -> bool {
    alternatives.split('|').any(|one| match (one, class(one)) {
        ("_", _) => word.plain.contains('_'),
        ("A", _) => word.raw.starts_with(char::is_uppercase),
        (_, "") if one.ends_with(':') => word.raw.to_lowercase().ends_with(one),
        (_, "") => one == word.plain,
        (_, class) => one_of(word, class),
    })
}

/// The members of a class.
pub(crate) fn class(name: &str) -> &'static str {
    CLASSES.get(name).copied().unwrap_or_default()
}

/// Whether the words are a pattern and nothing else.
pub(crate) fn is(words: &[Word], table: &'static str) -> bool {
    row(words, table).is_some()
}

/// What follows a pattern at the start.
pub(crate) fn after<'w>(words: &'w [Word], table: &'static str) -> Option<&'w [Word]> {
    rows(table).find_map(|(pattern, _)| start(words, pattern, false)).map(|(rest, _)| rest)
}

/// Goes past a pattern if it stands here.
pub(crate) fn skip<'w>(words: &'w [Word], table: &'static str) -> &'w [Word] {
    after(words, table).unwrap_or(words)
}

/// The words without those of a pattern at their end.
pub(crate) fn without_end<'w>(words: &'w [Word], end: &'static str) -> &'w [Word] {
    let at = (0..words.len()).find(|at| is(&words[*at..], end) && !is_open(&words[..*at]));
    &words[..at.unwrap_or(words.len())]
}

/// Splits before words that `begin` something; it is told the word before them, too. What stands
/// in quotes stays together.
pub(crate) fn split(words: &[Word], begin: impl Fn(&Word, &[Word]) -> bool) -> Vec<&[Word]> {
    let starts = (1..words.len()).filter(|at| begin(&words[at - 1], &words[*at..]));
    let starts = starts.filter(|at| !is_open(&words[..*at]));
    let bounds: Vec<usize> = [0].into_iter().chain(starts).chain([words.len()]).collect();
    bounds.windows(2).map(|bounds| &words[bounds[0]..bounds[1]]).collect()
}

/// Whether a quote that begins in the words does not end in them.
pub(crate) fn is_open(words: &[Word]) -> bool {
    let marks = words.iter().map(|word| word.raw.matches(['"', '“', '”', '„']).count());
    marks.sum::<usize>() % 2 == 1
}

/// What is left behind a pattern, nothing if it must be the `whole`; and what its slots took.
pub(crate) fn start<'w>(words: &'w [Word], pattern: &'static str, whole: bool) -> Read<'w> {
    let parts: Vec<&str> = pattern.split_whitespace().collect();
    attempt(words, &parts, whole, &mut HashSet::new())
}

/// Where it was before it failed: it does not try that again, or many words would take forever.
fn attempt<'w>(
    words: &'w [Word],
    parts: &[&'static str],
    whole: bool,
    tried: &mut HashSet<(usize, usize)>,
) -> Read<'w> {
    let Some((part, rest)) = parts.split_first() else {
        return (words.is_empty() || !whole).then(|| (words, Vec::new()));
    };
    if !tried.insert((words.len(), parts.len())) {
        return None;
    }
    let name = part.trim_end_matches(['?', '*']);
    let slot = name.strip_prefix('<').map(|slot| slot.trim_end_matches('>'));
    let slot = slot.map(|slot| slot.split_once(':').unwrap_or((slot, "")));
    let class = slot.map_or(name, |(_, class)| class);
    let lengths = match slot {
        Some((slot, "")) => lengths(slot, words),
        _ => Vec::from_iter(words.first().filter(|word| one_of(word, class)).map(|_| 1)),
    };
    let then = if part.ends_with('*') { parts } else { rest };
    let found = lengths.into_iter().find_map(|length| {
        let (left, mut slots) = attempt(&words[length..], then, whole, tried)?;
        slots.splice(0..0, slot.map(|(slot, _)| (slot, &words[..length])));
        Some((left, slots))
    });
    let optional = name != *part;
    found.or_else(|| if optional { attempt(words, rest, whole, tried) } else { None })
}

/// How many words a slot may take, best first.
fn lengths(slot: &str, words: &[Word]) -> Vec<usize> {
    let Some(first) = words.first() else { return Vec::new() };
    match slot {
        "hour" | "clear" | "dotted" | "never" | "span" | "later" | "earlier" | "weekday"
        | "day" | "date" | "unsure" => Vec::from_iter(dates::length(slot, words)),
        "length" => Vec::from_iter(first.when.as_ref().filter(|when| !when.moves()).map(|_| 1)),
        "due" => {
            let due = first.plain.starts_with("due ") || first.plain.starts_with("by ");
            Vec::from_iter((due && first.when.is_some()).then_some(1))
        }
        "when" => {
            let dates = words.iter().take_while(|word| word.when.is_some()).count();
            (1..=dates).rev().collect()
        }
        "event" => {
            let rest = after(words, "it|that\nthe|my|our|that? @meeting|@occasion");
            rest.map_or(Vec::new(), |rest| (words.len() - rest.len()..=words.len()).collect())
        }
        "head" => {
            let colon = words.iter().position(|word| word.raw.ends_with(':'));
            Vec::from_iter(colon.map(|at| at + 1))
        }
        "lead" => {
            let plain = words.iter().take_while(|word| !one_of(word, "@links"));
            (1..=plain.count().min(3)).collect()
        }
        // What stands in quotes stays together.
        _ => (1..=words.len()).filter(|at| *at == words.len() || !is_open(&words[..*at])).collect(),
    }
}
