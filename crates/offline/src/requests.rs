//! From the person's words to requests, by the tables of the grammar.

use agent::model::ToolDefinition;
use jiff::ZonedDateTime;
use jiff::civil::{Date, Time};
use serde_json::{Map, Value, json};

use crate::answer::{day_words, label, numbered};
use crate::dates::{self, When, plus};
use crate::outside;
use crate::talk::say;
use crate::words::{Slots, Word, after, is, one_of, read, rows, skip, split, text, without_end};

const REQUESTS: &str = include_str!("../grammar/requests.txt");
const FILLERS: &str = include_str!("../grammar/fillers.txt");
const OPENINGS: &str = include_str!("../grammar/openings.txt");
const AMENDMENTS: &str = include_str!("../grammar/amendments.txt");
const TARGETS: &str = include_str!("../grammar/targets.txt");
const POLITE: &str = "@polite @polite*";

/// The things that can be meant, in the order of the table of tools.
const KINDS: [&str; 3] = ["task", "meeting", "memory"];
const TOOLS: &str = include_str!("../grammar/tools.txt");
const FREE: &str = "find_free_time";

/// What a text is read against: the time, the tools, and the items spoken of last.
#[derive(Clone, Copy)]
pub(crate) struct Scene<'a> {
    pub(crate) now: &'a ZonedDateTime,
    pub(crate) tools: &'a [ToolDefinition],
    pub(crate) focus: &'a [Value],
}

/// One thing the person asks for.
#[derive(Clone, Debug, Default)]
pub(crate) struct Request {
    /// What to do with a thing of one of these kinds, best guess first; or a tool's name.
    pub(crate) verb: String,
    pub(crate) kinds: Vec<&'static str>,
    /// Arguments as far as they are known, and when the thing is to be.
    pub(crate) input: Map<String, Value>,
    pub(crate) when: When,
    /// The item whose id belongs into the arguments, or words, state and time to find it by.
    pub(crate) item: Option<Value>,
    pub(crate) phrase: Option<String>,
    pub(crate) state: Option<&'static str>,
    pub(crate) time: Option<Time>,
    pub(crate) window: Option<Window>,
}

/// The days that a list is narrowed to.
#[derive(Clone, Debug)]
pub(crate) struct Window {
    pub(crate) name: String,
    pub(crate) first: Option<Date>,
    last: Date,
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
    let clauses = split(words, |before, rest| {
        let pause = before.raw.ends_with(['.', ';', ',', '!', '?']) || rest[0].line_start;
        let linked = one_of(&rest[0], "and|then") && !one_of(before, "and|then");
        (pause || linked) && opens(rest)
    });
    let clauses = clauses.into_iter().filter(|clause| !bare(clause).is_empty());
    let read: Option<Vec<_>> = clauses.map(|clause| request(clause, scene)).collect();
    read.map(|requests| requests.into_iter().flatten().collect::<Vec<_>>())
        .filter(|requests| !requests.is_empty())
}

fn opens(words: &[Word]) -> bool {
    let lists = || row(bare(words)).is_some_and(|(_, action)| action.starts_with("list"));
    after(bare(words), OPENINGS).is_some() || lists()
}

/// A clause without what is only said around a request.
fn bare(mut words: &[Word]) -> &[Word] {
    while let Some(rest) = after(words, FILLERS) {
        words = rest;
    }
    words
}

fn row(words: &[Word]) -> Option<(Slots<'_>, &'static str)> {
    rows(REQUESTS).find_map(|(pattern, action)| Some((read(words, pattern)?, action)))
}

fn request(words: &[Word], scene: Scene) -> Option<Vec<Asked>> {
    let words = without_end(without_end(bare(words), POLITE), "and|then");
    // "I have to …" is a task unless a request follows.
    let duty = after(words, "@have @must to\ni|we must|should");
    let (slots, action) = row(duty.filter(|inner| opens(inner)).unwrap_or(words))?;
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

/// Several things in one request: "… to X and to Y", in a `list` also "X, Y and Z".
fn several(words: &[Word], list: bool) -> Vec<&[Word]> {
    let parts = split(words, |before, rest| {
        let pause = before.raw.ends_with([',', ';']);
        let listed = list && (pause || rest[0].line_start || one_of(&rest[0], "and|&"));
        listed || after(rest, "and another? to").is_some() || (pause && one_of(&rest[0], "to"))
    });
    parts.into_iter().map(|part| skip(part, "and|& another?")).collect()
}

/// Completes a new thing by what words say about it.
fn draft(mut request: Request, words: &[Word], scene: Scene) -> Asked {
    let begins = |word: &Word| word.line_start || one_of(word, "notes:|note:");
    let end = words.iter().skip(1).position(begins).map_or(words.len(), |at| at + 1);
    let (line, notes) =
        (without_end(&words[..end], "with|and"), skip(&words[end..], "notes:|note:"));
    request.set("notes", text(notes));
    let meeting = request.kinds == ["meeting"];
    let (when, left) = dates::taken(line, meeting, scene.now);
    request.when = when.or(request.when);
    if meeting {
        event(&mut request, &left);
        return request.complete(scene);
    }
    let mut line = skip(&left, "for me|us");
    if let Some([(_, name), (_, rest)]) = read(line, "for <name> to <title>").as_deref() {
        request.set("assignee", text(name));
        line = rest;
    }
    request.set("title", sentence(skip(line, "to|@called|saying|that|about|for|of")));
    request.complete(scene)
}

/// Reads what is said about a new meeting: "lunch with Anna at Café Einstein about the offer".
fn event(request: &mut Request, words: &[Word]) {
    let parts = split(words, |before, rest| {
        let talk = after(rest, "to talk|speak about").is_some();
        let aim = talk || one_of(&rest[0], "to") && one_of(before, "@meeting|@occasion");
        aim || one_of(&rest[0], "with|in|at|about|regarding|@called")
    });
    let mut name = Vec::new();
    for part in parts {
        if let Some(place) = after(part, "in|at the?") {
            request.set("location", text(place));
        } else if let Some(title) =
            after(part, "@called\nto").filter(|_| !is(part, "to talk|speak"))
        {
            request.set("title", sentence(title));
        } else {
            let people = after(part, "with");
            let _ =
                people.map(|people| request.input.insert("attendees".to_owned(), names(people)));
            // "Meeting Standup" is called Standup.
            let title = after(part, "@meeting").filter(|rest| !rest.is_empty());
            name.extend_from_slice(skip(title.unwrap_or(part), "to talk|speak"));
        }
    }
    if !request.input.contains_key("title") {
        request.set("title", sentence(&name));
    }
}

fn names(words: &[Word]) -> Value {
    let names = several(words, true).into_iter().map(text);
    names.filter(|name| !name.is_empty()).collect()
}

fn sentence(words: &[Word]) -> String {
    let text = text(words);
    let mut letters = text.chars();
    letters.next().map_or(String::new(), |first| first.to_uppercase().chain(letters).collect())
}

/// Reads a text as the answer to an open question, or nothing if it is none.
pub(crate) fn resume(open: &Ask, words: &[Word], scene: Scene) -> Option<Vec<Asked>> {
    let request = open.request.clone();
    let known = |item: &Value| Ok(Request { item: Some(item.clone()), ..request.clone() });
    let (words, items) = (without_end(words, POLITE), scene.focus);
    Some(match open.slot.as_str() {
        "none" => return None,
        "" | "when" => vec![amend(&request, &open.slot, words, scene)?],
        "title" if request.verb == "create" => vec![draft(request, words, scene)],
        // Without a list to choose from, only a new request helps.
        "task" if items.is_empty() || request.phrase.is_none() => return None,
        "task" if is(words, "both|all of? them|these|those?") => items.iter().map(known).collect(),
        "task" => {
            let (phrase, _) = target(words);
            let chosen = choose(&phrase, items);
            vec![chosen.map_or_else(|| Err(request.asks(say("which number"), "task")), known)]
        }
        "who" => vec![request.filled("who", words, scene)],
        "title" => vec![request.filled("title", words, scene)],
        "text" => vec![request.filled("text", words, scene)],
        slot => vec![outside::filled(request, Some(slot), words, scene.tools)],
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
pub(crate) fn place(word: &str, length: usize) -> Option<usize> {
    const ORDINALS: &str = "first second third fourth fifth sixth seventh eighth ninth tenth";
    let number = dates::cardinal(word).parse::<usize>().ok().map(|number| number.wrapping_sub(1));
    let last = (word == "last").then(|| length.wrapping_sub(1));
    number.or(last).or_else(|| ORDINALS.split(' ').position(|name| name == word))
}

/// The words by which a thing is to be found, and the kinds of thing that they name.
fn target(words: &[Word]) -> (String, Vec<&'static str>) {
    let plain = skip(words, "@the");
    let names = |class| plain.first().into_iter().chain(plain.last()).any(|it| one_of(it, class));
    let occasion = is(plain, "@occasion\n@occasion with <q>");
    let kinds = [names("@task"), names("@meeting") || occasion, names("@memories")];
    let kinds = KINDS.into_iter().zip(kinds).filter(|(_, named)| *named);
    let phrase = match read(words, TARGETS) {
        _ if occasion => text(plain),
        _ if is(plain, "@meeting") => String::new(),
        slots => text(slots.as_deref().and_then(<[_]>::first).map_or(&[], |(_, words)| words))
            .trim_end_matches("'s")
            .to_owned(),
    };
    (phrase, kinds.map(|(kind, _)| kind).take(1).collect())
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
    let (name, said) = *slots.first().filter(|(name, _)| name.contains(slot))?;
    let fits = request.kinds == ["meeting"] || !matches!(name, "people" | "place");
    let filled = || request.clone().filled(name, said, scene)?.complete(scene);
    fits.then(filled)
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
    pub(crate) fn about(&self, item: Option<&Value>) -> Option<String> {
        let named = ["title", "text"].iter().find_map(|key| self.input.get(*key)?.as_str());
        let named = item.map(label).or(named).filter(|_| !self.verb.contains('_'));
        named.filter(|_| self.verb != "list").map(str::to_owned)
    }

    /// The kind of thing it is about, as far as known.
    pub(crate) fn kind(&self) -> &'static str {
        self.kinds.first().copied().unwrap_or("task")
    }

    /// A question about a slot of this request.
    pub(crate) fn asks(&self, text: impl Into<String>, slot: &str) -> Box<Ask> {
        Box::new(Ask { text: text.into(), request: self.clone(), slot: slot.to_owned() })
    }

    /// The question for a slot that is empty.
    pub(crate) fn lacks(&self, slot: &str) -> Box<Ask> {
        let question = say(&format!("ask {slot}"));
        self.asks(question.replace("{kind}", self.kind()), slot)
    }

    /// Asks which of several is meant.
    pub(crate) fn which(&self, items: &[Value], now: &ZonedDateTime) -> Box<Ask> {
        if items.is_empty() {
            return self.lacks("task");
        }
        let text = format!("{}\n\n{}", say("which one"), numbered(items, now));
        Box::new(Ask {
            request: Self { phrase: Some(String::new()), ..self.clone() },
            ..*self.asks(text, "task")
        })
    }

    /// Itself, if nothing that it must have is missing or unclear.
    fn complete(mut self, scene: Scene) -> Asked {
        if self.verb == "change" && self.item.is_none() && self.phrase.is_none() {
            let [item] = scene.focus else { return Err(self.which(scene.focus, scene.now)) };
            self.item = Some(item.clone());
        }
        if self.verb == "create" {
            if !self.input.contains_key("title") {
                return Err(self.lacks("title"));
            }
            self.call(self.kind(), None, scene)?;
        }
        self.when.checked(scene.now).map_err(|ask| self.asks_when(ask))?;
        Ok(self)
    }

    /// Asks about when it is to be; what was clear about that stays.
    fn asks_when(&self, text: String) -> Box<Ask> {
        let mut request = self.clone();
        request.when.ask = None;
        request.asks(text, "when")
    }

    /// Itself with what the words of a slot say.
    fn filled(mut self, slot: &'static str, words: &[Word], scene: Scene) -> Asked {
        match slot {
            "title" | "notes" | "text" => self.set(slot, sentence(words)),
            "q" if self.kind() == "meeting" => {
                let (when, left) = dates::taken(words, false, scene.now);
                self.window = when.day.map(|day| Window::day(day, scene));
                self.set(slot, text(&left));
            }
            "q" => self.set(slot, text(words)),
            "who" | "name" => self.set("assignee", text(words)),
            "place" => self.set("location", text(skip(words, "the"))),
            "people" => drop(self.input.insert("attendees".to_owned(), names(words))),
            "task" | "it" | "event" | "head" | "memory" => return self.aimed(words, scene),
            "overdue" => {
                let (name, last) = ("overdue".to_owned(), scene.now.date());
                self.window = Some(Window { name, first: None, last });
            }
            "period" => {
                let [this, unit] = [0, 1].map(|at| words[at].plain.as_str());
                let (first, last) = dates::period(unit, this == "next", scene.now.date());
                self.window =
                    Some(Window { name: format!("{this} {unit}"), first: Some(first), last });
            }
            "when" | "span" => {
                let read = dates::phrase(words, scene.now, true);
                self.when = read.map(|(_, when)| when).unwrap_or_default().or(self.when);
                if let Some(day) =
                    self.when.day.filter(|_| self.verb == "list" || self.verb == FREE)
                {
                    self.when.checked(scene.now).map_err(|text| self.asks(text, slot))?;
                    let open = after(words, "due? by|before|until|till").is_some();
                    let window = Window::day(day, scene);
                    self.window = Some(if open { window.until() } else { window });
                }
            }
            _ => {}
        }
        Ok(self)
    }

    /// Itself with the thing that words name.
    fn aimed(mut self, words: &[Word], scene: Scene) -> Asked {
        // "the meeting on Friday" is looked for on that day.
        let (when, left) = dates::taken(words, false, scene.now);
        let meeting = target(&left).1 == ["meeting"] && when.says();
        let words = if meeting { &left } else { words };
        let day = when.day.filter(|_| meeting);
        self.window = day.map(|day| Window::day(day, scene)).or(self.window);
        self.time = when.time.filter(|_| meeting);
        let ((phrase, kinds), focus) = (target(words), scene.focus);
        let it = is(words, "it|that|this|them\nthe|that|this @task|one");
        let at = if it { Some(0) } else { place(&phrase, focus.len()) };
        if self.kinds.is_empty() {
            self.kinds = if kinds.is_empty() { vec!["task", "meeting"] } else { kinds };
        }
        match at.map(|at| focus.get(at).filter(|_| !it || focus.len() == 1)) {
            _ if after(words, "all|every|everything").is_some() => {
                return Err(self.asks(say("by name"), "none"));
            }
            Some(None) => return Err(self.which(focus, scene.now)),
            Some(Some(item)) => self.item = Some(item.clone()),
            None => self.phrase = Some(phrase),
        }
        Ok(self)
    }

    /// The call, about this item if it needs one, or what to ask before it.
    pub(crate) fn call(
        &self,
        kind: &str,
        item: Option<&Value>,
        scene: Scene,
    ) -> Asked<(String, Value)> {
        let tools = rows(TOOLS).find(|(verb, _)| *verb == self.verb);
        let at = KINDS.iter().position(|name| *name == kind).unwrap_or(0);
        let name = tools.and_then(|(_, tools)| tools.split(' ').nth(at)).unwrap_or(&self.verb);
        if name == "-" {
            return Err(self.asks(format!("I cannot {} a {kind}.", self.verb), "none"));
        }
        let (mut input, today) = (self.input.clone(), scene.now.date());
        let mut set = |key: &str, value| drop(input.insert(key.to_owned(), value));
        if let Some(item) = item {
            set("id", item["id"].clone());
            let lists = [Some(&item["attendees"]), self.input.get("attendees")];
            if let [Some(Value::Array(old)), Some(Value::Array(new))] = lists {
                let new = new.iter().filter(|name| !old.contains(name));
                set("attendees", old.iter().chain(new).cloned().collect());
            }
        }
        let ends = self.window.as_ref().map(|it| (it.first.unwrap_or(today).max(today), it.last));
        match (name, ends) {
            ("list_tasks", Some((_, last))) => set("dueBefore", json!(plus(last, 1))),
            ("list_meetings", None) => set("from", json!(today)),
            ("list_meetings" | "find_free_time", ends) => {
                let (first, last) = ends.unwrap_or((today, plus(today, 6)));
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

impl Window {
    fn day(day: Date, scene: Scene) -> Self {
        Self { name: day_words(day, scene.now), first: Some(day), last: day }
    }

    /// Everything up to its end.
    fn until(self) -> Self {
        let name = format!("until {}", self.name.trim_start_matches("on "));
        Self { name, first: None, ..self }
    }
}
