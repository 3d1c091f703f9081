//! Texts as words, and the pattern language in which the tables in `grammar` are written.
//!
//! The parts of a pattern are words with alternatives (`a|an`), classes of words (`@task`) and
//! slots (`<title>`, `<it:it|that>`), which take what stands there. `?` makes a part optional; `*`
//! lets it come as often as it likes. Where a function takes a table, the first row that fits counts.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use crate::dates::{self, When};

static CLASSES: LazyLock<HashMap<&str, &str>> =
    LazyLock::new(|| rows(include_str!("../grammar/classes.txt")).collect());
const SPELLING: &str = include_str!("../grammar/spelling.txt");

/// One word: as it was typed, and folded for comparison.
#[derive(Clone, Debug)]
pub(crate) struct Word {
    /// As typed, punctuation included.
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
pub(crate) type Read<'w, T> = Option<(&'w [Word], T)>;

/// The rows of a table: what stands before `=>` and behind it.
pub(crate) fn rows(table: &'static str) -> impl Iterator<Item = (&'static str, &'static str)> {
    let rows = table.lines().filter(|row| !row.starts_with('#'));
    rows.filter_map(|row| row.split_once("=>")).map(|(left, right)| (left.trim(), right.trim()))
}

/// Splits a text into words, and "14:00-15:00" into three.
pub(crate) fn words(text: &str) -> Vec<Word> {
    let word = |raw: &str, line_start| {
        let (raw, plain) = (raw.to_owned(), fold(raw));
        Word { raw, plain, line_start, when: None }
    };
    let line = |line: &str| {
        let raws: Vec<&str> = line.split_whitespace().collect();
        let halves = raws.iter().skip(1).chain([&""]);
        let parts =
            raws.iter().zip(halves).flat_map(|(raw, half)| match raw.split_once(['-', '–']) {
                Some((start, end))
                    if dates::is_clear(end) || dates::is_clear(&format!("{end}{half}")) =>
                {
                    vec![start, "-", end]
                }
                _ => vec![*raw],
            });
        parts.enumerate().map(|(at, raw)| word(raw, at == 0)).collect::<Vec<_>>()
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
    let quotes = [('"', '"'), ('“', '”'), ('„', '“'), ('„', '”'), ('\'', '\''), ('‘', '’')];
    let unquoted = quotes.iter().find_map(|(open, close)| {
        bare.strip_prefix(*open).and_then(|rest| rest.strip_suffix(*close))
    });
    unquoted.unwrap_or(bare).trim().to_owned()
}

/// The same with a capital letter at its start.
pub(crate) fn sentence(words: &[Word]) -> String {
    let text = text(words);
    let mut letters = text.chars();
    letters.next().map_or(String::new(), |first| first.to_uppercase().chain(letters).collect())
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
    matched(words, table, true).map(|(_, slots)| slots)
}

/// Reads the words at the start.
pub(crate) fn start<'w>(words: &'w [Word], table: &'static str) -> Read<'w, Slots<'w>> {
    matched(words, table, false)
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

/// What is left behind the first pattern that fits, and its slots.
fn matched<'w>(words: &'w [Word], table: &'static str, whole: bool) -> Read<'w, Slots<'w>> {
    table.lines().filter(|row| !row.starts_with('#') && !row.is_empty()).find_map(|pattern| {
        let parts: Vec<&str> = pattern.split_whitespace().collect();
        attempt(words, &parts, whole, &mut HashSet::new())
    })
}

/// Where it was before it failed: it does not try that again, or many words would take forever.
fn attempt<'w>(
    words: &'w [Word],
    parts: &[&'static str],
    whole: bool,
    tried: &mut HashSet<(usize, usize)>,
) -> Read<'w, Slots<'w>> {
    let Some((part, rest)) = parts.split_first() else {
        return (words.is_empty() || !whole).then(|| (words, Vec::new()));
    };
    if !tried.insert((words.len(), parts.len())) {
        return None;
    }
    let (name, repeats) = (part.trim_end_matches(['?', '*']), part.ends_with('*'));
    // The shortest stretch first, so that a date behind it keeps its preposition.
    if repeats && let Some(found) = attempt(words, rest, whole, tried) {
        return Some(found);
    }
    let slot = name.strip_prefix('<').map(|slot| slot.trim_end_matches('>'));
    let slot = slot.map(|slot| slot.split_once(':').unwrap_or((slot, "")));
    let fits = |class| words.first().filter(|word| one_of(word, class)).map(|_| 1);
    let lengths = match slot {
        None => Vec::from_iter(fits(name)),
        Some((slot, "")) => lengths(slot, words),
        Some((_, class)) => Vec::from_iter(fits(class)),
    };
    // A slot at the end takes all or nothing.
    let ends = slot.is_some() && whole && rest.is_empty();
    let all = |length: &usize| !ends || *length == words.len();
    let found = lengths.into_iter().filter(all).find_map(|length| {
        let then = if repeats { parts } else { rest };
        let (left, mut slots) = attempt(&words[length..], then, whole, tried)?;
        slots.splice(0..0, slot.map(|(slot, _)| (slot, &words[..length])));
        Some((left, slots))
    });
    found.or_else(|| if part.ends_with('?') { attempt(words, rest, whole, tried) } else { None })
}

/// How many words a slot may take, best first.
fn lengths(slot: &str, words: &[Word]) -> Vec<usize> {
    let Some(first) = words.first() else { return Vec::new() };
    let one = |fits: bool| Vec::from_iter(fits.then_some(1));
    let all = |fits: bool| Vec::from_iter(fits.then_some(words.len()));
    match slot {
        "hour" | "clear" | "span" | "minutes" | "weekday" | "day" | "date" | "unsure" => {
            Vec::from_iter(dates::length(slot, words))
        }
        "length" => one(first.when.as_ref().is_some_and(|when| !when.moves())),
        "when" => {
            let dates = words.iter().take_while(|word| word.when.is_some()).count();
            (1..=dates).rev().collect()
        }
        "event" => {
            let named = after(
                words,
                "it|that
the|my|our|that? @meeting|@occasion",
            );
            named.map_or(Vec::new(), |rest| (words.len() - rest.len()..=words.len()).collect())
        }
        "detail" => all(first.when.is_some() || one_of(first, "with|on|at|for|about|@called")),
        "tool" => one(first.plain.contains('_')),
        "name" => one(first.raw.starts_with(char::is_uppercase)),
        "head" => {
            let colon = words.iter().position(|word| word.raw.ends_with(':'));
            Vec::from_iter(colon.map(|at| at + 1))
        }
        "lead" => {
            let plain = |word: &&Word| !one_of(word, "to|for|on|about|and|with|in|a|the|@task");
            (1..=words.iter().take_while(plain).count().min(3)).collect()
        }
        _ => {
            // What stands in quotes stays together.
            let whole = |length: &usize| *length == words.len() || !is_open(&words[..*length]);
            (1..=words.len()).filter(whole).collect()
        }
    }
}
