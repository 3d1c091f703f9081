//! From a conversation to the next answer. Every exchange is played again from its start: what was
//! asked decides the calls, and their results decide what comes after them.

use agent::model::ModelRequest;
use jiff::civil::Date;
use jiff::{Span, ZonedDateTime};
use serde_json::{Map, Value, json};

use crate::answer::{self, quoted};
use crate::conversation::{self, Call, Exchange, Outcome};
use crate::followup;
use crate::phrases;
use crate::smalltalk;
use crate::task::{Change, Filter, Open, Request, Target, Task, Window};
use crate::words;

/// The longest text that is read.
pub(crate) const MAX_CHARS: usize = 2_000;

/// What the model says, which calls it makes, and what that leaves for the next exchange.
#[derive(Debug, Default)]
pub(crate) struct Answer {
    pub(crate) text: String,
    pub(crate) calls: Vec<(String, Value)>,
    scene: Scene,
}

/// The tasks spoken of, and an open question.
#[derive(Debug, Default)]
struct Scene {
    focus: Vec<Task>,
    open: Option<Open>,
}

impl Answer {
    fn say(text: impl Into<String>, focus: Vec<Task>, open: Option<Open>) -> Self {
        let scene = Scene { focus, open };
        Self { text: text.into(), calls: Vec::new(), scene }
    }

    fn end(text: impl Into<String>) -> Self {
        Self::say(text, Vec::new(), None)
    }

    fn call(name: &str, input: Value) -> Self {
        Self { calls: vec![(name.to_owned(), input)], ..Self::default() }
    }
}

/// The next answer in a conversation.
pub(crate) fn answer(request: &ModelRequest) -> Answer {
    let offered = |name: &str| request.tools.iter().any(|tool| tool.name == name);
    let start = Answer::end(smalltalk::NO_TEXT);
    conversation::read(&request.messages)
        .iter()
        .fold(start, |before, exchange| play(exchange, before.scene, &offered))
}

fn play(exchange: &Exchange, scene: Scene, offered: &dyn Fn(&str) -> bool) -> Answer {
    let Scene { focus, open } = scene;
    let words = words::words(&exchange.text);
    if exchange.text.chars().count() > MAX_CHARS {
        return Answer::say(smalltalk::TOO_LONG, focus, None);
    }
    if words.is_empty() {
        return Answer::say(smalltalk::NO_TEXT, focus, None);
    }
    if let Some(text) = smalltalk::reply(&words) {
        return Answer::say(text, focus, None);
    }
    let Some(now) = &exchange.now else {
        return Answer::say(smalltalk::NO_STAMP, focus, None);
    };
    let fresh = || phrases::read(&words, now);
    let resumed = || followup::resume(open.as_ref()?, &words, now);
    let requests = match &open {
        // "make it Monday" is about the denied call, not about a task on the list.
        Some(Open::Redo(..)) => resumed().or_else(fresh),
        _ => fresh().or_else(resumed),
    };
    let Some(requests) = requests else {
        return Answer::say(smalltalk::NOT_UNDERSTOOD, focus, open);
    };
    for request in &requests {
        // Nothing is begun before every question is answered.
        if let Request::Ask(question, open) = request {
            return Answer::say(question, focus, open.clone());
        }
    }
    run(&requests, exchange, now, &focus, offered)
}

/// Plays the rounds of an exchange; the answer to the last one is the result.
fn run(
    requests: &[Request],
    exchange: &Exchange,
    written: &ZonedDateTime,
    focus: &[Task],
    offered: &dyn Fn(&str) -> bool,
) -> Answer {
    let mut histories: Vec<Vec<Call>> = vec![Vec::new(); requests.len()];
    let mut rounds = exchange.rounds.iter();
    let mut now = written;
    loop {
        let steps = requests.iter().zip(&histories);
        let steps: Vec<Answer> = steps
            .map(|(request, history)| permitted(next(request, history, focus, now), offered))
            .collect();
        let callers = (0..steps.len()).filter(|index| !steps[*index].calls.is_empty());
        let callers: Vec<usize> = callers.collect();
        let answer = joined(steps);
        let Some(round) = rounds.next().filter(|_| !callers.is_empty()) else {
            return answer;
        };
        let planned = answer.calls.iter().map(|(name, _)| name);
        if !round.calls.iter().map(|call| &call.name).eq(planned) {
            // Another model made these calls; going on from them would be a guess.
            return Answer::end("I cannot go on with what another model began. Please ask again.");
        }
        for (index, call) in callers.into_iter().zip(&round.calls) {
            histories[index].push(call.clone());
        }
        now = round.now.as_ref().unwrap_or(now);
    }
}

fn permitted(step: Answer, offered: &dyn Fn(&str) -> bool) -> Answer {
    match step.calls.iter().find(|(name, _)| !offered(name)) {
        Some((name, _)) => {
            Answer::end(format!("For that I need the tool {name}, which is not available here."))
        }
        None => step,
    }
}

/// The steps of several requests as one answer; what is finished is said when all is.
fn joined(steps: Vec<Answer>) -> Answer {
    let calling = steps.iter().any(|step| !step.calls.is_empty());
    let mut answer = Answer::default();
    let mut texts = Vec::new();
    for step in steps {
        if !step.text.is_empty() && calling != step.calls.is_empty() {
            texts.push(step.text);
        }
        answer.calls.extend(step.calls);
        answer.scene.focus.extend(step.scene.focus);
        answer.scene.open = step.scene.open.or(answer.scene.open);
    }
    answer.text = texts.join("\n\n");
    answer
}

fn next(request: &Request, history: &[Call], focus: &[Task], now: &ZonedDateTime) -> Answer {
    let Some(last) = history.last() else {
        return first(request, focus, now);
    };
    match (request, &last.outcome) {
        (Request::List(filter), Outcome::Value(result)) => {
            match answer::list(filter, result, now) {
                Some((text, focus)) => Answer::say(text, focus, None),
                None => Answer::end("The list came back in a form that I cannot read."),
            }
        }
        (Request::Change(Target::Words(phrase), change), Outcome::Value(result))
            if last.name == "list_tasks" =>
        {
            choose(phrase, change, result, now)
        }
        (_, outcome) => {
            let id = last.input["id"].as_str();
            let title = id.and_then(|id| known_title(id, request, history, focus));
            settle(last, outcome, title.as_deref(), now)
        }
    }
}

fn first(request: &Request, focus: &[Task], now: &ZonedDateTime) -> Answer {
    match request {
        Request::Create(draft) => Answer::call("create_task", draft.arguments()),
        Request::Call(name, input) => Answer::call(name, input.clone()),
        Request::Ask(text, _) => Answer::end(text),
        Request::List(filter) => Answer::call("list_tasks", filter_arguments(filter, now)),
        Request::Change(Target::Words(phrase), change) => {
            let status = match change {
                Change::Complete => Some("open"),
                Change::Reopen => Some("done"),
                _ => None,
            };
            let filter = Filter { status, q: Some(phrase.clone()), window: None };
            Answer::call("list_tasks", filter_arguments(&filter, now))
        }
        Request::Change(Target::Known(task), change) => write(task, change, now),
        Request::Change(Target::Nth(place), change) => match followup::nth(focus, *place) {
            Some(task) => write(task, change, now),
            None => which(focus, change, now),
        },
        Request::Change(Target::It, change) => match focus {
            [task] => write(task, change, now),
            _ => which(focus, change, now),
        },
    }
}

fn write(task: &Task, change: &Change, now: &ZonedDateTime) -> Answer {
    let (name, input) = change.call(task, now);
    Answer::call(name, input)
}

fn filter_arguments(filter: &Filter, now: &ZonedDateTime) -> Value {
    let after = |day: Date| day.saturating_add(Span::new().days(1)).to_string();
    let mut arguments = Map::new();
    if let Some(status) = filter.status {
        arguments.insert("status".to_owned(), json!(status));
    }
    if let Some(q) = &filter.q {
        arguments.insert("q".to_owned(), json!(q));
    }
    let before = filter.window.as_ref().map(|window| match window {
        // What was due earlier today is overdue, too.
        Window::Overdue => after(now.date()),
        Window::Days(_, to, _) => after(*to),
    });
    if let Some(before) = before {
        arguments.insert("dueBefore".to_owned(), json!(before));
    }
    Value::Object(arguments)
}

fn choose(phrase: &str, change: &Change, result: &Value, now: &ZonedDateTime) -> Answer {
    let Some((tasks, _)) = answer::tasks(result) else {
        return Answer::end(
            "The list came back in a form that I cannot read. Nothing was changed.",
        );
    };
    let exact = |task: &&Task| task.title.to_lowercase() == phrase.to_lowercase();
    let exact: Vec<&Task> = tasks.iter().filter(exact).collect();
    match (tasks.as_slice(), exact.as_slice()) {
        ([task], _) | (_, &[task]) => write(task, change, now),
        ([], _) => {
            let kind = match change {
                Change::Complete => "open ",
                Change::Reopen => "finished ",
                _ => "",
            };
            Answer::end(format!(
                "I found no {kind}task for {}. Nothing was changed.",
                quoted(phrase)
            ))
        }
        (several, _) => which(several, change, now),
    }
}

fn which(tasks: &[Task], change: &Change, now: &ZonedDateTime) -> Answer {
    if tasks.is_empty() {
        return Answer::end("Which task do you mean? Please say a word of its title.");
    }
    let text = format!("Which of these tasks do you mean?\n\n{}", answer::numbered(tasks, now));
    let open = Some(Open::Which(change.clone(), tasks.to_vec()));
    Answer::say(text, tasks.to_vec(), open)
}

/// What a task is called that a request found or was given.
fn known_title(id: &str, request: &Request, history: &[Call], focus: &[Task]) -> Option<String> {
    let found = history.iter().filter_map(|call| match &call.outcome {
        Outcome::Value(result) => answer::tasks(result).map(|(tasks, _)| tasks),
        _ => None,
    });
    let given = match request {
        Request::Change(Target::Known(task), _) => vec![task.clone()],
        _ => focus.to_vec(),
    };
    let mut tasks = found.flatten().chain(given);
    tasks.find(|task| task.id == id).map(|task| task.title)
}

fn settle(call: &Call, outcome: &Outcome, title: Option<&str>, now: &ZonedDateTime) -> Answer {
    match outcome {
        Outcome::Value(result) => match answer::confirm(call, result, title, now) {
            Some((text, task)) => Answer::say(text, task.into_iter().collect(), None),
            None => Answer::end(format!("The tool answered: {}", quoted(&result.to_string()))),
        },
        Outcome::Words(text) => Answer::end(format!("The tool answered: {}", quoted(text))),
        Outcome::Failed(text) => Answer::end(format!("That did not work: {}", quoted(text))),
        Outcome::Unknown => Answer::end(
            "The outcome is unknown: it may have happened. Please look at your list before trying again, for example with “show my tasks”.",
        ),
        Outcome::Denied(reason) => denied(call, reason.as_deref(), now),
    }
}

fn denied(call: &Call, reason: Option<&str>, now: &ZonedDateTime) -> Answer {
    let open = Some(Open::Redo(call.name.clone(), call.input.clone()));
    let Some(reason) = reason else {
        return Answer::say("You declined that. Nothing was changed.", Vec::new(), open);
    };
    let said = format!("You declined that: {}. Nothing was changed.", quoted(reason));
    match followup::amend(&call.name, &call.input, &words::words(reason), now) {
        Some(Ok(input)) => {
            let text = format!("{said} Here is the changed proposal.");
            Answer { text, ..Answer::call(&call.name, input) }
        }
        Some(Err(question)) => Answer::say(format!("{said} {question}"), Vec::new(), open),
        None => Answer::say(format!("{said} What should I do instead?"), Vec::new(), open),
    }
}
