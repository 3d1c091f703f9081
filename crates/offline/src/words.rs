//! Texts as words, and the pattern language in which the tables in `grammar` are written.
//!
//! The parts of a pattern are words with alternatives (`a|an`), classes of words (`@task`) and
//! slots (`<title>`, `<it:it|that>`), which take what stands there. `?` makes a part optional; `*`
//! lets it come as often as it likes. Where a function takes a table, the first row that fits counts.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use crate::dates;

static CLASSES: LazyLock<HashMap<&str, &str>> =
    LazyLock::new(|| rows(include_str!("../grammar/classes.txt")).collect());

/// One word: as it was typed, and folded for comparison.
#[derive(Clone, Debug)]
pub(crate) struct Word {
    /// As typed, punctuation included.
    pub(crate) raw: String,
    /// Lower case, without punctuation around it.
    pub(crate) plain: String,
    /// Whether it is the first of its line.
    pub(crate) line_start: bool,
}

/// What the slots of a pattern took, in order.
pub(crate) type Slots<'w> = Vec<(&'static str, &'w [Word])>;
/// What is left behind something that was read, and what was read.
pub(crate) type Read<'w, T> = Option<(&'w [Word], T)>;

/// The rows of a table: what stands before `=>` and behind it.
pub(crate) fn rows(table: &'static str) -> impl Iterator<Item = (&'static str, &'static str)> {
    let rows = table.lines().filter(|row| !row.starts_with('#'));
    rows.filter_map(|row| row.split_once("=>")).map(|(left, right)| (left.trim(), right.trim()))
}

/// Splits a text into words, and "14:00-15:00" into three.
pub(crate) fn words(text: &str) -> Vec<Word> {
    let word = |raw: &str, line_start| Word { raw: raw.to_owned(), plain: fold(raw), line_start };
    let line = |line: &str| {
        let parts = line.split_whitespace().flat_map(|raw| match raw.split_once(['-', '–']) {
            Some((start, end)) if dates::is_clear(end) => vec![start, "-", end],
            _ => vec![raw],
        });
        parts.enumerate().map(|(at, raw)| word(raw, at == 0)).collect::<Vec<_>>()
    };
    text.lines().flat_map(line).collect()
}

fn fold(raw: &str) -> String {
    let lower = raw.to_lowercase().replace('’', "'");
    let core = lower.trim_matches(|letter: char| !letter.is_alphanumeric());
    if core.is_empty() { lower } else { core.replace("a.m", "am").replace("p.m", "pm") }
}

/// The words as one line of text, without quotes around it and punctuation after it.
pub(crate) fn text(words: &[Word]) -> String {
    let line = words.iter().map(|word| &*word.raw).collect::<Vec<_>>().join(" ");
    let bare = line.trim_matches([' ', '-', '–', '—', '*', '•', ':']);
    let bare = bare.trim_end_matches(['.', '!', '?', ',', ';', ':']);
    let quotes = [('"', '"'), ('“', '”'), ('„', '“'), ('„', '”'), ('\'', '\''), ('‘', '’')];
    let unquoted = quotes.iter().find_map(|(open, close)| {
        bare.strip_prefix(*open).and_then(|rest| rest.strip_suffix(*close))
    });
    unquoted.unwrap_or(bare).trim().to_owned()
}

/// Whether a word is one of the alternatives; `task:` stands for the word with its colon.
pub(crate) fn one_of(word: &Word, alternatives: &str) -> bool {
    alternatives.split('|').any(|one| match CLASSES.get(one) {
        Some(class) => one_of(word, class),
        None => one == word.plain || (one.ends_with(':') && one == word.raw.to_lowercase()),
    })
}

/// Reads the words as a whole.
pub(crate) fn read<'w>(words: &'w [Word], table: &'static str) -> Option<Slots<'w>> {
    patterns(table).find_map(|parts| matched(words, &parts, true)).map(|(_, slots)| slots)
}

/// Reads the words at the start.
pub(crate) fn start<'w>(words: &'w [Word], table: &'static str) -> Read<'w, Slots<'w>> {
    patterns(table).find_map(|parts| matched(words, &parts, false))
}

fn patterns(table: &'static str) -> impl Iterator<Item = Vec<&'static str>> {
    let rows = table.lines().filter(|row| !row.starts_with('#') && !row.is_empty());
    rows.map(|row| row.split_whitespace().collect())
}

/// Whether the words are a pattern and nothing else.
pub(crate) fn is(words: &[Word], table: &'static str) -> bool {
    read(words, table).is_some()
}

/// What follows a pattern at the start.
pub(crate) fn after<'w>(words: &'w [Word], table: &'static str) -> Option<&'w [Word]> {
    start(words, table).map(|(rest, _)| rest)
}

/// Goes past a pattern if it stands here.
pub(crate) fn skip<'w>(words: &'w [Word], table: &'static str) -> &'w [Word] {
    after(words, table).unwrap_or(words)
}

/// The words without those of a pattern at their end.
pub(crate) fn without_end<'w>(words: &'w [Word], end: &'static str) -> &'w [Word] {
    let at = (0..words.len()).find(|at| is(&words[*at..], end));
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
    words.iter().map(marks).sum::<usize>() % 2 == 1
}

fn marks(word: &Word) -> usize {
    word.raw.matches(['"', '“', '”', '„']).count()
}

/// What is left behind the parts, and the slots. Where it failed once it does not try again, or
/// a text of many such words would take forever.
fn matched<'w>(words: &'w [Word], parts: &[&'static str], whole: bool) -> Read<'w, Slots<'w>> {
    attempt(words, parts, whole, &mut HashSet::new())
}

fn attempt<'w>(
    words: &'w [Word],
    parts: &[&'static str],
    whole: bool,
    failed: &mut HashSet<(usize, usize)>,
) -> Read<'w, Slots<'w>> {
    let Some((part, rest)) = parts.split_first() else {
        return (words.is_empty() || !whole).then(|| (words, Vec::new()));
    };
    if failed.contains(&(words.len(), parts.len())) {
        return None;
    }
    let repeats = part.ends_with('*');
    // The shortest stretch first, so that a date behind it keeps its preposition.
    if repeats && let Some(found) = attempt(words, rest, whole, failed) {
        return Some(found);
    }
    let mut found = None;
    if let Some(slot) = part.strip_prefix('<') {
        let slot = slot.trim_end_matches(['>', '?']);
        let (slot, class) = slot.split_once(':').unwrap_or((slot, ""));
        // A slot at the end takes all or nothing.
        let all = |length: &usize| !whole || !rest.is_empty() || *length == words.len();
        found = lengths(slot, class, words).into_iter().filter(all).find_map(|length| {
            let (left, mut slots) = attempt(&words[length..], rest, whole, failed)?;
            slots.insert(0, (slot, &words[..length]));
            Some((left, slots))
        });
    } else if words.first().is_some_and(|word| one_of(word, part.trim_end_matches(['?', '*']))) {
        found = attempt(&words[1..], if repeats { parts } else { rest }, whole, failed);
    }
    if found.is_none() && part.ends_with('?') {
        found = attempt(words, rest, whole, failed);
    }
    if found.is_none() {
        failed.insert((words.len(), parts.len()));
    }
    found
}

/// How many words a slot may take, best first.
fn lengths(slot: &str, class: &str, words: &[Word]) -> Vec<usize> {
    let Some(first) = words.first() else { return Vec::new() };
    let one = |fits: bool| Vec::from_iter(fits.then_some(1));
    let all = |fits: bool| Vec::from_iter(fits.then_some(words.len()));
    match slot {
        _ if !class.is_empty() => one(one_of(first, class)),
        "when" | "span" | "weekday" | "date" => Vec::from_iter(dates::length(slot, words)),
        "period" => Vec::from_iter(after(words, "this|next @period").map(|_| 2)),
        "who" => all(!words.iter().any(|word| one_of(word, "to"))),
        "event" => all(after(words, "it|that\nthe|my|our|that? @meeting|@occasion").is_some()),
        "detail" => all(one_of(first, "with|on|at|for|from|about|@called|today|tomorrow")),
        "tool" => one(first.plain.contains('_')),
        "name" => one(first.raw.starts_with(char::is_uppercase)),
        "head" => words
            .iter()
            .position(|word| word.raw.ends_with(':'))
            .map_or_else(Vec::new, |at| vec![at + 1]),
        "lead" => {
            let plain = |word: &&Word| !one_of(word, "to|for|on|about|and|with|in|a|the|@task");
            (1..=words.iter().take_while(plain).count().min(3)).collect()
        }
        _ => {
            // What stands in quotes stays together.
            let open = words.iter().scan(0, |sum, word| Some((*sum += marks(word), *sum % 2).1));
            let ends =
                (1..).zip(open).filter(|(length, open)| *open == 0 || *length == words.len());
            ends.map(|(length, _)| length).collect()
        }
    }
}
