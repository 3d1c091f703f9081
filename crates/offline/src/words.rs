//! Texts as words, and the pattern language in which the tables of the grammar are written.
//!
//! The parts of a pattern are words with alternatives (`a|an`), classes of words (`@task`) and
//! slots (`<title>`), which take what stands there. `?` makes a part optional; `*` lets it come as
//! often as it likes.

use crate::dates;

/// Words that the patterns name by class.
const CLASSES: &[(&str, &str)] = &[
    ("@task", "task|todo|to-do|reminder"),
    ("@tasks", "tasks|todos|to-dos|reminders"),
    ("@polite", "thanks|thank|please|cheers|instead|rather|then|you"),
    ("@part", "morning|afternoon|evening|night"),
    ("@done", "done|complete|completed|finished"),
    ("@weekday", "monday|tuesday|wednesday|thursday|friday|saturday|sunday"),
    ("@called", "called|named|titled"),
    ("@shift", "move|postpone|reschedule|push|shift|delay|defer"),
    ("@well", "no|yes|ok|please|rather|better|then|sorry|i|mean|meant|change"),
    ("@making", "make|move|change|set|use|it|do|should|is|that|this|be|the|due|date|to|for"),
    ("@create", "add|create|make|new|set|write"),
    ("@new", "a|an|another|one|two|three|some|the|these|2|3"),
    ("@the", "the|a|an|my"),
    ("@about", "about|mentioning|regarding"),
    ("@loose", "@small|@tasky"),
    ("@list", "list|task|todo|to-do|tasks|todos"),
    (
        "@asking",
        "what|what's|whats|which|show|list|display|see|give|tell|do|have|are|is|any|anything|how|my|all|open|find|search|look",
    ),
    (
        "@small",
        "me|my|the|a|an|all|any|of|on|in|to|by|for|i|we|us|our|have|has|is|are|was|there|what|what's|whats|which|show|display|see|give|tell|still|anything|how|many|look|find|search|up|now|things|thing|items|item|need|should|got|yet|already|so|far",
    ),
    ("@tasky", "@task|@tasks|list|due|plate|open|left|pending|outstanding|do"),
];

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

/// A row in the pattern language.
pub(crate) type Pattern = &'static str;
/// What the slots of a pattern took, in order.
pub(crate) type Slots<'w> = Vec<(&'static str, &'w [Word])>;

/// Splits a text into words.
pub(crate) fn words(text: &str) -> Vec<Word> {
    let raws = text.lines().flat_map(|line| line.split_whitespace().enumerate());
    let word = |(at, raw): (usize, &str)| (raw.to_owned(), fold(raw), at == 0);
    raws.map(word).map(|(raw, plain, line_start)| Word { raw, plain, line_start }).collect()
}

fn fold(raw: &str) -> String {
    let lower = raw.to_lowercase().replace('’', "'");
    let core = lower.trim_matches(|letter: char| !letter.is_alphanumeric());
    if core.is_empty() { lower } else { core.replace("a.m", "am").replace("p.m", "pm") }
}

/// The words as one line of text, without quotes around it and punctuation after it.
pub(crate) fn text(words: &[Word]) -> String {
    let raws: Vec<&str> = words.iter().map(|word| &*word.raw).collect();
    let line = raws.join(" ");
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
    let named = |one: &str| one.ends_with(':') && one == word.raw.to_lowercase();
    alternatives.split('|').any(|one| match CLASSES.iter().find(|(name, _)| *name == one) {
        Some((_, class)) => one_of(word, class),
        None => one == word.plain || named(one),
    })
}

/// Reads the words as a whole by the first of several patterns that fits.
pub(crate) fn read<'w>(words: &'w [Word], patterns: &[Pattern]) -> Option<Slots<'w>> {
    patterns.iter().find_map(|pattern| {
        let parts: Vec<Pattern> = pattern.split(' ').collect();
        matched(words, &parts, true).map(|(_, slots)| slots)
    })
}

/// Whether the words are the pattern and nothing else.
pub(crate) fn is(words: &[Word], pattern: Pattern) -> bool {
    read(words, &[pattern]).is_some()
}

/// What follows a pattern at the start.
pub(crate) fn after(words: &[Word], pattern: Pattern) -> Option<&[Word]> {
    let parts: Vec<Pattern> = pattern.split(' ').collect();
    matched(words, &parts, false).map(|(rest, _)| rest)
}

/// The words without those of a pattern at their end.
pub(crate) fn without_end(words: &[Word], end: Pattern) -> &[Word] {
    let at = (0..words.len()).find(|at| is(&words[*at..], end));
    &words[..at.unwrap_or(words.len())]
}

/// What is left behind the parts, and the slots.
fn matched<'w>(
    words: &'w [Word],
    parts: &[Pattern],
    whole: bool,
) -> Option<(&'w [Word], Slots<'w>)> {
    let Some((part, rest)) = parts.split_first() else {
        return (words.is_empty() || !whole).then(|| (words, Vec::new()));
    };
    let repeats = part.ends_with('*');
    let skipped = || matched(words, rest, whole);
    // The shortest stretch first, so that a date behind it keeps its preposition.
    if repeats && let Some(found) = skipped() {
        return Some(found);
    }
    let taken = if let Some(slot) = part.strip_prefix('<') {
        let slot = slot.trim_end_matches(['>', '?']);
        lengths(slot, words).into_iter().find_map(|length| {
            let (left, mut slots) = matched(&words[length..], rest, whole)?;
            slots.insert(0, (slot, &words[..length]));
            Some((left, slots))
        })
    } else {
        let first = words.first().filter(|word| one_of(word, part.trim_end_matches(['?', '*'])));
        first.and_then(|_| matched(&words[1..], if repeats { parts } else { rest }, whole))
    };
    taken.or_else(|| if part.ends_with('?') { skipped() } else { None })
}

/// How many words a slot may take, best first.
fn lengths(slot: &str, words: &[Word]) -> Vec<usize> {
    let one = |fits: bool| Vec::from_iter(fits.then_some(1));
    match (slot, words) {
        (_, []) => Vec::new(),
        ("when", _) => Vec::from_iter(dates::length(words)),
        // A date that can be nothing else, even in the middle; "at 3 options" names no time.
        ("on", [first, rest @ ..]) => {
            let plain = one_of(first, "on|by|at|today|tomorrow|tonight");
            let bare = rest.first().is_some_and(|word| word.plain.parse::<u32>().is_ok());
            let ends = |length: usize| words[length - 1].raw.ends_with([':', ',']);
            let fits = |length: &usize| (plain && !(bare && *length == 2)) || ends(*length);
            Vec::from_iter(dates::length(words).filter(fits))
        }
        ("period", _) => Vec::from_iter(after(words, "this|next week|month").map(|_| 2)),
        ("who", _) => Vec::from_iter(
            Some(words.len()).filter(|_| !words.iter().any(|word| one_of(word, "to"))),
        ),
        ("it", [first, ..]) => one(one_of(first, "it|that")),
        ("overdue", [first, ..]) => one(one_of(first, "overdue|late")),
        ("name", [first, ..]) => one(first.raw.starts_with(char::is_uppercase)),
        _ => {
            // What stands in quotes stays together.
            let marks = |word: &Word| word.raw.matches(['"', '“', '”', '„']).count();
            let open = words.iter().scan(0, |sum, word| Some((*sum += marks(word), *sum % 2).1));
            let ends =
                (1..).zip(open).filter(|(length, open)| *open == 0 || *length == words.len());
            ends.map(|(length, _)| length).collect()
        }
    }
}
