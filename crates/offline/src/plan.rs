//! From a conversation to the next answer. Every exchange is played again from its start: what was
//! asked decides the calls, and their results decide what comes after them.

use agent::model::{ModelRequest, ToolDefinition};
use serde_json::{Value, json};

use crate::answer::{self, label, quoted};
use crate::conversation::{self, Exchange, Outcome};
use crate::dates::{self, When};
use crate::outside;
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

    fn call(text: impl Into<String>, tool: String, arguments: Value) -> Self {
        Self { calls: vec![(tool, arguments)], ..Self::say(text) }
    }
}

/// The next answer in a conversation.
pub(crate) fn answer(request: &ModelRequest) -> Answer {
    let exchanges = conversation::read(&request.messages);
    let texts: Vec<&str> = exchanges.iter().map(|exchange| exchange.text.as_str()).collect();
    if request.tools.is_empty() {
        return Answer::say(talk::short(&request.system, &texts));
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
    let (Some(now), Some(later)) = (&exchange.now, &exchange.later) else {
        return Answer { focus, ..Answer::say(say("no stamp")) };
    };
    let words = dates::marked(&words::words(&exchange.text), now);
    let said = match exchange.text.chars().count() {
        0..=MAX_CHARS if words.is_empty() => Some("no text"),
        0..=MAX_CHARS => talk::reply(&words),
        _ => Some("too long"),
    };
    if let Some(said) = said {
        return Answer {
            focus,
            open: open.filter(|_| said != "nothing"),
            ..Answer::say(say(said))
        };
    }
    let scene = Scene { now, later, tools, focus: &focus };
    let fresh = || requests::parse(&words, scene);
    let resumed = || requests::resume(open.as_ref()?, &words, scene);
    // An answer may look like a request: "make it Monday", "call Anna".
    let answers = open.as_ref().is_some_and(|ask| match ask.slot.as_str() {
        "" | "when" => true,
        slot => slot != "task" && !requests::opens(&words),
    });
    let requests = if answers { resumed().or_else(fresh) } else { fresh().or_else(resumed) };
    // Nothing is begun before every question is answered.
    match requests.map(|requests| requests.into_iter().collect::<Result<Vec<_>, _>>()) {
        Some(Ok(requests)) => run(&requests, exchange, scene),
        Some(Err(ask)) => Answer::ask(ask, &focus),
        None => {
            let text = outside::mentioned(&words, tools).unwrap_or_else(|| say("not understood"));
            Answer { focus, open, ..Answer::say(text) }
        }
    }
}

/// Plays the rounds of an exchange; the answer to the last one is the result.
fn run(requests: &[Request], exchange: &Exchange, scene: Scene) -> Answer {
    let mut histories: Vec<Vec<&Outcome>> = vec![Vec::new(); requests.len()];
    let mut rounds = exchange.rounds.iter();
    loop {
        let steps = requests.iter().zip(&histories).map(|(request, history)| {
            next(request, history, scene).unwrap_or_else(|answer| *answer)
        });
        let steps: Vec<Answer> = steps.collect();
        let callers = histories.iter_mut().zip(&steps).filter(|(_, step)| !step.calls.is_empty());
        let mut callers: Vec<_> = callers.map(|(history, _)| history).collect();
        let Some(calls) = rounds.next().filter(|_| !callers.is_empty()) else {
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

/// A part of the way, or the answer that ends it here.
type Step<T> = Result<T, Box<Answer>>;

/// Where one request stands after the calls made for it: find the item, then make the call.
fn next(request: &Request, history: &[&Outcome], scene: Scene) -> Step<Answer> {
    let mut history = history.iter().copied();
    let (mut request, mut text) = (found(request, &mut history, scene)?, String::new());
    loop {
        let (tool, input) = request.call(scene).map_err(|ask| Answer::ask(ask, scene.focus))?;
        let reason = match (history.next(), request.about()) {
            (None, _) => return Ok(Answer::call(text, tool, input)),
            (Some(Outcome::Denied(reason)), _) => reason,
            (Some(Outcome::Unknown), Some(title)) => {
                // Nothing is tried again before it is known whether it happened.
                (request, text) = (Request::list(request.kind(), title), say("looking"));
                continue;
            }
            (Some(outcome), _) => return told(&request, (&tool, &input), outcome, scene),
        };
        text = match reason.as_str() {
            "" => say("declined"),
            reason => format!("You declined that: {}. Nothing was changed.", quoted(reason)),
        };
        let words = dates::marked(&words::words(reason), scene.now);
        let ask = match requests::amend(&request, "", &words, scene) {
            Some(Ok(changed)) => {
                (request, text) = (changed, format!("{text} {}", say("changed")));
                continue;
            }
            Some(Err(ask)) => ask.text,
            None => say("instead"),
        };
        return Ok(Answer::ask(request.asks(format!("{text} {ask}"), ""), &[]));
    }
}

/// The request with the item that it is about.
fn found<'o>(
    request: &Request,
    history: &mut impl Iterator<Item = &'o Outcome>,
    scene: Scene,
) -> Step<Request> {
    let with = |item: &Value| Request {
        kinds: vec![requests::kind_of(item)],
        item: Some(item.clone()),
        ..request.clone()
    };
    let phrase = match (&request.item, &request.phrase) {
        (Some(item), _) => return Ok(with(item)),
        (None, None) => return Ok(request.clone()),
        (None, Some(phrase)) => phrase,
    };
    for kind in &request.kinds {
        let mut search = Request::list(kind, phrase);
        search.when.clone_from(&request.at);
        search.input.extend(request.state.map(|state| ("status".to_owned(), state.into())));
        let (name, input) = search.call(scene).map_err(|ask| Answer::say(ask.text))?;
        let outcome = history.next().ok_or_else(|| Answer::call("", name, input))?;
        let items = answer::items(result(outcome)?);
        let items = items.ok_or_else(|| Answer::say(say("unreadable")))?;
        let time = |item: &Value| When::of(item, scene.now).time;
        let at = |item: &Value| request.at.time.is_none_or(|at| time(item) == Some(at));
        let live = items.iter().filter(|item| item["status"] != "cancelled" && at(item));
        let items: Vec<Value> = live.filter(|item| item["id"].is_string()).cloned().collect();
        // Others may be found by their notes, so only the very title decides between several.
        let is_title = |item: &&Value| label(item).to_lowercase() == phrase.to_lowercase();
        match (items.as_slice(), requests::choose(phrase, &items).filter(is_title)) {
            ([], _) => {}
            ([item], _) | (_, Some(item)) => return Ok(with(item)),
            _ => return Err(Answer::ask(request.which(&items, scene), &items).into()),
        }
    }
    let lacked = json!({
        "kinds": request.kinds.join(" or "),
        "state": request.state,
        "phrase": Some(phrase).filter(|phrase| !phrase.is_empty()).map(|phrase| quoted(phrase)),
        "days": answer::days_words(&request.at, scene.now),
    });
    let text = answer::filled(&say("not found"), &lacked, scene.now);
    Err(Answer::say(text.unwrap_or_default()).into())
}

/// The result of a call, or what is said without one.
fn result(outcome: &Outcome) -> Step<&Value> {
    let text = match outcome {
        Outcome::Value(result) => return Ok(result),
        Outcome::Failed(text) => format!("That did not work: {}", quoted(text)),
        Outcome::Unknown => say("unknown"),
        Outcome::Denied(_) => say("declined"),
    };
    Err(Answer::say(text).into())
}

/// What came of a call, in words.
fn told(request: &Request, call: (&str, &Value), outcome: &Outcome, scene: Scene) -> Step<Answer> {
    let result = result(outcome)?;
    if let Some((text, focus)) = answer::list(request, call, result, scene.later) {
        return Ok(Answer { focus, ..Answer::say(text) });
    }
    // Neither outside things nor what is gone can be spoken of as "it".
    let gone = result["deleted"] == true || result["forgotten"] == true;
    let ours = result["id"].is_string() && !call.0.contains("__") && !gone;
    let focus = Vec::from_iter(ours.then(|| result.clone()));
    Ok(Answer { focus, ..Answer::say(answer::confirm(request, call, result, scene.later)) })
}
