//! From a conversation to the next answer. Every exchange is played again from its start: what was
//! asked decides the calls, and their results decide what comes after them.

use agent::model::{ModelRequest, ToolDefinition};
use serde_json::{Value, json};

use crate::answer::{self, label, quoted};
use crate::conversation::{self, Exchange, Outcome};
use crate::dates;
use crate::requests::{self, Ask, Request, Scene};
use crate::talk::{self, say};
use crate::words;

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

    fn call(text: impl Into<String>, tool: &str, arguments: Value) -> Self {
        Self { calls: vec![(tool.to_owned(), arguments)], ..Self::say(text) }
    }
}

/// The next answer in a conversation.
pub(crate) fn answer(request: &ModelRequest) -> Answer {
    let exchanges = conversation::read(&request.messages);
    let texts: Vec<&str> = exchanges.iter().map(|exchange| exchange.text.as_str()).collect();
    if let Some(short) = talk::short(&request.system, &texts).filter(|_| request.tools.is_empty()) {
        return Answer::say(short);
    }
    let play = |before, exchange| play(before, exchange, &request.tools);
    let answer = exchanges.iter().fold(Answer::say(say("no text")), play);
    let offered = |name: &str| request.tools.iter().any(|tool| tool.name == name);
    match answer.calls.iter().find(|(name, _)| !offered(name)) {
        None => answer,
        Some((name, _)) => {
            Answer::say(format!("For that I need the tool {name}, which is not available here."))
        }
    }
}

fn play(before: Answer, exchange: &Exchange, tools: &[ToolDefinition]) -> Answer {
    let Answer { focus, open, .. } = before;
    let words = words::words(&exchange.text);
    let said = match exchange.text.chars().count() {
        0..=MAX_CHARS if words.is_empty() => Some(say("no text")),
        0..=MAX_CHARS => talk::reply(&words),
        _ => Some(say("too long")),
    };
    let (None, Some(now)) = (&said, &exchange.now) else {
        return Answer { focus, ..Answer::say(said.unwrap_or_else(|| say("no stamp"))) };
    };
    let scene = Scene { now, tools, focus: &focus };
    let fresh = || requests::parse(&words, scene);
    let resumed = || requests::resume(open.as_ref()?, &words, scene);
    // "make it Monday" is about the denied call, not about a task on the list.
    let about_call = open.as_ref().is_some_and(|ask| ask.slot.is_empty() || ask.slot == "when");
    let requests = if about_call { resumed().or_else(fresh) } else { fresh().or_else(resumed) };
    // Nothing is begun before every question is answered.
    match requests.map(|requests| requests.into_iter().collect::<Result<Vec<_>, _>>()) {
        Some(Ok(requests)) => run(&requests, exchange, scene),
        Some(Err(ask)) => Answer::ask(ask, &focus),
        None => Answer { focus, open, ..Answer::say(say("not understood")) },
    }
}

/// Plays the rounds of an exchange; the answer to the last one is the result.
fn run<'e>(requests: &[Request], exchange: &'e Exchange, mut scene: Scene<'e>) -> Answer {
    let mut histories: Vec<Vec<&Outcome>> = vec![Vec::new(); requests.len()];
    let mut rounds = exchange.rounds.iter();
    loop {
        let steps = requests.iter().zip(&histories);
        let steps: Vec<Answer> =
            steps.map(|(request, history)| next(request, history, scene)).collect();
        let callers = histories.iter_mut().zip(&steps).filter(|(_, step)| !step.calls.is_empty());
        let mut callers: Vec<_> = callers.map(|(history, _)| history).collect();
        let Some((calls, later)) = rounds.next().filter(|_| !callers.is_empty()) else {
            return joined(steps);
        };
        let planned = steps.iter().flat_map(|step| &step.calls).map(|(name, _)| name);
        if !calls.iter().map(|call| &call.name).eq(planned) {
            // Another model made these calls; going on from them would be a guess.
            return Answer::say(say("another model"));
        }
        for (history, call) in callers.iter_mut().zip(calls) {
            history.push(&call.outcome);
        }
        scene.now = later.as_ref().unwrap_or(scene.now);
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

type History<'h> = std::slice::Iter<'h, &'h Outcome>;

/// Where one request stands after the calls made for it: find the item, then make the call.
fn next(request: &Request, history: &[&Outcome], scene: Scene) -> Answer {
    let mut history = history.iter();
    let (mut kind, mut item) = match find(request, &mut history, scene) {
        Ok(found) => found,
        Err(answer) => return *answer,
    };
    let (mut request, mut text) = (request.clone(), String::new());
    if let Some(item) = &item {
        (request.kinds, request.item) = (vec![kind], Some(item.clone()));
    }
    loop {
        let (tool, input) = match request.call(kind, item.as_ref(), scene) {
            Ok(call) => call,
            Err(ask) => return Answer::ask(ask, scene.focus),
        };
        let reason = match (history.next(), request.about(item.as_ref())) {
            (None, _) => return Answer::call(text, &tool, input),
            (Some(Outcome::Denied(reason)), _) => reason,
            (Some(Outcome::Unknown), Some(title)) => {
                // Nothing is tried again before it is known whether it happened.
                (request, text) = (Request::list(kind, &title), say("looking"));
                (kind, item) = (request.kind(), None);
                continue;
            }
            (Some(outcome), _) => {
                return settle(&request, (&tool, &input), outcome, item.as_ref(), scene);
            }
        };
        text = match reason.as_str() {
            "" => say("declined"),
            reason => format!("You declined that: {}. Nothing was changed.", quoted(reason)),
        };
        let words = words::words(reason);
        let ask = match requests::amend(&request, "", &words, scene) {
            Some(Ok(changed)) => {
                (request, text) = (changed, format!("{text} {}", say("changed")));
                continue;
            }
            Some(Err(ask)) => ask.text,
            None => say("instead"),
        };
        return Answer::ask(request.asks(format!("{text} {ask}"), ""), &[]);
    }
}

/// The kind and the item that a request is about, or the answer until they are known.
fn find(
    request: &Request,
    history: &mut History,
    scene: Scene,
) -> Result<(&'static str, Option<Value>), Box<Answer>> {
    let phrase = match (&request.item, &request.phrase) {
        (Some(item), _) => return Ok((kind_of(item), Some(item.clone()))),
        (None, None) => return Ok((request.kind(), None)),
        (None, Some(phrase)) => phrase,
    };
    for kind in &request.kinds {
        let mut search = Request::list(kind, phrase);
        search.window.clone_from(&request.window);
        search.input.extend(request.state.map(|state| ("status".to_owned(), state.into())));
        let (name, input) = search.call(kind, None, scene).map_err(|ask| Answer::say(ask.text))?;
        let result = match history.next() {
            None => return Err(Answer::call("", &name, input).into()),
            Some(Outcome::Value(result)) => result,
            Some(outcome) => {
                return Err(settle(request, (&name, &input), outcome, None, scene).into());
            }
        };
        let items = answer::items(result).ok_or_else(|| Answer::say(say("unreadable")))?;
        let then = |item: &Value| dates::of(item, scene.now).and_then(|(_, time)| time);
        let at = |item: &Value| request.time.is_none_or(|time| then(item) == Some(time));
        let live = items.iter().filter(|item| item["status"] != "cancelled" && at(item));
        let items: Vec<Value> = live.filter(|item| item["id"].is_string()).cloned().collect();
        // Others may be found by their notes, so only the very title decides between several.
        let is_title = |item: &&Value| label(item).to_lowercase() == phrase.to_lowercase();
        match (items.as_slice(), requests::choose(phrase, &items).filter(is_title)) {
            ([], _) => {}
            ([item], _) | (_, Some(item)) => return Ok((kind, Some(item.clone()))),
            _ => return Err(Answer::ask(request.which(&items, scene.now), &items).into()),
        }
    }
    let lacked = json!({
        "kinds": request.kinds.join(" or "),
        "state": request.state,
        "phrase": Some(phrase).filter(|phrase| !phrase.is_empty()).map(|phrase| quoted(phrase)),
        "days": request.window.as_ref().map(|window| &window.name),
    });
    let text = answer::filled(&say("not found"), &lacked, None, scene.now);
    Err(Answer::say(text.unwrap_or_default()).into())
}

fn kind_of(item: &Value) -> &'static str {
    match (item["startsAt"].is_string(), item["title"].is_string()) {
        (true, _) => "meeting",
        (_, true) => "task",
        _ => "memory",
    }
}

/// What came of a call.
fn settle(
    request: &Request,
    (tool, input): (&str, &Value),
    outcome: &Outcome,
    item: Option<&Value>,
    scene: Scene,
) -> Answer {
    let result = match outcome {
        Outcome::Value(result) => result,
        Outcome::Failed(text) => {
            return Answer::say(format!("That did not work: {}", quoted(text)));
        }
        Outcome::Unknown => return Answer::say(say("unknown")),
        Outcome::Denied(_) => return Answer::say(say("declined")),
    };
    match answer::list(request, tool, result, scene.now) {
        Some((text, focus)) => Answer { focus, ..Answer::say(text) },
        None if tool.starts_with("list_") => Answer::say(say("unreadable")),
        None => {
            // Neither outside things nor what is gone can be spoken of as "it".
            let gone = result["deleted"] == true || result["forgotten"] == true;
            let ours = result["id"].is_string() && !tool.contains("__") && !gone;
            let focus = Vec::from_iter(ours.then(|| result.clone()));
            let text = answer::confirm((tool, input), result, item, scene.now);
            Answer { focus, ..Answer::say(text) }
        }
    }
}
