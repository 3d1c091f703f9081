//! From the person's words to requests, by the tables of the grammar.

use jiff::ZonedDateTime;
use jiff::civil::Date;
use serde_json::{Map, Value, json};

use crate::answer::day_words;
use crate::dates;
use crate::grammar::{
    AMENDMENTS, DATE_FIRST, DESCRIPTIONS, DUTIES, FILLERS, OPENINGS, QUESTIONS, REQUESTS, TARGETS,
};
use crate::words::{Slots, Word, after, is, one_of, read, text, without_end};

/// One thing the person asks for: a call, and how to find what it is about.
#[derive(Clone, Debug, Default)]
pub(crate) struct Request {
    /// The tool.
    pub(crate) tool: String,
    /// Its arguments, as far as they are known.
    pub(crate) input: Map<String, Value>,
    /// The item whose id belongs into the arguments.
    pub(crate) target: Option<Target>,
    /// The state that item must be in.
    pub(crate) find: Option<&'static str>,
    /// The stretch of due dates a list is narrowed to, in words, and its first day if it has one.
    pub(crate) window: Option<(String, Option<Date>)>,
}

/// Which item is meant.
#[derive(Clone, Debug)]
pub(crate) enum Target {
    /// The one these words find, or the one at that place of the list shown last.
    Words(String),
    /// The one spoken of.
    It,
    /// This one.
    Known(Value),
}

/// A question to the person, the request that the answer completes, and the slot that the answer
/// is for; an empty one if anything about the request may change.
#[derive(Clone, Debug)]
pub(crate) struct Ask {
    pub(crate) text: String,
    pub(crate) request: Request,
    pub(crate) slot: &'static str,
}

type Asked = Result<Request, Box<Ask>>;

/// Reads a text, or nothing if it is no request. A new one begins where it plainly does; a bare
/// "and" belongs to a title.
pub(crate) fn parse(words: &[Word], now: &ZonedDateTime) -> Option<Vec<Asked>> {
    let clauses = split(words, |before, rest| {
        let pause = before.ends_with(['.', ';', ',', '!', '?']) || rest[0].line_start;
        (pause || one_of(&rest[0], "and|then")) && opens(rest)
    });
    let clauses = clauses.into_iter().filter(|clause| !bare(clause).is_empty());
    let read: Option<Vec<_>> = clauses.map(|clause| request(clause, now)).collect();
    read.map(|requests| requests.into_iter().flatten().collect::<Vec<_>>())
        .filter(|requests| !requests.is_empty())
}

fn opens(words: &[Word]) -> bool {
    let words = bare(words);
    OPENINGS.iter().any(|opening| after(words, opening).is_some()) || row(words, "list_").is_some()
}

/// A clause without what is only said around a request.
fn bare(mut words: &[Word]) -> &[Word] {
    while let Some(rest) = FILLERS.iter().find_map(|filler| after(words, filler)) {
        words = rest;
    }
    words
}

fn row<'w>(words: &'w [Word], tools: &str) -> Option<(Slots<'w>, &'static str)> {
    let mut rows = REQUESTS.iter().filter(|(_, action)| action.starts_with(tools));
    rows.find_map(|(pattern, action)| Some((read(words, &[pattern])?, *action)))
}

fn request(words: &[Word], now: &ZonedDateTime) -> Option<Vec<Asked>> {
    let words = without_end(without_end(bare(words), "@polite @polite*"), "and|then");
    // "I have to …" is a task unless a request follows.
    let inner = DUTIES.iter().find_map(|duty| after(words, duty)).filter(|inner| opens(inner));
    let (slots, action) =
        row(inner.unwrap_or(words), "").filter(|(_, action)| !action.is_empty())?;
    let mut parts = action.split(' ');
    let tool = parts.next().unwrap_or_default().to_owned();
    let (mut request, mut needs) = (Request { tool, ..Request::default() }, None);
    for (key, value) in parts.filter_map(|part| part.split_once('=')) {
        match key {
            "find" => request.find = Some(value),
            "needs" => needs = QUESTIONS.iter().find(|(slot, _)| *slot == value),
            _ => request.set(key, value.to_owned()),
        }
    }
    let first = slots.first().map_or(&[][..], |(_, words)| words);
    if request.tool.starts_with("create_") {
        let words = slots.iter().map(|(_, words)| *words).collect::<Vec<_>>().concat();
        let plural = slots.iter().any(|(slot, _)| *slot == "drafts");
        let parts = several(&words, plural).into_iter();
        return Some(parts.map(|part| draft(request.clone(), part, now)).collect());
    }
    let listed = after(first, "the|my? @tasks").filter(|rest| !rest.is_empty());
    let firsts = listed.map_or(vec![first], |listed| several(listed, true)).into_iter();
    let filled = firsts.map(|first| {
        let firsts = slots.iter().take(1).map(|(slot, _)| (*slot, first));
        let mut slots = firsts.chain(slots.iter().skip(1).copied());
        let filled = slots.try_fold(request.clone(), |request, (slot, words)| {
            request.filled(slot, words, None, now)
        })?;
        needs.map_or(Ok(filled.clone()), |(slot, text)| Err(filled.asks(*text, slot)))
    });
    Some(filled.collect())
}

/// Several things in one request: "… to X and to Y", in a `list` also "X, Y and Z".
fn several(words: &[Word], list: bool) -> Vec<&[Word]> {
    let parts = split(words, |before, rest| {
        let pause = before.ends_with([',', ';']);
        let listed = list && (pause || rest[0].line_start || one_of(&rest[0], "and"));
        listed || after(rest, "and to").is_some() || (pause && one_of(&rest[0], "to"))
    });
    parts.into_iter().map(|part| after(part, "and").unwrap_or(part)).collect()
}

/// Splits before words that `begin` something; it is told the word before them, too.
fn split(words: &[Word], begin: impl Fn(&str, &[Word]) -> bool) -> Vec<&[Word]> {
    let starts = (1..words.len()).filter(|at| begin(&words[at - 1].raw, &words[*at..]));
    let bounds: Vec<usize> = [0].into_iter().chain(starts).chain([words.len()]).collect();
    bounds.windows(2).map(|bounds| &words[bounds[0]..bounds[1]]).collect()
}

/// Completes a new item by what words say about it.
fn draft(mut request: Request, words: &[Word], now: &ZonedDateTime) -> Asked {
    let line_end = words.iter().skip(1).position(|word| word.line_start);
    let (line, notes) = words.split_at(line_end.map_or(words.len(), |at| at + 1));
    if !text(notes).is_empty() {
        request.set("notes", text(notes));
    }
    let mut line = after(line, "for me|us").unwrap_or(line);
    if let Some([(_, name), (_, rest)]) = read(line, &["for <name> to <title>"]).as_deref()
        && dates::length(line).is_none()
    {
        request.set("assignee", text(name));
        line = rest;
    }
    // "tomorrow to call Anna at 3 pm" is "call Anna at 3 pm tomorrow".
    let turned = match read(line, &DATE_FIRST).as_deref() {
        Some([(_, date), (_, rest)]) => [*rest, *date].concat(),
        _ => line.to_vec(),
    };
    let line = after(&turned, "to|@called|saying|that|about|for|of").unwrap_or(&turned);
    let slots = read(line, &DESCRIPTIONS).unwrap_or_default();
    let (titles, dates): (Slots<'_>, _) = slots.iter().partition(|(slot, _)| *slot == "title");
    let title = titles.iter().map(|(_, words)| *words).collect::<Vec<_>>().concat();
    if !title.is_empty() {
        request = request.filled("title", &title, None, now)?;
    }
    if let Some((_, date)) = dates.first() {
        request = request.filled("when", date, Some(now.date()), now)?;
    }
    request.complete()
}

/// Reads a text as the answer to an open question, or nothing if it is none.
pub(crate) fn resume(
    open: &Ask,
    words: &[Word],
    items: &[Value],
    now: &ZonedDateTime,
) -> Option<Vec<Asked>> {
    let request = open.request.clone();
    let known =
        |item: &Value| Ok(Request { target: Some(Target::Known(item.clone())), ..request.clone() });
    let words = without_end(words, "@polite @polite*");
    Some(match open.slot {
        "" | "when" => vec![amend(&request, open.slot, words, now)?.and_then(Request::complete)],
        "title" if request.tool.starts_with("create_") => vec![draft(request, words, now)],
        // Without a list to choose from, only a new request helps.
        "task" if items.is_empty() || request.target.is_none() => return None,
        "task" if is(words, "both|all of? them|these|those?") => items.iter().map(known).collect(),
        "task" => {
            let chosen = match target(words) {
                Ok(Target::Words(phrase)) => {
                    place(&phrase, items).unwrap_or_else(|| titled(&phrase, items))
                }
                _ => None,
            };
            let text = "Which of these do you mean? Say its number, for example “the second one”.";
            vec![chosen.map_or_else(|| Err(request.asks(text, "task")), known)]
        }
        slot => vec![request.filled(slot, words, None, now)],
    })
}

/// The item of this title, or the only one whose title has these words.
pub(crate) fn titled<'i>(phrase: &str, items: &'i [Value]) -> Option<&'i Value> {
    let title = |item: &Value| item["title"].as_str().unwrap_or_default().to_lowercase();
    let phrase = phrase.to_lowercase();
    let only = |fits: &dyn Fn(&str) -> bool| {
        let mut fitting = items.iter().filter(|item| fits(&title(item)));
        fitting.next().filter(|_| fitting.next().is_none())
    };
    only(&|title| title == phrase).or_else(|| only(&|title| title.contains(&phrase)))
}

/// The item, if there is one, at the place that a word names, if it names one.
pub(crate) fn place<'i>(word: &str, items: &'i [Value]) -> Option<Option<&'i Value>> {
    const ORDINALS: &str = "first second third fourth fifth sixth seventh eighth ninth tenth";
    let number = dates::cardinal(word).parse::<usize>().ok();
    let named = || ORDINALS.split(' ').position(|name| name == word).map(|at| at + 1);
    let last = || (word == "last").then_some(items.len());
    let place = number.or_else(named).or_else(last)?;
    Some(place.checked_sub(1).and_then(|at| items.get(at)))
}

fn target(words: &[Word]) -> Result<Target, String> {
    if after(words, "all|every|everything").is_some() {
        return Err("I change tasks only by name. Which ones do you mean?".to_owned());
    }
    if is(words, "it|that|this|them") || is(words, "the|that|this @task|one") {
        return Ok(Target::It);
    }
    let named = read(words, &TARGETS).map(|slots| text(slots[0].1));
    let named = named.filter(|phrase| !phrase.is_empty());
    named.map(Target::Words).ok_or("Which task do you mean?".to_owned())
}

/// The request as a reason such as "make it Monday instead" changes it, or nothing if it says
/// nothing about the request.
pub(crate) fn amend(
    request: &Request,
    slot: &'static str,
    words: &[Word],
    now: &ZonedDateTime,
) -> Option<Asked> {
    let words = without_end(words, "@polite @polite*");
    let slots = read(words, &AMENDMENTS).filter(|slots| slots[0].0.contains(slot))?;
    let changes = request.tool.starts_with("create_") || request.tool.starts_with("update_");
    let known = dates::of(&json!(request.input), now).map(|(day, _)| day);
    let request = changes.then(|| request.clone())?;
    let filled = request.filled(slots[0].0, slots[0].1, known, now);
    Some(filled.map_err(|ask| Box::new(Ask { slot, ..*ask })))
}

impl Request {
    fn set(&mut self, key: &str, value: String) {
        self.input.insert(key.to_owned(), Value::String(value));
    }

    /// A question about a slot of this request.
    pub(crate) fn asks(&self, text: impl Into<String>, slot: &'static str) -> Box<Ask> {
        Box::new(Ask { text: text.into(), request: self.clone(), slot })
    }

    /// Itself, if nothing that it must have is missing.
    fn complete(self) -> Asked {
        if self.tool.starts_with("create_") && !self.input.contains_key("title") {
            return Err(self.asks(QUESTIONS[0].1, QUESTIONS[0].0));
        }
        Ok(self)
    }

    /// Itself with what the words of a slot say. A time alone is one of the `known` day.
    fn filled(
        mut self,
        slot: &'static str,
        words: &[Word],
        known: Option<Date>,
        now: &ZonedDateTime,
    ) -> Asked {
        let due = |known| dates::due(words, known, now).map_err(|text| self.asks(text, slot));
        match slot {
            "title" => {
                let title = text(words);
                let mut letters = title.chars();
                let first = letters.next().ok_or_else(|| self.asks(QUESTIONS[0].1, slot))?;
                self.set("title", first.to_uppercase().chain(letters).collect());
            }
            "who" => self.set("assignee", text(words)),
            "q" => self.set("q", text(words)),
            "task" | "it" => {
                self.target = Some(target(words).map_err(|text| self.asks(text, "task"))?);
            }
            "overdue" => self.narrow("overdue".to_owned(), None, now.date()),
            "period" => {
                let [this, unit] = [0, 1].map(|at| words[at].plain.as_str());
                let days = dates::period(unit, this == "next", now.date());
                let (first, last) = days.unwrap_or((now.date(), now.date()));
                self.narrow(format!("due {this} {unit}"), Some(first), last);
            }
            "when" if self.tool.starts_with("list_") => {
                let (day, _) = due(Some(now.date()))?;
                let name = day_words(day, now);
                if after(words, "due? by|before|until|till").is_some() {
                    self.narrow(format!("due until {}", name.trim_start_matches("on ")), None, day);
                } else {
                    self.narrow(format!("due {name}"), Some(day), day);
                }
            }
            "when" => dates::put(due(known)?, &mut self.input, now),
            _ => {}
        }
        Ok(self)
    }

    fn narrow(&mut self, name: String, from: Option<Date>, last: Date) {
        self.set("dueBefore", dates::plus(last, 1).to_string());
        self.window = Some((name, from));
    }

    /// The arguments of the call, about this item if it needs one.
    pub(crate) fn arguments(&self, item: Option<&Value>, now: &ZonedDateTime) -> Value {
        let mut arguments = self.input.clone();
        if let Some(item) = item {
            arguments.insert("id".to_owned(), item["id"].clone());
            // What has a time and moves to another day keeps its time.
            let due = dates::of(&json!(self.input), now);
            let time = dates::of(item, now).and_then(|(_, time)| time);
            if let (Some((day, None)), Some(time)) = (due, time) {
                dates::put((day, Some(time)), &mut arguments, now);
            }
        }
        Value::Object(arguments)
    }
}
