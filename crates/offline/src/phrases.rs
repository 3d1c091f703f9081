//! The grammar of requests. A text is taken as a request only if it starts like one; everything
//! else is not understood, because a guess could change something.

use jiff::ZonedDateTime;

use crate::dates;
use crate::list;
use crate::target;
use crate::task::{Change, Draft, Open, Request};
use crate::words::{Word, after, after_any, before, one_of, trimmed};

const FILLERS: [&str; 5] = [
    "yes|yeah|no|ok|okay|sure|right|well|so|now|oh|actually|also|and|then|please|hey|hi|hello|smithers|thanks",
    "can|could|would|will you please? also?",
    "i'd|i want|need|would? like? you to",
    "i'd|let's like? to",
    "i want|would like? to",
];
/// Politeness at the end of a request.
pub(crate) const COURTESY: &str = "thanks|thank|please|cheers you?";
const CREATE: &str = "add|create|make|new|set|write me|up|down? a|an|another|one|two|three|some|the|these|2|3? new|following? task|tasks|todo|todos|to-do|to-dos|reminder|reminders";
const DUTIES: [&str; 3] = ["i|we need|have|got|ought to", "i|we must|should", "i've|we've got to"];
const OPENINGS: [&str; 3] = [
    CREATE,
    "remind me",
    "complete|finish|close|reopen|delete|remove|rename|move|postpone|assign|mark|tick the|my task|tasks|todo|todos|to-do|reminder",
];

/// Reads a text, or nothing if it is no request.
pub(crate) fn read(words: &[Word<'_>], now: &ZonedDateTime) -> Option<Vec<Request>> {
    let read: Option<Vec<Vec<Request>>> =
        clauses(words, now).into_iter().map(|clause| request(clause, now)).collect();
    read.map(|requests| requests.concat()).filter(|requests| !requests.is_empty())
}

/// Splits where a new request plainly begins; a bare "and" belongs to a title.
fn clauses<'w, 't>(words: &'w [Word<'t>], now: &ZonedDateTime) -> Vec<&'w [Word<'t>]> {
    let mut clauses = Vec::new();
    let mut start = 0;
    for at in 1..words.len() {
        let pause = words[at - 1].raw.ends_with(['.', ';', ',', '!', '?']);
        let boundary = pause || words[at].line_start || one_of(&words[at], "and|then");
        if boundary && opens(&words[at..], now) && !strip_fillers(&words[start..at]).is_empty() {
            clauses.push(&words[start..at]);
            start = at;
        }
    }
    clauses.push(&words[start..]);
    clauses
}

fn opens(words: &[Word<'_>], now: &ZonedDateTime) -> bool {
    let words = strip_fillers(words);
    after_any(words, &OPENINGS).is_some() || list::read(words, now).is_some()
}

fn strip_fillers<'w, 't>(mut words: &'w [Word<'t>]) -> &'w [Word<'t>] {
    while let Some(rest) = after_any(words, &FILLERS) {
        words = rest;
    }
    words
}

fn request(words: &[Word<'_>], now: &ZonedDateTime) -> Option<Vec<Request>> {
    let words = strip_fillers(words);
    let words = before(words, COURTESY).unwrap_or(words);
    let words = before(words, "and|then").unwrap_or(words);
    create(words, now)
        .or_else(|| put_on_list(words, now))
        .or_else(|| list::read(words, now).map(|request| vec![request]))
        .or_else(|| change(words, now))
        .or_else(|| duty(words, now))
}

fn create(words: &[Word<'_>], now: &ZonedDateTime) -> Option<Vec<Request>> {
    if let Some(rest) = after_any(words, &["remind me", "don't let me? forget"]) {
        return Some(drafts(rest, false, now));
    }
    let noun = |rest: &[Word<'_>]| words.len() - rest.len() - 1;
    let bare = after_any(words, &["task|tasks|todo|todos|to-do|reminder", "to do"])
        .filter(|rest| words[noun(rest)].raw.ends_with(':'));
    let rest = after(words, CREATE).or(bare)?;
    let plural = one_of(&words[noun(rest)], "tasks|todos|to-dos|reminders");
    Some(drafts(rest, plural, now))
}

/// "put milk on my list", also with a date after it.
fn put_on_list(words: &[Word<'_>], now: &ZonedDateTime) -> Option<Vec<Request>> {
    let rest = after(words, "put|add|write|place")?;
    let (dateless, tail) = rest.split_at(dates::tail(rest, now));
    let list = "on|to|onto|in my|the|our todo|to-do|task|tasks? list|tasks|todos|todo";
    let thing = before(dateless, list).or_else(|| before(dateless, "as a task|todo|reminder"))?;
    Some(drafts(&[thing, tail].concat(), false, now))
}

/// "I need to …": a task, unless a request follows.
fn duty(words: &[Word<'_>], now: &ZonedDateTime) -> Option<Vec<Request>> {
    let rest = after_any(words, &DUTIES)?;
    if rest.first().is_none_or(|word| one_of(word, "know|see|understand|ask|find|hear")) {
        return None;
    }
    let other = create(rest, now).or_else(|| put_on_list(rest, now));
    let other = other.or_else(|| change(rest, now).filter(|_| opens(rest, now)));
    Some(other.unwrap_or_else(|| drafts(rest, false, now)))
}

/// Several tasks in one request: "… to X and to Y"; with a plural noun also "X, Y and Z".
fn drafts(words: &[Word<'_>], plural: bool, now: &ZonedDateTime) -> Vec<Request> {
    let cuts = |cut: &dyn Fn(&[Word<'_>], &Word<'_>) -> bool| -> Vec<usize> {
        (1..words.len()).filter(|at| cut(&words[*at..], &words[at - 1])).collect()
    };
    let mut ends = cuts(&|rest, previous| {
        after(rest, "and to").is_some() || (previous.raw.ends_with(',') && one_of(&rest[0], "to"))
    });
    if ends.is_empty() && plural {
        ends = cuts(&|rest, previous| {
            let pause = previous.raw.ends_with([',', ';']);
            pause || rest[0].line_start || one_of(&rest[0], "and")
        });
    }
    ends.push(words.len());
    let mut start = 0;
    let mut requests = Vec::new();
    for end in ends {
        let piece = after(&words[start..end], "and").unwrap_or(&words[start..end]);
        requests.push(draft(Draft::default(), piece, now));
        start = end;
    }
    requests
}

/// Completes a task by what words say about it.
pub(crate) fn draft(mut draft: Draft, words: &[Word<'_>], now: &ZonedDateTime) -> Request {
    let line_end = words.iter().skip(1).position(|word| word.line_start);
    let (line, notes) = words.split_at(line_end.map_or(words.len(), |at| at + 1));
    draft.notes = Some(trimmed(notes)).filter(|notes| !notes.is_empty());
    let line = after(line, "for me|us").unwrap_or(line);
    let mut words = line.to_vec();
    if let [first, name, to, ..] = line
        && one_of(first, "for")
        && name.raw.starts_with(char::is_uppercase)
        && one_of(to, "to")
        && dates::phrase(line, now).is_none()
    {
        draft.assignee = Some(trimmed(&line[1..2]));
        words.drain(..2);
    }
    if let Some((length, _)) = dates::phrase(&words, now)
        && (words[length - 1].raw.ends_with([':', ','])
            || one_of(&words[0], "for|on|at|in|by|due")
            || words.get(length).is_none_or(|word| one_of(word, "to|about|that")))
    {
        // "tomorrow to call Anna at 3 pm" is "call Anna at 3 pm tomorrow".
        words.rotate_left(length);
    }
    let connective = "to|called|named|titled|saying|that|about|for|of";
    let (title, due) = dates::split(after(&words, connective).unwrap_or(&words), now);
    draft.title = capitalised(&trimmed(&title));
    match due {
        Some(Ok(due)) => draft.due = Some(due),
        Some(Err(question)) => return Request::Ask(question, Some(Open::Date(draft))),
        None => {}
    }
    if draft.title.is_empty() {
        let question = "What should the task be called?".to_owned();
        return Request::Ask(question, Some(Open::Title(draft)));
    }
    Request::Create(draft)
}

pub(crate) fn capitalised(title: &str) -> String {
    let mut letters = title.chars();
    letters.next().map_or(String::new(), |first| first.to_uppercase().chain(letters).collect())
}

/// Prefix, suffix, and what they ask for; the first row that fits counts.
const CHANGES: [(&str, &str, Change); 12] = [
    ("mark|set", "as? not done|finished|completed", Change::Reopen),
    ("mark|set", "as|to done|complete|completed|finished", Change::Complete),
    ("mark", "done|complete|completed|finished", Change::Complete),
    ("mark|set", "as|to? open|undone|unfinished", Change::Reopen),
    ("tick|check|cross", "off", Change::Complete),
    ("tick|check|cross off", "", Change::Complete),
    ("complete|finish|close", "", Change::Complete),
    ("i|we|i've|we've have? finished|completed|did|done", "", Change::Complete),
    ("i? i'm|am? done with", "", Change::Complete),
    ("reopen|uncheck", "", Change::Reopen),
    ("delete|remove|erase|drop|scrap", "", Change::Delete),
    ("get rid of", "", Change::Delete),
];

fn change(words: &[Word<'_>], now: &ZonedDateTime) -> Option<Vec<Request>> {
    let named = CHANGES.iter().find_map(|(prefix, suffix, change)| {
        let rest = after(words, prefix)?;
        let rest = if suffix.is_empty() { rest } else { before(rest, suffix)? };
        Some((rest, change))
    });
    let done = "is|are now|already? done|finished|completed";
    let said = || Some((before(words, done).filter(|rest| !rest.is_empty())?, &Change::Complete));
    match named.or_else(said) {
        Some((rest, change)) => Some(changes(rest, change)),
        None => rename(words)
            .or_else(|| shift(words, now))
            .or_else(|| assign(words))
            .map(|one| vec![one]),
    }
}

fn changes(words: &[Word<'_>], change: &Change) -> Vec<Request> {
    if after(words, "all|every|everything").is_some() {
        return vec![ask("I change tasks only by name. Which ones do you mean?")];
    }
    let several = after(words, "the|my? tasks|todos|reminders").filter(|rest| !rest.is_empty());
    let Some(several) = several else {
        return vec![changed(words, change.clone())];
    };
    let parts = several.split_inclusive(|word| word.raw.ends_with(','));
    let parts = parts.flat_map(|part| part.split(|word| one_of(word, "and")));
    parts.filter(|part| !part.is_empty()).map(|part| changed(part, change.clone())).collect()
}

fn ask(question: &str) -> Request {
    Request::Ask(question.to_owned(), None)
}

fn changed(target: &[Word<'_>], change: Change) -> Request {
    target::read(target)
        .map_or_else(|| ask("Which task do you mean?"), |target| Request::Change(target, change))
}

fn rename(words: &[Word<'_>]) -> Option<Request> {
    let rest = after_any(words, &["rename|retitle", "change|set the? title|name of"])?;
    // A "to" inside quotes belongs to the old title.
    let mut quotes = 0;
    let to = rest.iter().position(|word| {
        quotes += word.raw.matches(['"', '“', '”', '„']).count();
        quotes % 2 == 0 && one_of(word, "to|into|as")
    });
    let (old, new) = rest.split_at(to.unwrap_or(rest.len()));
    let title = capitalised(&trimmed(new.get(1..).unwrap_or_default()));
    if title.is_empty() {
        return Some(ask("What should it be called? Say: rename … to …"));
    }
    Some(changed(old, Change::Rename(title)))
}

fn shift(words: &[Word<'_>], now: &ZonedDateTime) -> Option<Request> {
    let patterns = [
        "change|set|move the? due date of|for",
        "change|set|move the? deadline of|for",
        "move|postpone|reschedule|push|shift|delay|defer",
    ];
    let made = || after(words, "make").filter(|rest| after(rest, "it|that").is_some());
    let rest = after_any(words, &patterns).or_else(made)?;
    let (named, tail) = rest.split_at(dates::tail(rest, now));
    let named = before(named, "back? to|until").unwrap_or(named);
    let question = match dates::phrase(tail, now) {
        Some((_, Ok(_))) if dates::lacks_day(tail, now) => dates::WHICH_DAY.to_owned(),
        Some((_, Ok(due))) => return Some(changed(named, Change::Move(due))),
        Some((_, Err(question))) => question,
        None => "To which date? For example: to Monday".to_owned(),
    };
    Some(Request::Ask(question, target::read(named).map(Open::MoveDate)))
}

fn assign(words: &[Word<'_>]) -> Option<Request> {
    let rest = after(words, "assign|reassign|delegate")?;
    let to = rest.iter().rposition(|word| one_of(word, "to"));
    let (named, person) = rest.split_at(to.unwrap_or(rest.len()));
    let person = trimmed(person.get(1..).unwrap_or_default());
    if person.is_empty() {
        return Some(ask("To whom? Say: assign … to …"));
    }
    Some(changed(named, Change::Assign(person)))
}
