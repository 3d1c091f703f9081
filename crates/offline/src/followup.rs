//! Answers to a question that the model asked, and changes to a call that was denied.

use jiff::ZonedDateTime;
use jiff::civil::Date;
use serde_json::{Value, json};

use crate::dates::{self, Due};
use crate::phrases::{COURTESY, capitalised, draft};
use crate::target;
use crate::task::{Change, Draft, Open, Request, Target, Task};
use crate::words::{Word, after, after_any, before, is, trimmed};

/// Reads a text as the answer to an open question, or nothing if it is none.
pub(crate) fn resume(open: &Open, words: &[Word<'_>], now: &ZonedDateTime) -> Option<Vec<Request>> {
    let words = before(words, COURTESY).unwrap_or(words);
    let again = |question: String| Request::Ask(question, Some(open.clone()));
    let request = match open {
        Open::Title(before) => draft(before.clone(), words, now),
        Open::Date(draft) => date(words, None, now)?
            .map_or_else(again, |due| Request::Create(Draft { due: Some(due), ..draft.clone() })),
        Open::MoveDate(target) => date(words, None, now)?
            .map_or_else(again, |due| Request::Change(target.clone(), Change::Move(due))),
        Open::Redo(name, input) => amend(name, input, words, now)?
            .map_or_else(again, |input| Request::Call(name.clone(), input)),
        Open::Which(change, tasks) => {
            let chosen = pick(tasks, words);
            if chosen.is_empty() {
                again("Which of these tasks do you mean? Say its number, for example “the second one”.".to_owned())
            } else {
                let change = |task| Request::Change(Target::Known(task), change.clone());
                return Some(chosen.into_iter().map(change).collect());
            }
        }
    };
    Some(vec![request])
}

/// A text that is a date and nothing else, apart from politeness. A time alone is one of the day
/// that is known already.
fn date(
    words: &[Word<'_>],
    known: Option<Date>,
    now: &ZonedDateTime,
) -> Option<dates::Reading<Due>> {
    let opening = "then|rather|better|please|ok|yes|no|sorry|i mean|meant? to?";
    let words = after(words, opening).unwrap_or(words);
    let words = before(words, "instead|please|rather|then please?").unwrap_or(words);
    let (length, due) = dates::phrase(words, now).filter(|(length, _)| *length == words.len())?;
    if !dates::lacks_day(words, now) {
        return Some(due);
    }
    let Some(day) = known.map(|day| day.to_string()) else {
        return Some(Err(dates::WHICH_DAY.to_owned()));
    };
    let dated = [&words[..length], &crate::words::words(&day)].concat();
    dates::phrase(&dated, now).map(|(_, due)| due)
}

/// The tasks that words choose: one of them, or all.
fn pick(tasks: &[Task], words: &[Word<'_>]) -> Vec<Task> {
    if is(words, "both|all of? them|these|those?") {
        return tasks.to_vec();
    }
    let mut chosen: Vec<Task> = match target::read(words) {
        Some(Target::Nth(place)) => nth(tasks, place).cloned().into_iter().collect(),
        Some(Target::Words(phrase)) => {
            let fits = |task: &&Task| task.title.to_lowercase().contains(&phrase.to_lowercase());
            tasks.iter().filter(fits).cloned().collect()
        }
        Some(Target::It | Target::Known(_)) | None => Vec::new(),
    };
    if chosen.len() > 1 {
        chosen.clear();
    }
    chosen
}

/// A task by its place; the last if none is given.
pub(crate) fn nth(tasks: &[Task], place: Option<usize>) -> Option<&Task> {
    place.map_or(tasks.last(), |place| tasks.get(place))
}

/// The arguments of a call as a reason such as "make it Monday instead" changes them, a question if
/// its date is none, or nothing if it says nothing about them.
pub(crate) fn amend(
    name: &str,
    input: &Value,
    words: &[Word<'_>],
    now: &ZonedDateTime,
) -> Option<Result<Value, String>> {
    let mut arguments =
        input.as_object().filter(|_| matches!(name, "create_task" | "update_task"))?.clone();
    let words = after(words, "no|yes|ok|please|rather|better").unwrap_or(words);
    let words = before(words, "instead|please|rather please?").unwrap_or(words);
    let title = after_any(
        words,
        &["call|name|rename it|that|this to?", "the? title should be", "change the? title to"],
    );
    if let Some(title) = title.map(trimmed).filter(|title| !title.is_empty()) {
        arguments.insert("title".to_owned(), json!(capitalised(&title)));
        return Some(Ok(Value::Object(arguments)));
    }
    if let Some(name) =
        after(words, "assign|give it|that to").map(trimmed).filter(|name| !name.is_empty())
    {
        arguments.insert("assignee".to_owned(), json!(name));
        return Some(Ok(Value::Object(arguments)));
    }
    let opening = "make|move|change|set|use|i|it|do mean|meant|should|is? it|that|this|be|the? due? date? due? to|for?";
    let known = Due::of(input).map(|due| due.day(now));
    let due = date(words, known, now).or_else(|| date(after(words, opening)?, known, now))?;
    Some(due.map(|due| {
        due.put(&mut arguments);
        Value::Object(arguments)
    }))
}
