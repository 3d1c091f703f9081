//! From the person's words to requests, by the tables of the grammar.

use agent::model::ToolDefinition;
use jiff::ZonedDateTime;
use serde_json::{Map, Value, json};

use crate::answer::{label, numbered};
use crate::dates::{self, When, plus, taken};
use crate::outside;
use crate::talk::{self, say};
use crate::words::{
    Slots, Word, after, is, one_of, read, rows, sentence, skip, split, text, without_end,
};

const REQUESTS: &str = include_str!("../grammar/requests.txt");
const FILLERS: &str = include_str!("../grammar/fillers.txt");
const OPENINGS: &str = include_str!("../grammar/openings.txt");
const AMENDMENTS: &str = include_str!("../grammar/amendments.txt");
const TASK: &str = include_str!("../grammar/task.txt");
const MEETING: &str = include_str!("../grammar/meeting.txt");
const TARGETS: &str = include_str!("../grammar/targets.txt");
const POLITE: &str = "@polite @polite*";

/// The things that can be meant.
const KINDS: [&str; 3] = ["task", "meeting", "memory"];
const TOOLS: &str = include_str!("../grammar/tools.txt");
const FREE: &str = "find_free_time";

/// What a text is read against: when it was said and when results are told, the tools, and the
/// items spoken of last.
#[derive(Clone, Copy)]
pub(crate) struct Scene<'a> {
    pub(crate) now: &'a ZonedDateTime,
    pub(crate) later: &'a ZonedDateTime,
    pub(crate) tools: &'a [ToolDefinition],
    pub(crate) focus: &'a [Value],
}

/// One thing the person asks for.
#[derive(Clone, Debug, Default)]
pub(crate) struct Request {
    /// What to do with a thing of one of these kinds, best guess first; or a tool's name.
    pub(crate) verb: String,
    pub(crate) kinds: Vec<&'static str>,
    /// Arguments as far as they are known, and when the thing is to be or the list is for.
    pub(crate) input: Map<String, Value>,
    pub(crate) when: When,
    /// The item whose id belongs into the arguments, or words, state and time to find it by.
    pub(crate) item: Option<Value>,
    pub(crate) phrase: Option<String>,
    pub(crate) state: Option<&'static str>,
    pub(crate) at: When,
}

/// A question to the person, the request that the answer completes, and the slot that the answer
/// is for; an empty one if anything about the request may change.
#[derive(Clone, Debug)]
pub(crate) struct Ask {
    pub(crate) text: String,
    pub(crate) request: Request,
    pub(crate) slot: String,
}

pub(crate) type Asked<T = Request> = Result<T, Box<Ask>>;

/// Reads a text, or nothing if it is no request. A new one begins where it plainly does; a bare
/// "and" belongs to a title.
pub(crate) fn parse(words: &[Word], scene: Scene) -> Option<Vec<Asked>> {
    let clauses = split(without_talk(words), |before, rest| {
        let pause = before.raw.ends_with(['.', ';', ',', '!', '?']) || rest[0].line_start;
        let linked = one_of(&rest[0], "and|then") && !one_of(before, "and|then");
        (pause || linked) && opens(rest)
    });
    let clauses = clauses.into_iter().filter(|clause| !bare(clause).is_empty());
    let read: Option<Vec<_>> = clauses.map(|clause| request(clause, scene)).collect();
    read.map(|requests| requests.concat()).filter(|requests| !requests.is_empty())
}

/// Whether a request plainly begins here.
pub(crate) fn opens(words: &[Word]) -> bool {
    let reads =
        |action: &str| ["list", "get", "find", "search"].iter().any(|it| action.starts_with(it));
    after(bare(words), OPENINGS).is_some()
        || row(bare(words)).is_some_and(|(_, action)| reads(action))
}

/// What is left without small talk around it: "Hi, how are you? Add … Thanks a lot!"
fn without_talk(words: &[Word]) -> &[Word] {
    let is_talk = |words: &[Word]| talk::reply(words).is_some();
    let rest = (1..words.len()).find_map(|at| {
        let (before, behind) = words.split_at(at);
        let ends = |marks: &[char]| behind[0].line_start || words[at - 1].raw.ends_with(marks);
        let last = ends(&['.', '!', '?']) && is_talk(behind);
        let first = ends(&['.', '!', '?', ',']) && is_talk(before);
        if first { Some(behind) } else { Some(before).filter(|_| last) }
    });
    rest.map_or(words, without_talk)
}

/// A clause without what is only said around a request.
fn bare(mut words: &[Word]) -> &[Word] {
    while let Some(rest) = after(words, FILLERS) {
        words = rest;
    }
    without_end(without_end(words, POLITE), "and|then")
}

fn row(words: &[Word]) -> Option<(Slots<'_>, &'static str)> {
    rows(REQUESTS).find_map(|(pattern, action)| Some((read(words, pattern)?, action)))
}

fn request(words: &[Word], scene: Scene) -> Option<Vec<Asked>> {
    // "I have to …" is a task unless a request follows.
    let duty = after(bare(words), "@have @must to\ni|we must|should");
    let (slots, action) = row(duty.filter(|inner| opens(inner)).unwrap_or(bare(words)))?;
    let (verb, parts) = action.split_once(' ').unwrap_or((action, ""));
    let mut request = Request { verb: verb.to_owned(), ..Request::default() };
    let mut needs = None;
    for part in parts.split(' ') {
        match part.split_once('=') {
            None => request.kinds.extend(KINDS.iter().find(|kind| **kind == part)),
            Some(("find", value)) => request.state = Some(value),
            Some(("needs", value)) => needs = Some(value),
            Some((key, value)) => {
                let value = serde_json::from_str(value).unwrap_or_else(|_| json!(value));
                request.input.insert(key.to_owned(), value);
            }
        }
    }
    let slot = |at: usize| slots.get(at).map_or(&[][..], |(_, words)| *words);
    match verb {
        "" => return None,
        "use" => return Some(vec![outside::request(&text(slot(0)), slot(1), scene.tools)]),
        "create" => {
            let words = slots.iter().map(|(_, words)| *words).collect::<Vec<_>>().concat();
            let plural = slots.iter().any(|(slot, _)| *slot == "drafts");
            let parts = several(&words, plural).into_iter();
            return Some(parts.map(|part| draft(request.clone(), part, scene)).collect());
        }
        _ => {}
    }
    let listed = after(slot(0), "the|my? @tasks").filter(|rest| !rest.is_empty());
    let firsts = listed.map_or(vec![slot(0)], |listed| several(listed, true)).into_iter();
    let filled = firsts.map(|first| {
        let mut each = slots.iter().enumerate();
        let filled = each.try_fold(request.clone(), |request, (at, (slot, words))| {
            request.filled(slot, if at == 0 { first } else { words }, scene)
        })?;
        needs.map_or_else(|| filled.clone().complete(scene), |slot| Err(filled.lacks(slot)))
    });
    Some(filled.collect())
}

/// Several things in one request: "… to X and a task to Y", in a `list` also "X, Y and Z".
fn several(words: &[Word], list: bool) -> Vec<&[Word]> {
    const MORE: &str = "another|a|an|one @task|one? to\nanother? to";
    let parts = split(words, |before, rest| {
        let pause = before.raw.ends_with([',', ';']);
        let more =
            after(skip(rest, "and"), MORE).is_some() || after(rest, "and <when> to").is_some();
        let listed = list && (pause || rest[0].line_start || one_of(&rest[0], "and|&"));
        listed || more && (pause || one_of(&rest[0], "and"))
    });
    parts.into_iter().map(|part| skip(skip(part, "and|&"), MORE)).collect()
}

/// Completes a new thing by what words say about it, part by part: "lunch | with Anna | at Joe's".
fn draft(mut request: Request, words: &[Word], scene: Scene) -> Asked {
    let begins = |word: &Word| word.line_start || one_of(word, "notes:|note:");
    let end = words.iter().skip(1).position(begins).map_or(words.len(), |at| at + 1);
    request.set("notes", text(skip(&words[end..], "notes:|note:")));
    let meeting = request.kinds == ["meeting"];
    let (when, left) = taken(without_end(&words[..end], "with|and"), meeting);
    request.when = when.or(request.when);
    let parts = split(&left, |before, rest| {
        let aim = one_of(&rest[0], "to") && one_of(before, "@meeting|@occasion");
        meeting && (aim || after(rest, "with|in|at|about|regarding|@called\nto talk").is_some())
    });
    let mut name = Vec::new();
    for part in parts {
        let said = read(part, if meeting { MEETING } else { TASK }).unwrap_or_default();
        for (slot, words) in &said {
            request = request.filled(slot, words, scene)?;
        }
        if meeting && said.iter().all(|(slot, _)| *slot == "people") {
            name.extend_from_slice(skip(part, "to talk|speak"));
        }
    }
    if !request.input.contains_key("title") {
        request.set("title", sentence(&name));
    }
    request.complete(scene)
}

/// Reads a text as the answer to an open question, or nothing if it is none.
pub(crate) fn resume(open: &Ask, words: &[Word], scene: Scene) -> Option<Vec<Asked>> {
    let request = open.request.clone();
    let known = |item: &Value| Ok(Request { item: Some(item.clone()), ..request.clone() });
    let (words, items) = (without_end(words, POLITE), scene.focus);
    Some(match open.slot.as_str() {
        "none" => return None,
        "" | "when" => {
            let more = open.slot == "when" && request.kinds == ["meeting"] && !opens(words);
            let dated = words.iter().any(|word| word.when.is_some());
            let amended = amend(&request, &open.slot, words, scene);
            vec![amended.or_else(|| (more && dated).then(|| draft(request, words, scene)))?]
        }
        "title" if request.verb == "create" => vec![draft(request, words, scene)],
        // Without a list to choose from, only a new request helps.
        "task" if items.is_empty() || request.phrase.is_none() => return None,
        "task" if is(words, "both|all of? them|these|those?") => items.iter().map(known).collect(),
        "task" => {
            let chosen = choose(&target(words).0, items);
            vec![chosen.map_or_else(|| Err(request.asks(say("which number"), "task")), known)]
        }
        slot if request.verb.contains("__") => {
            vec![outside::filled(request, Some(slot), words, scene.tools)]
        }
        slot => {
            vec![request.filled(slot, words, scene).and_then(|request| request.complete(scene))]
        }
    })
}

/// The item at the place that a word names, or the only one whose title has these words.
pub(crate) fn choose<'i>(phrase: &str, items: &'i [Value]) -> Option<&'i Value> {
    if let Some(at) = place(phrase, items.len()) {
        return items.get(at);
    }
    let title = |item: &Value| label(item).to_lowercase();
    let phrase = phrase.to_lowercase();
    let only = |fits: &dyn Fn(&str) -> bool| {
        let mut fitting = items.iter().filter(|item| fits(&title(item)));
        fitting.next().filter(|_| fitting.next().is_none())
    };
    only(&|title| title == phrase).or_else(|| only(&|title| title.contains(&phrase)))
}

/// The place in a list of that length that a word names.
fn place(word: &str, length: usize) -> Option<usize> {
    const ORDINALS: &str = "first second third fourth fifth sixth seventh eighth ninth tenth";
    let number = dates::cardinal(word).parse::<usize>().ok().map(|number| number.wrapping_sub(1));
    let last = (word == "last").then(|| length.wrapping_sub(1));
    number.or(last).or_else(|| ORDINALS.split(' ').position(|name| name == word))
}

/// The words by which a thing is to be found, and the kind of thing that they name.
fn target(words: &[Word]) -> (String, Option<&'static str>) {
    let plain = skip(words, "@the");
    let names = |class| plain.first().into_iter().chain(plain.last()).any(|it| one_of(it, class));
    let occasion = is(plain, "@occasion\n@occasion with <q>");
    // "my 3 pm", without its time
    let bare = is(words, "my|our|the\nmy|our|the|that? next? @meeting");
    let kinds = [names("@task"), names("@meeting") || occasion || bare, names("@memories")];
    let kind = KINDS.into_iter().zip(kinds).find(|(_, named)| *named).map(|(kind, _)| kind);
    let phrase = match read(words, TARGETS).as_deref() {
        _ if occasion => text(plain),
        Some([(_, said)]) if !bare => text(said).trim_end_matches("'s").to_owned(),
        _ => String::new(),
    };
    (phrase, kind)
}

/// The request as a reason such as "make it Monday instead" changes it, or nothing if it says
/// nothing about the request.
pub(crate) fn amend(request: &Request, slot: &str, words: &[Word], scene: Scene) -> Option<Asked> {
    let words = without_end(words, POLITE);
    if request.verb.contains("__") {
        let changed = outside::filled(request.clone(), None, words, scene.tools).ok()?;
        return (changed.input != request.input).then_some(Ok(changed));
    }
    let changes = request.verb == "create" || request.verb == "change";
    let slots = read(words, AMENDMENTS).filter(|_| changes)?;
    let (name, said) = *slots.iter().find(|(name, _)| *name != "other" && name.contains(slot))?;
    let fits = request.kinds == ["meeting"] || !matches!(name, "people" | "place");
    let filled = || request.clone().filled(name, said, scene)?.complete(scene);
    fits.then(filled)
}

/// The kind of an item.
pub(crate) fn kind_of(item: &Value) -> &'static str {
    match (item["startsAt"].is_string(), item["title"].is_string()) {
        (true, _) => "meeting",
        (_, true) => "task",
        _ => "memory",
    }
}

impl Request {
    /// Sets an argument unless there is nothing to set.
    fn set(&mut self, key: &str, value: impl Into<String>) {
        let value = value.into();
        if !value.is_empty() {
            self.input.insert(key.to_owned(), json!(value));
        }
    }

    /// A request to list things of this kind by words.
    pub(crate) fn list(kind: &'static str, phrase: &str) -> Self {
        let mut list = Self { verb: "list".to_owned(), kinds: vec![kind], ..Self::default() };
        list.set("q", phrase);
        list
    }

    /// What a change is about, by which it can be looked for.
    pub(crate) fn about(&self) -> Option<&str> {
        let named = ["title", "text"].iter().find_map(|key| self.input.get(*key)?.as_str());
        let named = self.item.as_ref().map(label).or(named);
        named.filter(|_| self.verb != "list" && !self.verb.contains('_'))
    }

    /// The kind of thing it is about, as far as known.
    pub(crate) fn kind(&self) -> &'static str {
        self.kinds.first().copied().unwrap_or("task")
    }

    /// Whether it asks about a moment: "am I free at 3 pm?"
    pub(crate) fn is_moment(&self) -> bool {
        self.verb == FREE && self.when.time.is_some()
    }

    /// A question about a slot of this request.
    pub(crate) fn asks(&self, text: impl Into<String>, slot: &str) -> Box<Ask> {
        Box::new(Ask { text: text.into(), request: self.clone(), slot: slot.to_owned() })
    }

    /// The question for a slot that is empty.
    fn lacks(&self, slot: &str) -> Box<Ask> {
        self.asks(say(&format!("ask {slot}")).replace("{kind}", self.kind()), slot)
    }

    /// Asks about when it is to be; what was clear about that stays.
    fn asks_when(&self, text: String) -> Box<Ask> {
        let mut request = self.clone();
        request.when.ask = None;
        request.asks(text, "when")
    }

    /// Asks which of several is meant.
    pub(crate) fn which(&self, items: &[Value], scene: Scene) -> Box<Ask> {
        if items.is_empty() {
            return self.lacks("task");
        }
        let text = format!("{}\n\n{}", say("which one"), numbered(items, scene.now));
        Self { phrase: Some(String::new()), ..self.clone() }.asks(text, "task")
    }

    /// Itself, if nothing that it must have is missing or unclear.
    fn complete(mut self, scene: Scene) -> Asked {
        if self.verb == "change" && self.item.is_none() && self.phrase.is_none() {
            let [item] = scene.focus else { return Err(self.which(scene.focus, scene)) };
            self.item = Some(item.clone());
        }
        if self.verb == "create" {
            if !self.input.contains_key("title") {
                return Err(self.lacks("title"));
            }
            self.call(scene)?;
        }
        self.when.checked(scene.now).map_err(|ask| self.asks_when(ask))?;
        Ok(self)
    }

    /// Itself with what the words of a slot say.
    fn filled(mut self, slot: &str, words: &[Word], scene: Scene) -> Asked {
        match slot {
            "title" | "notes" | "text" => self.set(slot, sentence(words)),
            "q" if self.kind() == "meeting" => {
                let (when, left) = taken(words, false);
                self.when = when.or(self.when);
                self.set(slot, text(&left));
            }
            "q" => self.set(slot, text(words)),
            "who" | "name" => self.set("assignee", text(words)),
            "place" => self.set("location", text(skip(words, "the"))),
            "people" if words.iter().any(|word| one_of(word, "her|him|them")) => {
                return Err(self.lacks(slot));
            }
            "people" => {
                let names = several(words, true).into_iter().map(text);
                let names = names.filter(|name| !name.is_empty()).collect();
                self.input.insert("attendees".to_owned(), names);
            }
            "task" | "it" | "event" | "head" | "memory" => return self.aimed(words, scene),
            "when" | "length" => self.when = When::said(words).or(self.when),
            _ => {}
        }
        Ok(self)
    }

    /// Itself with the thing that words name.
    fn aimed(mut self, words: &[Word], scene: Scene) -> Asked {
        if after(words, "all|every|everything").is_some() {
            return Err(self.asks(say("by name"), "none"));
        }
        // "the meeting on Friday" is looked for on that day.
        let (at, left) = taken(words, false);
        let dated = at.moves() && target(&left).1 == Some("meeting");
        let (at, words) = if dated { (at, &left[..]) } else { (When::default(), words) };
        let (phrase, kind) = target(words);
        let it =
            is(words, "it|that|this|both|these|them\nthe|that|this @task|@meeting|one\na|my @task");
        let fits = |item: &&Value| kind.is_none_or(|kind| kind == kind_of(item));
        let focus: Vec<Value> = scene.focus.iter().filter(fits).cloned().collect();
        let meant = match &focus[..] {
            [item] if it => Some(item),
            focus if it && kind != Some("meeting") => return Err(self.which(focus, scene)),
            focus => {
                let item = place(&phrase, focus.len()).map(|at| focus.get(at));
                item.map(|item| item.ok_or_else(|| self.which(focus, scene))).transpose()?
            }
        };
        if self.kinds.is_empty() {
            self.kinds = kind.map_or(vec!["task", "meeting"], |kind| vec![kind]);
        }
        self.at = at;
        self.item = meant.cloned();
        self.phrase = Some(phrase).filter(|_| meant.is_none());
        Ok(self)
    }

    /// The call, about this item if it needs one, or what to ask before it.
    pub(crate) fn call(&self, scene: Scene) -> Asked<(String, Value)> {
        let (kind, item) = (self.kind(), self.item.as_ref());
        let done = format!("{} {kind}", self.verb);
        let name = match rows(TOOLS).find(|(what, _)| *what == done) {
            Some((_, tool)) => tool,
            None if self.verb.contains('_') => &self.verb,
            None => return Err(self.asks(format!("I cannot {} a {kind}.", self.verb), "none")),
        };
        let (mut input, today) = (self.input.clone(), scene.now.date());
        if self.is_moment() {
            let mut hour = Map::new();
            let read = self.when.write("meeting", None, &mut hour, scene.now);
            read.map_err(|ask| self.asks(ask, "none"))?;
            let moment = json!({"from": hour["startsAt"], "to": hour["endsAt"]});
            return Ok(("list_meetings".to_owned(), moment));
        }
        let mut set = |key: &str, value| drop(input.insert(key.to_owned(), value));
        if let Some(item) = item {
            set("id", item["id"].clone());
            let lists = [Some(&item["attendees"]), self.input.get("attendees")];
            if let [Some(Value::Array(old)), Some(Value::Array(new))] = lists {
                let new = new.iter().filter(|name| !old.contains(name));
                set("attendees", old.iter().chain(new).cloned().collect());
            }
        }
        let days = self.when.days().map(|(first, last)| (first.unwrap_or(today).max(today), last));
        match (name, days) {
            ("list_tasks", _) if self.state == Some("overdue") => {
                set("dueBefore", json!(plus(today, 1)));
            }
            ("list_tasks", Some((_, last))) => set("dueBefore", json!(plus(last, 1))),
            ("list_meetings", None) => set("from", json!(today)),
            ("list_meetings" | FREE, days) => {
                let (first, last) = days.unwrap_or((today, plus(today, 6)));
                set("from", json!(first));
                set("to", json!(plus(last, 1)));
            }
            _ => {}
        }
        if self.verb == FREE {
            let _ = self.when.minutes.map(|minutes| set("minutes", json!(minutes)));
            let _ = self.when.hours().map(|hours| set("workingHours", hours));
        } else if self.verb != "list" && (self.when.says() || name == "create_meeting") {
            let written = self.when.write(kind, item, &mut input, scene.now);
            written.map_err(|ask| self.asks_when(ask))?;
        }
        Ok((name.to_owned(), Value::Object(input)))
    }
}
