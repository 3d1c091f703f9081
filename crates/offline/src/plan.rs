//! From a conversation to the next answer. Every exchange is played again from its start: what was
//! asked decides the calls, and their results decide what comes after them.

use agent::model::ModelRequest;
use jiff::ZonedDateTime;
use serde_json::{Value, json};

use crate::answer::{self, quoted};
use crate::conversation::{self, Exchange, Outcome};
use crate::requests::{self, Ask, Request, Target};
use crate::{talk, words};

/// The longest text that is read.
const MAX_CHARS: usize = 2_000;

/// What the model says, which calls it makes, and what that leaves for the next exchange: the items
/// spoken of, and an open question.
#[derive(Debug, Default)]
pub(crate) struct Answer {
    pub(crate) text: String,
    pub(crate) calls: Vec<(String, Value)>,
    focus: Vec<Value>,
    open: Option<Box<Ask>>,
}

impl Answer {
    fn say(text: impl Into<String>) -> Self {
        Self { text: text.into(), ..Self::default() }
    }

    fn ask(ask: Box<Ask>, focus: &[Value]) -> Self {
        let text = ask.text.clone();
        Self { focus: focus.to_vec(), open: Some(ask), ..Self::say(text) }
    }

    fn call(text: String, tool: &str, arguments: Value) -> Self {
        Self { calls: vec![(tool.to_owned(), arguments)], ..Self::say(text) }
    }
}

/// The next answer in a conversation.
pub(crate) fn answer(request: &ModelRequest) -> Answer {
    let exchanges = conversation::read(&request.messages);
    let answer = exchanges.iter().fold(Answer::say(talk::NO_TEXT), play);
    let offered = |name: &str| request.tools.iter().any(|tool| tool.name == name);
    match answer.calls.iter().find(|(name, _)| !offered(name)) {
        None => answer,
        Some((name, _)) => {
            Answer::say(format!("For that I need the tool {name}, which is not available here."))
        }
    }
}

fn play(Answer { focus, open, .. }: Answer, exchange: &Exchange) -> Answer {
    let words = words::words(&exchange.text);
    let said = match exchange.text.chars().count() {
        0..=MAX_CHARS if words.is_empty() => Some(talk::NO_TEXT),
        0..=MAX_CHARS => talk::reply(&words),
        _ => Some(talk::TOO_LONG),
    };
    let (None, Some(now)) = (said, &exchange.now) else {
        return Answer { focus, ..Answer::say(said.unwrap_or(talk::NO_STAMP)) };
    };
    let fresh = || requests::parse(&words, now);
    let resumed = || requests::resume(open.as_ref()?, &words, &focus, now);
    // "make it Monday" is about the denied call, not about a task on the list.
    let about_call = open.as_ref().is_some_and(|ask| ask.slot.is_empty());
    let requests = if about_call { resumed().or_else(fresh) } else { fresh().or_else(resumed) };
    // Nothing is begun before every question is answered.
    match requests.map(|requests| requests.into_iter().collect::<Result<Vec<_>, _>>()) {
        Some(Ok(requests)) => run(&requests, exchange, now, &focus),
        Some(Err(ask)) => Answer::ask(ask, &focus),
        None => Answer { focus, open, ..Answer::say(talk::NOT_UNDERSTOOD) },
    }
}

/// Plays the rounds of an exchange; the answer to the last one is the result.
fn run<'e>(
    requests: &[Request],
    exchange: &'e Exchange,
    mut now: &'e ZonedDateTime,
    focus: &[Value],
) -> Answer {
    let mut histories: Vec<Vec<&Outcome>> = vec![Vec::new(); requests.len()];
    let mut rounds = exchange.rounds.iter();
    loop {
        let steps = requests.iter().zip(&histories);
        let steps: Vec<Answer> =
            steps.map(|(request, history)| next(request, history, focus, now)).collect();
        let callers = histories.iter_mut().zip(&steps).filter(|(_, step)| !step.calls.is_empty());
        let mut callers: Vec<_> = callers.map(|(history, _)| history).collect();
        let Some((calls, later)) = rounds.next().filter(|_| !callers.is_empty()) else {
            return joined(steps);
        };
        let planned = steps.iter().flat_map(|step| &step.calls).map(|(name, _)| name);
        if !calls.iter().map(|call| &call.name).eq(planned) {
            // Another model made these calls; going on from them would be a guess.
            return Answer::say("I cannot go on with what another model began. Please ask again.");
        }
        for (history, call) in callers.iter_mut().zip(calls) {
            history.push(&call.outcome);
        }
        now = later.as_ref().unwrap_or(now);
    }
}

/// The steps of several requests as one answer; what is finished is said when all is.
fn joined(steps: Vec<Answer>) -> Answer {
    let calling = steps.iter().any(|step| !step.calls.is_empty());
    let mut answer = Answer::default();
    for step in steps {
        if calling != step.calls.is_empty() && !step.text.is_empty() {
            let gap = if answer.text.is_empty() { "" } else { "\n\n" };
            answer.text = answer.text + gap + &step.text;
        }
        answer.calls.extend(step.calls);
        answer.focus.extend(step.focus);
        answer.open = step.open.or(answer.open);
    }
    answer
}

/// Where one request stands after the calls made for it: find the item, then make the call.
fn next(request: &Request, history: &[&Outcome], focus: &[Value], now: &ZonedDateTime) -> Answer {
    let mut history = history.iter();
    let item = match find(request, &mut history, focus, now) {
        Ok(item) => item,
        Err(answer) => return *answer,
    };
    let (mut request, mut text) = (request.clone(), String::new());
    loop {
        let reason = match history.next() {
            None => {
                return Answer::call(text, &request.tool, request.arguments(item.as_ref(), now));
            }
            Some(Outcome::Denied(reason)) => reason,
            Some(outcome) => return settle(&request, outcome, item.as_ref(), now),
        };
        text = match reason.as_str() {
            "" => "You declined that. Nothing was changed.".to_owned(),
            reason => format!("You declined that: {}. Nothing was changed.", quoted(reason)),
        };
        match requests::amend(&request, "", &words::words(reason), now) {
            Some(Ok(changed)) => {
                (request, text) = (changed, text + " Here is the changed proposal.");
            }
            Some(Err(ask)) => {
                return Answer::ask(request.asks(text + " " + &ask.text, ""), &[]);
            }
            None => return Answer::ask(request.asks(text + " What should I do instead?", ""), &[]),
        }
    }
}

/// The item that a request is about, none if it is about none, or the answer until it is known.
fn find<'o>(
    request: &Request,
    history: &mut impl Iterator<Item = &'o &'o Outcome>,
    focus: &[Value],
    now: &ZonedDateTime,
) -> Result<Option<Value>, Box<Answer>> {
    let phrase = match (&request.target, focus) {
        (None, _) => return Ok(None),
        (Some(Target::Known(item)), _) | (Some(Target::It), [item]) => {
            return Ok(Some(item.clone()));
        }
        (Some(Target::It), _) => return Err(which(request, focus, now).into()),
        (Some(Target::Words(phrase)), _) => phrase,
    };
    if let Some(item) = requests::place(phrase, focus) {
        let item = item.cloned().map(Some);
        return item.ok_or_else(|| which(request, focus, now).into());
    }
    let result = match history.next() {
        None => {
            let noun = request.tool.rsplit('_').next().unwrap_or_default();
            let mut filter = json!({"q": phrase});
            if let Some(state) = request.find {
                filter["status"] = json!(state);
            }
            return Err(Answer::call(String::new(), &format!("list_{noun}s"), filter).into());
        }
        Some(Outcome::Value(result)) => result,
        Some(outcome) => return Err(settle(request, outcome, None, now).into()),
    };
    let items = answer::items(result).ok_or_else(|| Answer::say(talk::UNREADABLE))?;
    // Others may be found by their notes, so only the very title decides between several.
    let is_title = |title: &str| title.to_lowercase() == phrase.to_lowercase();
    let exact = requests::titled(phrase, &items)
        .filter(|item| item["title"].as_str().is_some_and(is_title));
    match (items.as_slice(), exact) {
        ([item], _) | (_, Some(item)) => Ok(Some(item.clone())),
        ([], _) => {
            let kind = answer::kind(request.find);
            let phrase = quoted(phrase);
            let text = format!("I found no {kind}task for {phrase}. Nothing was changed.");
            Err(Answer::say(text).into())
        }
        _ => Err(which(request, &items, now).into()),
    }
}

fn which(request: &Request, items: &[Value], now: &ZonedDateTime) -> Answer {
    let text = match items {
        [] => "Which task do you mean? Please say a word of its title.".to_owned(),
        _ => format!("Which of these do you mean?\n\n{}", answer::numbered(items, now)),
    };
    Answer::ask(request.asks(text, "task"), items)
}

/// What came of a call.
fn settle(
    request: &Request,
    outcome: &Outcome,
    item: Option<&Value>,
    now: &ZonedDateTime,
) -> Answer {
    match outcome {
        Outcome::Value(result) if request.tool.starts_with("list_") => {
            let listed = answer::list(request, result, now);
            let (text, focus) = listed.unwrap_or((talk::UNREADABLE.to_owned(), Vec::new()));
            Answer { focus, ..Answer::say(text) }
        }
        Outcome::Value(result) => {
            let focus = Vec::from_iter(result["title"].is_string().then(|| result.clone()));
            Answer { focus, ..Answer::say(answer::confirm(request, result, item, now)) }
        }
        Outcome::Failed(text) => Answer::say(format!("That did not work: {}", quoted(text))),
        Outcome::Unknown => Answer::say(talk::UNKNOWN),
        Outcome::Denied(_) => Answer::say("You declined that. Nothing was changed."),
    }
}
