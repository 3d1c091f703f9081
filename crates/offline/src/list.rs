//! Questions about the list: "what is due this week?", "show my finished tasks".

use jiff::civil::Weekday;
use jiff::{Span, ZonedDateTime};

use crate::answer::day_words;
use crate::dates;
use crate::task::{Filter, Request, Window};
use crate::words::{Word, after, is, one_of, trimmed};

const STARTERS: &str = "what|what's|whats|which|show|list|display|see|give|tell|do|have|are|is|any|anything|how|my|all|open|overdue|finished|completed|find|search|look|tasks|todos";
const NOUNS: &str = "task|tasks|todo|todos|to-do|to-dos|list|reminder|reminders|due|overdue|late|done|finished|completed|plate|open|left|pending|do|everything";
const OTHERS: &str = "me|my|the|a|an|all|any|of|on|in|to|by|i|we|us|our|have|has|is|are|was|there|what|what's|whats|which|show|display|see|give|tell|still|outstanding|anything|how|many|look|find|search|up|now|things|thing|items|item|need|should|got|yet|already|so|far";

/// Reads a question about the list. Each of its words must be known, so that no other question is
/// taken for one.
pub(crate) fn read(words: &[Word<'_>], now: &ZonedDateTime) -> Option<Request> {
    let first = words.first().filter(|word| one_of(word, STARTERS))?;
    let (words, q) = searched(words, one_of(first, "find|search|look"));
    let (rest, window) = match window(words, now) {
        Some((rest, Ok(window))) => (rest, Some(window)),
        Some((_, Err(question))) => return Some(Request::Ask(question, None)),
        None => (words.to_vec(), None),
    };
    let says = |alternatives: &str| rest.iter().any(|word| one_of(word, alternatives));
    let known = |word: &Word<'_>| one_of(word, NOUNS) || one_of(word, OTHERS);
    let single = rest.len() == 1 && !is(&rest, "tasks|todos|overdue|list");
    let about_tasks = says(NOUNS) || window.is_some();
    if !about_tasks || !rest.iter().all(known) || (single && window.is_none() && q.is_none()) {
        return None;
    }
    let overdue = says("overdue|late");
    let status = if says("done|finished|completed") {
        Some("done")
    } else if says("all|everything") && window.is_none() {
        None
    } else {
        Some("open")
    };
    if status == Some("done") && window.is_some() {
        let text = "I cannot tell when a task was finished. Shall I list all finished tasks? Then ask: what have I finished?";
        return Some(Request::Ask(text.to_owned(), None));
    }
    let window = if overdue { Some(Window::Overdue) } else { window };
    Some(Request::List(Filter { status, q, window }))
}

/// Cuts off the words that are looked for: "… about the offer".
fn searched<'w, 't>(words: &'w [Word<'t>], search: bool) -> (&'w [Word<'t>], Option<String>) {
    let marks = "about|mentioning|containing|called|named|regarding|matching";
    let is_mark = |word: &Word<'_>| one_of(word, marks) || (search && one_of(word, "for|with"));
    // "search for tasks about X": the first mark may only introduce the noun.
    let mark = words.iter().rposition(is_mark).filter(|at| {
        words[..*at]
            .iter()
            .any(|word| one_of(word, "task|tasks|todo|todos|reminder|reminders|anything"))
    });
    match mark {
        Some(at) => {
            let rest = after(&words[at + 1..], "the|a|an|my").unwrap_or(&words[at + 1..]);
            (&words[..at], Some(trimmed(rest)).filter(|q| !q.is_empty()))
        }
        None => (words, None),
    }
}

/// The rest of a question, and the days it asks about.
type Windowed<'t> = (Vec<Word<'t>>, Result<Window, String>);

fn window<'t>(words: &[Word<'t>], now: &ZonedDateTime) -> Option<Windowed<'t>> {
    let today = now.date();
    let days = |count: i64| Span::new().days(count);
    let sunday = dates::next(today.saturating_sub(days(1)), Weekday::Sunday);
    let monday = sunday.saturating_sub(days(6));
    let following = today.last_of_month().saturating_add(days(1));
    let ranges = [
        ("this week", monday, sunday),
        ("next week", monday.saturating_add(days(7)), sunday.saturating_add(days(7))),
        ("this month", today.first_of_month(), today.last_of_month()),
        ("next month", following, following.last_of_month()),
    ];
    for at in 0..words.len() {
        for (name, from, to) in &ranges {
            if let Some(rest) = after(&words[at..], name) {
                let rest = words[..at].iter().chain(rest).cloned().collect();
                return Some((rest, Ok(Window::Days(Some(*from), *to, (*name).to_owned()))));
            }
        }
    }
    for at in 0..words.len() {
        if let Some((length, due)) = dates::phrase(&words[at..], now) {
            let rest = words[..at].iter().chain(&words[at + length..]).cloned().collect();
            let until =
                words[at..at + length].iter().any(|word| one_of(word, "by|before|until|till"));
            let window = due.map(|due| {
                let day = due.day(now);
                let name = day_words(day, now);
                let until_name = format!("until {}", name.trim_start_matches("on "));
                let name = if until { until_name } else { name };
                Window::Days((!until).then_some(day), day, name)
            });
            return Some((rest, window));
        }
    }
    None
}
