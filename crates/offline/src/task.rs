//! Tasks as tools show them, and requests about them as the person means them.

use jiff::ZonedDateTime;
use jiff::civil::Date;
use serde_json::{Map, Value, json};

use crate::dates::Due;

/// A task in a tool's result.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Task {
    pub(crate) id: String,
    pub(crate) title: String,
    pub(crate) done: bool,
    pub(crate) due: Option<Due>,
    pub(crate) assignee: Option<String>,
}

impl Task {
    /// Reads one; without id and title it is none.
    pub(crate) fn of(value: &Value) -> Option<Self> {
        let text = |key: &str| value[key].as_str().map(str::to_owned);
        Some(Self {
            id: text("id")?,
            title: text("title")?,
            done: value["status"] == "done",
            due: Due::of(value),
            assignee: text("assignee"),
        })
    }
}

/// One thing the person asks for.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Request {
    /// A new task.
    Create(Draft),
    /// A look at the list.
    List(Filter),
    /// Something about one task.
    Change(Target, Change),
    /// This call, as it stands.
    Call(String, Value),
    /// Nothing before this question is answered.
    Ask(String, Option<Open>),
}

/// A question that stands open: what an answer to it completes.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Open {
    /// What the task is called.
    Title(Draft),
    /// When the new task is due.
    Date(Draft),
    /// To which date a task moves.
    MoveDate(Target),
    /// Which task is meant.
    Which(Change, Vec<Task>),
    /// How a denied call is to be made instead.
    Redo(String, Value),
}

/// A task to be made.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Draft {
    pub(crate) title: String,
    pub(crate) due: Option<Due>,
    pub(crate) assignee: Option<String>,
    pub(crate) notes: Option<String>,
}

impl Draft {
    /// The arguments of `create_task`.
    pub(crate) fn arguments(&self) -> Value {
        let mut arguments = Map::new();
        arguments.insert("title".to_owned(), json!(self.title));
        for (key, value) in [("notes", &self.notes), ("assignee", &self.assignee)] {
            if let Some(value) = value {
                arguments.insert(key.to_owned(), json!(value));
            }
        }
        if let Some(due) = &self.due {
            due.put(&mut arguments);
        }
        Value::Object(arguments)
    }
}

/// Which tasks to list.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Filter {
    /// `open`, `done`, or both.
    pub(crate) status: Option<&'static str>,
    /// Words to look for.
    pub(crate) q: Option<String>,
    /// When they are due.
    pub(crate) window: Option<Window>,
}

/// A stretch of due dates.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Window {
    /// Before now.
    Overdue,
    /// Between two days, both included, with the words for it.
    Days(Option<Date>, Date, String),
}

/// Which task is meant.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Target {
    /// The one these words find.
    Words(String),
    /// One of those shown last: its place, from 0; the last if none is given.
    Nth(Option<usize>),
    /// The one spoken of.
    It,
    /// This one.
    Known(Task),
}

/// What is to be done with one task.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Change {
    Complete,
    Reopen,
    Delete,
    Rename(String),
    Move(Due),
    Assign(String),
}

impl Change {
    /// The tool and the arguments that do it.
    pub(crate) fn call(&self, task: &Task, now: &ZonedDateTime) -> (&'static str, Value) {
        let mut arguments = Map::new();
        arguments.insert("id".to_owned(), json!(task.id));
        let mut set = |key: &str, value: &str| arguments.insert(key.to_owned(), json!(value));
        match self {
            Self::Complete => return ("complete_task", json!({"id": task.id})),
            Self::Delete => return ("delete_task", json!({"id": task.id})),
            Self::Reopen => set("status", "open"),
            Self::Rename(title) => set("title", title),
            Self::Assign(name) => set("assignee", name),
            Self::Move(due) => moved(due, task, now).put(&mut arguments),
        };
        ("update_task", Value::Object(arguments))
    }
}

/// A task with a time that moves to another day keeps its time.
fn moved(due: &Due, task: &Task, now: &ZonedDateTime) -> Due {
    let (Due::On(day), Some(Due::At(before))) = (due, &task.due) else {
        return due.clone();
    };
    let zone = now.time_zone();
    let time = before.to_zoned_datetime(zone.clone()).time();
    let moment = day.to_datetime(time).to_zoned_datetime(zone.clone());
    moment.map_or(Due::On(*day), |moment| Due::At(moment.timestamp()))
}
