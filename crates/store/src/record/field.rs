//! What may stand in a field, whoever writes it: a person over HTTP, or a model through a tool.

use jiff::Timestamp;
use serde::{Deserialize, Deserializer};

use crate::Ts;
use crate::time::rfc3339;

/// The beginning of the year 1000: an earlier one is a slip, and pages write years in four digits.
const FIRST: Timestamp = Timestamp::constant(-30_610_224_000, 0);
/// The source of what was made here.
pub const LOCAL: &str = "local";
const MAX_TITLE: usize = 500;
const MAX_NOTES: usize = 20_000;

/// One wrong field: its name, and what would be right.
pub type FieldError = (&'static str, String);

/// What was written, or everything that is wrong with it.
pub type Checked<T> = Result<T, Vec<FieldError>>;

/// Reads a field that may be `null` as `Some(None)`, so that it differs from an absent one.
pub fn present<'de, D: Deserializer<'de>>(value: D) -> Result<Option<Option<String>>, D::Error> {
    Option::deserialize(value).map(Some)
}

/// Refuses a new thing that lacks what it needs.
pub(crate) fn needed(
    fields: impl IntoIterator<Item = (&'static str, bool, &'static str)>,
) -> Vec<FieldError> {
    let missing = fields.into_iter().filter(|(_, is_there, _)| !is_there);
    missing.map(|(field, _, problem)| (field, problem.to_owned())).collect()
}

/// A title, trimmed.
pub(crate) fn title(title: Option<String>, problems: &mut Vec<FieldError>) -> Option<String> {
    let title = title.map(|title| title.trim().to_owned());
    if title.as_ref().is_some_and(|title| !(1..=MAX_TITLE).contains(&title.chars().count())) {
        problems.push(("title", format!("1 to {MAX_TITLE} characters")));
    }
    title
}

/// Notes, of which blanks are a part.
pub(crate) fn notes(notes: Option<String>, problems: &mut Vec<FieldError>) -> Option<String> {
    limit("notes", notes.as_deref(), MAX_NOTES, problems);
    notes
}

/// A line that may be cleared; a blank one is none.
pub(crate) fn line(
    field: &'static str,
    text: Option<Option<String>>,
    most: usize,
    problems: &mut Vec<FieldError>,
) -> Option<Option<String>> {
    let text = text.map(|text| text.filter(|text| !text.trim().is_empty()));
    limit(field, text.as_ref().and_then(Option::as_deref), most, problems);
    text
}

/// A moment as RFC 3339, as the databases keep it.
pub(crate) fn moment(field: &'static str, at: &str, problems: &mut Vec<FieldError>) -> Option<Ts> {
    if let Some(moment) = rfc3339(at)
        && moment >= FIRST
    {
        return Some(Ts::from(moment).storable());
    }
    let problem =
        "a moment as RFC 3339 with its offset, from the year 1000 on, such as 2026-12-03T14:00:00Z";
    problems.push((field, problem.to_owned()));
    None
}

/// From when on, and before when; open where nothing is said.
pub type Period = (Option<Ts>, Option<Ts>);

/// Reads a period. Each end is a day in a time zone or a moment as RFC 3339; the same day twice is
/// that whole day.
pub fn period(from: Option<&str>, to: Option<&str>, timezone: &str) -> Checked<Period> {
    let mut problems = Vec::new();
    let mut end = |field, text: Option<&str>| {
        let end = text.map(|text| Ts::day_or_moment(text, timezone));
        if end == Some(None) {
            let problem = "a day as YYYY-MM-DD, or a moment as RFC 3339, one that exists";
            problems.push((field, problem.to_owned()));
        }
        end.flatten()
    };
    let (begins, ends) = (end("from", from), end("to", to));
    if !problems.is_empty() {
        return Err(problems);
    }
    let whole_day = from.filter(|_| from == to).and_then(|day| Ts::end_of_day(day, timezone));
    Ok((begins, whole_day.or(ends)))
}

/// Refuses a period that ends before it begins.
pub fn in_order((from, to): Period) -> Checked<Period> {
    if from.zip(to).is_some_and(|(from, to)| to < from) {
        return Err(vec![("to", "a time that is not before `from`".to_owned())]);
    }
    Ok((from, to))
}

fn limit(field: &'static str, text: Option<&str>, most: usize, problems: &mut Vec<FieldError>) {
    if text.is_some_and(|text| text.chars().count() > most) {
        problems.push((field, format!("at most {most} characters")));
    }
}
