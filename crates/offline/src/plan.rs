//! From a conversation to the next answer. Every exchange is played again from its start: what was
//! asked decides the calls, and their results decide what comes after them.

use std::slice::Iter;

use agent::model::{ModelRequest, ToolDefinition};
use serde_json::{Value, json};

use crate::answer::{self, Answer, label, quoted, say, small_talk};
use crate::conversation::{self, Exchange, Outcome};
use crate::dates::{self, When};
use crate::outside;
use crate::requests::{self, Asked, Request, Scene};
use crate::words;

/// The longest text that is read.
const MAX_CHARS: usize = 2_000;

/// The next answer in a conversation.
pub(crate) fn answer(request: &ModelRequest) -> Answer {
    let exchanges = conversation::read(&request.messages);
    exchanges.iter().fold(Answer::say(say("no text")), |before, exchange| {
        let focus = before.focus.clone();
        let answer = play(before, exchange, &request.tools);
        Answer { focus: answer.focus.or(focus), ..answer }
    })
}

/// Answers one message of the person, after all that was said before it.
fn play(before: Answer, exchange: &Exchange, tools: &[ToolDefinition]) -> Answer {
    let Answer { focus, open, .. } = before;
    let (Some(now), Some(later)) = (&exchange.now, &exchange.later) else {
        return Answer::say(say("no stamp"));
    };
    let words = dates::marked(&words::words(&exchange.text), now);
    let said = match exchange.text.chars().count() {
        0..=MAX_CHARS if words.is_empty() => Some("no text"),
        0..=MAX_CHARS => small_talk(&words),
        _ => Some("too long"),
    };
    if let Some(said) = said {
        let open = open.filter(|_| said != "nothing");
        return Answer { open, ..Answer::say(now.strftime(&say(said)).to_string()) };
    }
    let scene = Scene { now, later, tools, focus: focus.as_deref().unwrap_or_default() };
    let fresh = || requests::parse(&words, scene);
    let resumed = || requests::resume(open.as_ref()?, &words, scene);
    // An answer may look like a request: "make it Monday", "call Anna".
    let answers = open.as_ref().is_some_and(|open| match open.1.as_str() {
        "" | "when" => true,
        slot => slot != "task" && !requests::opens(&words),
    });
    let requests = if answers { resumed().or_else(fresh) } else { fresh().or_else(resumed) };
    // Nothing is begun before every question is answered.
    match requests.map(|requests| requests.into_iter().collect::<Asked<Vec<_>>>()) {
        Some(Ok(requests)) => run(&requests, exchange, scene),
        Some(Err(ask)) => ask,
        None => {
            let text = outside::mentioned(&words, tools).unwrap_or_else(|| say("not understood"));
            Answer { open, ..Answer::say(text) }
        }
    }
}

/// Plays the rounds of an exchange; the answer to the last one is the result.
fn run(requests: &[Request], exchange: &Exchange, scene: Scene) -> Answer {
    let mut histories: Vec<Vec<&Outcome>> = vec![Vec::new(); requests.len()];
    let mut rounds = exchange.rounds.iter();
    loop {
        let next = |(request, history): (_, &Vec<_>)| next(request, history, scene);
        let steps = requests.iter().zip(&histories).map(next);
        let steps: Vec<Answer> = steps.map(|step| step.unwrap_or_else(|answer| answer)).collect();
        let calling = histories.iter_mut().zip(&steps).filter(|(_, step)| !step.calls.is_empty());
        let calling: Vec<_> = calling.collect();
        let Some(calls) = rounds.next().filter(|_| !calling.is_empty()) else {
            return joined(requests, steps);
        };
        let planned = calling.iter().flat_map(|(_, step)| &step.calls).map(|(name, _)| name);
        if !calls.iter().map(|(name, _)| name).eq(planned) {
            // Another model made these calls; going on from them would be a guess.
            return Answer::say(say("another model"));
        }
        calling
            .into_iter()
            .zip(calls)
            .for_each(|((history, _), (_, outcome))| history.push(outcome));
    }
}

/// The steps of several requests as one answer; what is finished is said when all is.
fn joined(requests: &[Request], steps: Vec<Answer>) -> Answer {
    let calling = steps.iter().any(|step| !step.calls.is_empty());
    let told = |step: &&Answer| calling != step.calls.is_empty() && !step.text.is_empty();
    let texts: Vec<&str> = steps.iter().filter(told).map(|step| step.text.as_str()).collect();
    let mut answer = Answer::say(texts.join("\n\n"));
    for (request, step) in requests.iter().zip(steps) {
        answer.calls.extend(step.calls);
        // "The second one" of two lists is neither.
        let unclear = requests.len() > 1 && request.verb == "list";
        if let Some(told) = step.focus {
            answer.focus.get_or_insert_default().extend(told.into_iter().filter(|_| !unclear));
        }
        answer.open = step.open.or(answer.open);
    }
    answer
}

/// Where one request stands after the calls made for it: find the item, then make the call.
fn next(request: &Request, history: &[&Outcome], scene: Scene) -> Asked<Answer> {
    let mut history = history.iter();
    let (mut request, mut text) = (found(request, &mut history, scene)?, String::new());
    loop {
        let call = request.call(scene)?;
        let writes = !matches!(&*request.verb, "list" | "free" | "search");
        let named = ["title", "text"].iter().find_map(|key| request.input.get(*key)?.as_str());
        let named = request.item.as_ref().map(label).or(named).filter(|_| writes);
        let reason = match (history.next(), named) {
            (None, _) => return Ok(Answer { calls: vec![call], ..Answer::say(text) }),
            (Some(Outcome::Denied(reason)), _) => reason,
            (Some(Outcome::Unknown), Some(title)) if !request.verb.contains('_') => {
                // Nothing is tried again before it is known whether it happened.
                (request, text) = (Request::list(request.kind(), title), say("looking"));
                continue;
            }
            (Some(outcome), _) => {
                return Ok(answer::told(&request, &call, result(outcome)?, scene));
            }
        };
        text = match reason.as_str() {
            "" => say("declined"),
            reason => say("declined because").replace("{reason}", &quoted(reason)),
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
        return Err(request.asks(format!("{text} {ask}"), ""));
    }
}

/// The request with the item that it is about.
fn found(request: &Request, history: &mut Iter<&Outcome>, scene: Scene) -> Asked {
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
        let call = search.call(scene)?;
        let outcome =
            history.next().ok_or_else(|| Answer { calls: vec![call], ..Answer::default() })?;
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
            _ => return Err(request.which(&items, scene)),
        }
    }
    let lacked = json!({
        "kinds": request.kinds.join(" or "),
        "state": request.state,
        "phrase": Some(phrase).filter(|phrase| !phrase.is_empty()).map(|phrase| quoted(phrase)),
        "days": answer::days_words(&request.at, scene.now),
    });
    let text = answer::filled(&say("not found"), &lacked, scene.now);
    Err(Answer::say(text.unwrap_or_default()))
}

/// The result of a call, or what is said without one.
fn result(outcome: &Outcome) -> Asked<&Value> {
    Err(Answer::say(match outcome {
        Outcome::Value(result) => return Ok(result),
        Outcome::Failed(text) => say("failed").replace("{reason}", &quoted(text)),
        Outcome::Unknown => say("unknown"),
        Outcome::Denied(_) => say("declined"),
    }))
}
