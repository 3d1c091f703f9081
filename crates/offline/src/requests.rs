//! From the person's words to requests, by the tables of the grammar.

use agent::model::ToolDefinition;
use jiff::ZonedDateTime;
use serde_json::{Map, Value, json};

use crate::answer::{Answer, Open, ToolCall, label, numbered, say, small_talk};
use crate::dates::{self, When, marked, taken};
use crate::outside;
use crate::words::{
    Slots, Word, after, class, is, one_of, row, rows, sentence, skip, split, text, without_end,
    words,
};

const REQUESTS: &str = include_str!("../grammar/requests.txt");
const FILLERS: &str = include_str!("../grammar/fillers.txt");
const OPENINGS: &str = include_str!("../grammar/openings.txt");
const AMENDMENTS: &str = include_str!("../grammar/amendments.txt");
const TASK: &str = include_str!("../grammar/task.txt");
const MEETING: &str = include_str!("../grammar/meeting.txt");
const TARGETS: &str = include_str!("../grammar/targets.txt");
const TOOLS: &str = include_str!("../grammar/tools.txt");
const CORRECTIONS: &str = include_str!("../grammar/corrections.txt");
const POLITE: &str = "@polite* thank|thanks you? very|so|a? much|lot? @polite*\n@polite @polite*";

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
    /// What to do with a thing of one of these kinds, best guess first; or a connected tool's name.
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

/// Something as far as it can be told, or else a question or another last answer.
pub(crate) type Asked<T = Request> = Result<T, Answer>;

/// Reads a text, or nothing if it is no request. A new one begins where it plainly does; a bare
/// "and" belongs to a title. Small talk around requests is passed over, but "no, Thursday" is one.
pub(crate) fn parse(words: &[Word], scene: Scene) -> Option<Vec<Asked>> {
    let is_talk = |words: &[Word]| small_talk(words).is_some_and(|said| said != "nothing");
    let clauses = split(words, |before, rest| {
        let pause = before.raw.ends_with(['.', ';', ',', '!', '?']) || rest[0].line_start;
        let linked = one_of(&rest[0], "and|then") && !one_of(before, "and|then");
        let first = &words[..words.len() - rest.len()];
        let other = (pause || linked) && small_talk(first) != Some("nothing") && opens(rest);
        other || pause && (is_talk(rest) || is_talk(first))
    });
    let clauses = clauses.into_iter().filter(|clause| !bare(clause).is_empty() && !is_talk(clause));
    let read: Option<Vec<_>> = clauses.map(|clause| clause_requests(clause, scene)).collect();
    read.map(|requests| requests.concat()).filter(|requests| !requests.is_empty())
}

/// Whether a request plainly begins here.
pub(crate) fn opens(words: &[Word]) -> bool {
    let asks = |does: &str| ["list", "get", "free", "search"].iter().any(|it| does.starts_with(it));
    let words = bare(words);
    after(words, OPENINGS).is_some() || row(words, REQUESTS).is_some_and(|(_, does)| asks(does))
}

/// A clause without what is only said around a request.
fn bare(mut words: &[Word]) -> &[Word] {
    while let Some(rest) = after(words, FILLERS) {
        words = rest;
    }
    without_end(plain(words), "and|then")
}

/// The words without what is only polite at their end; "say thanks" is more.
fn plain(words: &[Word]) -> &[Word] {
    let left = without_end(words, POLITE);
    if left.last().is_some_and(|last| one_of(last, "say|write|to")) { words } else { left }
}

fn clause_requests(words: &[Word], scene: Scene) -> Option<Vec<Asked>> {
    // "I have to …" is a task unless a request follows.
    let duty = after(bare(words), "@have @must to\ni|we must|should");
    let said = duty.filter(|inner| opens(inner)).unwrap_or(bare(words));
    let (slots, does) = row(plain(words), CORRECTIONS).or_else(|| row(said, REQUESTS))?;
    let requests = does.split(" + ").map(|does| row_requests(does, &slots, scene));
    Some(requests.collect::<Vec<_>>().concat()).filter(|_| !does.is_empty())
}

/// The requests of one row: what it does, with what its slots say.
fn row_requests(does: &'static str, slots: &Slots, scene: Scene) -> Vec<Asked> {
    let (verb, parts) = does.split_once(' ').unwrap_or((does, ""));
    if verb == "say" {
        return vec![Err(Answer::say(say(parts)))];
    }
    let (mut request, mut needs) = (Request { verb: verb.to_owned(), ..Request::default() }, None);
    for part in parts.split_whitespace() {
        match part.split_once('=') {
            None => request.kinds.push(part),
            Some(("find", state)) => request.state = Some(state),
            Some(("needs", slot)) => needs = Some(slot),
            Some(("when", said)) => {
                request.when = When::said(&marked(&words(&said.replace('_', " ")), scene.now));
            }
            Some((key, value)) => {
                let value = serde_json::from_str(value).unwrap_or_else(|_| json!(value));
                request.input.insert(key.to_owned(), value);
            }
        }
    }
    if verb == "create" {
        let plural = slots.iter().any(|(slot, _)| *slot == "drafts");
        let words = slots.iter().map(|(_, words)| *words).collect::<Vec<_>>().concat();
        let parts = several(&words, plural).into_iter();
        return parts.map(|part| draft(request.clone(), part, scene)).collect();
    }
    // "the tasks X and Y", "the standup and the lunch", "1 and 3" of a list
    let (slot, first) = slots.first().map_or(("", &[][..]), |first| *first);
    let own = after(first, "the|my|our").is_some();
    let known = |words: &&[Word]| choose(&text(words), scene.focus).is_some();
    let listed = after(first, "the|my? @tasks").filter(|rest| !rest.is_empty());
    let all = |words: &&[Word]| !known(words) && several(words, true).iter().all(known);
    let of_list = || Some(first).filter(|words| slot == "task" && all(words));
    let named = match listed.or_else(of_list) {
        Some(listed) => several(listed, true),
        None => split(first, |_, rest| own && after(rest, "and the|my|our").is_some()),
    };
    let filled = named.into_iter().map(|first| {
        let mut each = slots.iter().enumerate();
        let filled = each.try_fold(request.clone(), |request, (at, (slot, words))| {
            request.filled(slot, if at == 0 { skip(first, "and") } else { words }, scene)
        })?;
        needs.map_or_else(|| filled.clone().complete(scene), |slot| Err(filled.lacks(slot)))
    });
    filled.collect()
}

/// Several things in one request: "… to X and a task to Y", in a `list` also "X, Y and Z".
fn several(words: &[Word], list: bool) -> Vec<&[Word]> {
    const MORE: &str = "another|a|an @task|one to|@called\nanother|one? to";
    // "… X and a task Y"
    const TERSE: &str = "another|a|an @task to|@called?\nanother|one? to";
    let terse = after(words, "to|that|for|about|@called").is_none();
    let begin = if terse { TERSE } else { MORE };
    let parts = split(words, |before, rest| {
        let pause = before.raw.ends_with([',', ';']);
        let more =
            after(skip(rest, "and"), begin).is_some() || after(rest, "and <when> to").is_some();
        let listed = list && (pause || rest[0].line_start || one_of(&rest[0], "and|&"));
        listed || more && (pause || one_of(&rest[0], "and"))
    });
    parts.into_iter().map(|part| skip(skip(part, "and|&"), begin)).collect()
}

/// Completes a new thing by what words say about it, part by part: "lunch | with Anna | at Joe's".
fn draft(mut request: Request, words: &[Word], scene: Scene) -> Asked {
    let begins = |word: &Word| word.line_start || one_of(word, "notes:|note:");
    let end = words.iter().skip(1).position(begins).map_or(words.len(), |at| at + 1);
    request.set("notes", &text(skip(&words[end..], "notes:|note:")));
    let meeting = request.kinds == ["meeting"];
    let (when, left) = taken(without_end(&words[..end], "with|and"), meeting);
    request.when = when.or(request.when);
    let parts = split(&left, |before, rest| {
        let aim = one_of(&rest[0], "to") && one_of(before, "@meeting|@occasion");
        meeting && (aim || after(rest, "with|in|at|about|regarding|@called\nto talk").is_some())
    });
    let mut name = Vec::new();
    for part in parts {
        let (said, _) = row(part, if meeting { MEETING } else { TASK }).unwrap_or_default();
        for (slot, words) in &said {
            request = request.filled(slot, words, scene)?;
        }
        if meeting && said.iter().all(|(slot, _)| *slot == "attendees") {
            name.extend_from_slice(skip(part, "to talk|speak"));
        }
    }
    if !request.input.contains_key("title") {
        request.set("title", &sentence(&name));
    }
    request.complete(scene)
}

/// Reads a text as the answer to an open question, or nothing if it is none.
pub(crate) fn resume(open: &Open, words: &[Word], scene: Scene) -> Option<Vec<Asked>> {
    let (request, slot) = open;
    let known = |item: &Value| Ok(Request { item: Some(item.clone()), ..request.clone() });
    let (words, items) = (plain(words), scene.focus);
    Some(match slot.as_str() {
        "none" => return None,
        "" | "when" => {
            let more = slot == "when" && request.kinds == ["meeting"] && !opens(words);
            let more = more && words.iter().any(|word| word.when.is_some());
            let amended = amend(request, slot, words, scene);
            vec![amended.or_else(|| more.then(|| draft(request.clone(), words, scene)))?]
        }
        "title" if request.verb == "create" => vec![draft(request.clone(), words, scene)],
        // Without a list to choose from, only a new request helps.
        "task" if items.is_empty() || request.phrase.is_none() => return None,
        "task" if is(words, "both|all of? them|these|those?") => items.iter().map(known).collect(),
        slot => vec![request.clone().filled(slot, words, scene).and_then(|it| it.complete(scene))],
    })
}

/// The item in this place, or the only one whose title is or has these words.
pub(crate) fn choose<'i>(phrase: &str, items: &'i [Value]) -> Option<&'i Value> {
    let phrase = phrase.to_lowercase();
    let only = |fits: &dyn Fn(&str) -> bool| {
        let mut fitting = items.iter().filter(|item| fits(&label(item).to_lowercase()));
        fitting.next().filter(|_| fitting.next().is_none())
    };
    let placed = place(&phrase, items.len()).and_then(|at| items.get(at));
    let titled = || only(&|title| title == phrase);
    placed.or_else(titled).or_else(|| only(&|title| title.contains(&phrase)))
}

/// The place in a list of that length that a word names.
fn place(word: &str, length: usize) -> Option<usize> {
    let spelled = || class("@ordinals").split('|').position(|name| name == word);
    let last = (word == "last").then_some(length);
    last.or_else(|| dates::cardinal(word).parse().ok()).or_else(spelled)?.checked_sub(1)
}

/// The request as a reason such as "make it Monday instead" changes it, or nothing if it says
/// nothing about the request.
pub(crate) fn amend(request: &Request, slot: &str, words: &[Word], scene: Scene) -> Option<Asked> {
    let words = plain(words);
    if request.verb.contains('_') {
        let changed = request.clone().filled("", words, scene).ok()?;
        return (changed.input != request.input).then_some(Ok(changed));
    }
    let (slots, _) = row(words, AMENDMENTS)?;
    let slot = if slot == "when" { "when half hour later earlier" } else { slot };
    let fits = |name: &str| name != "other" && (slot.is_empty() || slot.contains(name));
    let (name, said) = *slots.iter().find(|(name, _)| fits(name))?;
    let fits = match request.verb.as_str() {
        "create" | "change" => {
            request.kinds == ["meeting"] || !matches!(name, "attendees" | "location")
        }
        verb => verb == "free" && !slot.is_empty(),
    };
    fits.then(|| request.clone().filled(name, said, scene)?.complete(scene))
}

/// The items spoken of last that are of this kind, if one is named.
fn spoken_of(kind: &str, scene: Scene) -> Vec<Value> {
    let fits = |item: &&Value| kind.is_empty() || kind == kind_of(item);
    scene.focus.iter().filter(fits).cloned().collect()
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
    fn set(&mut self, key: &str, value: &str) {
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

    /// The kind of thing it is about, as far as known; "am I free at 3 pm?" is about a moment.
    pub(crate) fn kind(&self) -> &'static str {
        let moment = self.verb == "free" && self.when.time.is_some();
        if moment { "moment" } else { self.kinds.first().copied().unwrap_or("task") }
    }

    /// A question about a slot of this request; an empty one if anything about it may change.
    pub(crate) fn asks(&self, text: impl Into<String>, slot: &str) -> Answer {
        let mut request = self.clone();
        // What was clear about the time stays.
        request.when.ask = request.when.ask.filter(|_| slot != "when");
        Answer { open: Some(Box::new((request, slot.to_owned()))), ..Answer::say(text) }
    }

    /// The question for a slot that is empty.
    fn lacks(&self, slot: &str) -> Answer {
        self.asks(say(&format!("ask {slot}")).replace("{kind}", self.kind()), slot)
    }

    /// Asks which of several is meant.
    pub(crate) fn which(&self, items: &[Value], scene: Scene) -> Answer {
        let Some(list) = numbered(items, scene.now) else { return self.lacks("task") };
        let text = format!("{}\n\n{list}", say("which one"));
        let ask = Self { phrase: Some(String::new()), ..self.clone() }.asks(text, "task");
        Answer { focus: Some(items.to_vec()), ..ask }
    }

    /// Itself, if nothing that it must have is missing or unclear.
    fn complete(mut self, scene: Scene) -> Asked {
        match self.verb.as_str() {
            "use" => self.verb = outside::named("", scene)?,
            name if name.contains('_') => return outside::filled(self, "", &[], scene),
            "change" if self.item.is_none() && self.phrase.is_none() => {
                let focus = spoken_of(self.kinds.first().unwrap_or(&""), scene);
                let [item] = &focus[..] else { return Err(self.which(&focus, scene)) };
                self.item = Some(item.clone());
            }
            "create" if !self.input.contains_key("title") => return Err(self.lacks("title")),
            "create" => drop(self.call(scene)?),
            _ => {}
        }
        self.when.checked(scene.now).map_err(|ask| self.asks(ask, "when"))?;
        Ok(self)
    }

    /// Itself with what the words of a slot say.
    fn filled(mut self, slot: &str, words: &[Word], scene: Scene) -> Asked {
        match slot {
            _ if self.verb.contains('_') => return outside::filled(self, slot, words, scene),
            "tool" => self.verb = outside::named(&text(words), scene)?,
            "title" | "notes" | "text" => self.set(slot, &sentence(words)),
            "q" | "assignee" | "location" => self.set(slot, &text(words)),
            "attendees" if words.iter().any(|word| one_of(word, "her|him|them")) => {
                return Err(self.lacks(slot));
            }
            "attendees" => {
                let names = several(words, true).into_iter().map(text);
                let names = names.filter(|name| !name.is_empty()).collect();
                self.input.insert(slot.to_owned(), names);
            }
            "task" | "event" | "head" => return self.aimed(words, scene),
            "when" | "due" | "length" | "hour" => self.when = When::said(words).or(self.when),
            "half" => self.when = When::part(words).or(self.when),
            "later" | "earlier" => self.when = When::moved(words, slot == "earlier").or(self.when),
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
        let (slots, named) = row(words, TARGETS).unwrap_or_default();
        let (days, rest): (Vec<_>, Vec<_>) = slots.iter().partition(|(slot, _)| *slot == "when");
        let at = days.iter().map(|(_, words)| When::said(words)).fold(When::default(), When::or);
        let phrase = text(&rest.iter().map(|(_, words)| *words).collect::<Vec<_>>().concat());
        let phrase = phrase.trim_end_matches("'s").to_owned();
        let (it, kind) =
            named.strip_prefix("it").map_or((false, named), |kind| (true, kind.trim()));
        let focus = spoken_of(kind, scene);
        let meant = match &focus[..] {
            [item] if it => Some(item),
            focus if it && kind != "meeting" => return Err(self.which(focus, scene)),
            // It was asked which, or a place in the list is named.
            focus if self.phrase.is_some() || place(&phrase, focus.len()).is_some() => {
                Some(choose(&phrase, focus).ok_or_else(|| self.which(focus, scene))?)
            }
            _ => None,
        };
        if self.kinds.is_empty() {
            self.kinds = if kind.is_empty() { vec!["task", "meeting"] } else { vec![kind] };
        }
        let phrase = Some(phrase).filter(|_| meant.is_none());
        Ok(Self { at, item: meant.cloned(), phrase, ..self })
    }

    /// The call, about this item if it needs one, or what to ask before it.
    pub(crate) fn call(&self, scene: Scene) -> Asked<ToolCall> {
        let (kind, item) = (self.kind(), self.item.as_ref());
        let done = format!("{} {kind}", self.verb);
        let (name, keys) = match rows(TOOLS).find(|(what, _)| *what == done) {
            Some((_, tool)) => tool.split_once(' ').unwrap_or((tool, "")),
            None if self.verb.contains('_') => (&*self.verb, ""),
            None => return Err(self.asks(format!("I cannot {} a {kind}.", self.verb), "none")),
        };
        if scene.tools.iter().all(|tool| tool.name != name) {
            return Err(Answer::say(say("no tool").replace("{name}", name)));
        }
        let overdue = Ok(scene.now.date()).into();
        let when = if self.state == Some("overdue") { &overdue } else { &self.when };
        let old = item.map(|item| When::of(item, scene.now));
        let mut input = self.input.clone();
        input.extend(when.input(keys, old, scene.now).map_err(|ask| self.asks(ask, "when"))?);
        if let Some(item) = item {
            input.insert("id".to_owned(), item["id"].clone());
            let lists = [Some(&item["attendees"]), self.input.get("attendees")];
            if let [Some(Value::Array(old)), Some(Value::Array(new))] = lists {
                let new = new.iter().filter(|name| !old.contains(name));
                let all = old.iter().chain(new).cloned().collect();
                input.insert("attendees".to_owned(), all);
            }
        }
        Ok((name.to_owned(), Value::Object(input)))
    }
}
