//! `smithers tasks`, `meetings`, `conversations`, `usage`: lists of the HTTP contract as tables, or
//! as the JSON that they are.

use std::io::{self, IsTerminal as _};
use std::num::NonZeroUsize;

use clap::{Args, Subcommand, ValueEnum};
use serde_json::{Value, json};

use crate::config::ConfigError;
use crate::session::{Place, PlaceArgs, Session};
use crate::terminal::{Column, say, table};

/// The most items of one request.
const PAGE: usize = 200;

/// How a list is shown.
#[derive(Args)]
pub(super) struct Shown {
    #[command(flatten)]
    pub(super) place: PlaceArgs,
    /// Print JSON, as the HTTP API gives it.
    #[arg(long)]
    pub(super) json: bool,
    /// At most so many [default: all].
    #[arg(long, value_name = "N")]
    limit: Option<NonZeroUsize>,
}

/// A list of the contract.
pub(super) struct List<'a> {
    pub(super) path: &'a str,
    /// Query parameters; those without a value are left out.
    pub(super) query: &'a [(&'a str, Option<String>)],
    pub(super) columns: &'a [Column],
    /// What is said if there is nothing.
    pub(super) nothing: &'a str,
}

impl Shown {
    /// Prints a list.
    pub(super) async fn print(self, list: List<'_>) -> anyhow::Result<()> {
        let limit = self.limit.map_or(usize::MAX, NonZeroUsize::get);
        let found = self.place.with(async |place| list.read(&place.session, limit).await).await?;
        if self.json {
            return Ok(say(format_args!("{found:#}"))?);
        }
        let mut items = found["items"].as_array().cloned().unwrap_or_default();
        if items.is_empty() {
            eprintln!("{}", list.nothing);
            return Ok(());
        }
        if let Some(total) = found.get("total") {
            let mut total = total.clone();
            total["day"] = json!("total");
            items.push(total);
        }
        Ok(table(list.columns, &items)?)
    }
}

impl List<'_> {
    /// Reads it page by page.
    async fn read(&self, session: &Session, limit: usize) -> anyhow::Result<Value> {
        let (mut items, mut cursor) = (Vec::new(), None);
        loop {
            let size = PAGE.min(limit - items.len()).to_string();
            let more = [("limit", Some(size)), ("cursor", cursor)];
            let mut page = session.get(&self.path_with(&more)?).await?;
            if let Value::Array(more) = page["items"].take() {
                items.extend(more);
            }
            cursor = page["nextCursor"].as_str().map(str::to_owned);
            if cursor.is_none() || items.len() >= limit {
                page["items"] = Value::Array(items);
                return Ok(page);
            }
            if io::stderr().is_terminal() {
                eprint!("\r{} so far\r", items.len());
            }
        }
    }

    fn path_with(&self, more: &[(&str, Option<String>)]) -> anyhow::Result<String> {
        let given = self.query.iter().chain(more);
        let given = given.filter_map(|(name, value)| Some((*name, value.as_deref()?)));
        // Only its path and query are used.
        let url = reqwest::Url::parse_with_params(&format!("http://here{}", self.path), given)?;
        Ok(format!("{}?{}", url.path(), url.query().unwrap_or_default()))
    }
}

/// List tasks, add one, or mark some as done.
#[derive(Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct Tasks {
    #[command(subcommand)]
    action: Option<TaskAction>,
    #[command(flatten)]
    list: TaskList,
}

#[derive(Subcommand)]
enum TaskAction {
    /// List them.
    List(TaskList),
    /// Add one, and print its id.
    Add(NewTask),
    /// Mark them as done.
    Done(DoneTasks),
}

#[derive(Args)]
struct TaskList {
    /// Which ones.
    #[arg(long, value_enum, default_value_t)]
    status: TaskStatus,
    /// Words that must occur.
    #[arg(long)]
    query: Option<String>,
    #[command(flatten)]
    shown: Shown,
}

#[derive(Clone, Copy, Default, ValueEnum)]
enum TaskStatus {
    #[default]
    Open,
    Done,
    All,
}

#[derive(Args)]
struct NewTask {
    /// What is to be done.
    title: String,
    /// When: a day such as 2026-12-01, or a moment such as 2026-12-01T14:00:00Z.
    #[arg(long)]
    due: Option<String>,
    /// More about it.
    #[arg(long)]
    notes: Option<String>,
    /// Print the task as JSON.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    place: PlaceArgs,
}

#[derive(Args)]
struct DoneTasks {
    /// Their ids.
    #[arg(required = true)]
    ids: Vec<String>,
    /// Print the tasks as JSON, one a line.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    place: PlaceArgs,
}

impl Tasks {
    pub(crate) async fn run(self) -> anyhow::Result<()> {
        match self.action.unwrap_or(TaskAction::List(self.list)) {
            TaskAction::List(list) => list.run().await,
            TaskAction::Add(task) => task.run().await,
            TaskAction::Done(tasks) => tasks.run().await,
        }
    }
}

impl TaskList {
    async fn run(self) -> anyhow::Result<()> {
        let (status, nothing) = match self.status {
            TaskStatus::Open => (Some("open"), "no open tasks"),
            TaskStatus::Done => (Some("done"), "no tasks that are done"),
            TaskStatus::All => (None, "no tasks"),
        };
        let list = List {
            path: "/api/tasks",
            query: &[("status", status.map(str::to_owned)), ("q", self.query)],
            columns: &[
                ("ID", &["/id"]),
                ("STATUS", &["/status"]),
                ("DUE", &["/dueOn", "/dueAt"]),
                ("TITLE", &["/title"]),
            ],
            nothing,
        };
        self.shown.print(list).await
    }
}

impl NewTask {
    async fn run(self) -> anyhow::Result<()> {
        let mut body = json!({"title": self.title});
        if let Some(notes) = self.notes {
            body["notes"] = json!(notes);
        }
        if let Some(due) = self.due {
            let is_moment = due.contains(['T', 't', ' ']);
            body[if is_moment { "dueAt" } else { "dueOn" }] = json!(due);
        }
        let made = async |place: &Place| place.session.post("/api/tasks", &body).await;
        Ok(report(&self.place.with(made).await?, self.json)?)
    }
}

impl DoneTasks {
    async fn run(self) -> anyhow::Result<()> {
        let paths: Vec<String> =
            self.ids.iter().map(|id| path_of("/api/tasks", id)).collect::<Result<_, _>>()?;
        let work = async |place: &Place| {
            for path in paths {
                let task = place.session.patch(&path, &json!({"status": "done"})).await?;
                report(&task, self.json)?;
            }
            Ok(())
        };
        self.place.with(work).await
    }
}

/// The path of one thing.
pub(super) fn path_of(list: &str, id: &str) -> Result<String, ConfigError> {
    let is_id = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    if id.is_empty() || !id.chars().all(is_id) {
        return Err(ConfigError(format!("`{id}` is no id; the list shows them")));
    }
    Ok(format!("{list}/{id}"))
}

/// Says what came of a change: its id, or all of it.
pub(super) fn report(changed: &Value, is_json: bool) -> io::Result<()> {
    if is_json { say(changed) } else { say(changed["id"].as_str().unwrap_or_default()) }
}

/// A command with nothing but a list, whose name may be left out.
macro_rules! only_lists {
    ($($(#[doc = $doc:literal])+ $name:ident, $action:ident, $list:ident)+) => {$(
        $(#[doc = $doc])+
        #[derive(Args)]
        #[command(args_conflicts_with_subcommands = true)]
        pub(crate) struct $name {
            #[command(subcommand)]
            action: Option<$action>,
            #[command(flatten)]
            list: $list,
        }

        #[derive(Subcommand)]
        enum $action {
            /// List them.
            List($list),
        }

        impl $name {
            pub(crate) async fn run(self) -> anyhow::Result<()> {
                let $action::List(list) = self.action.unwrap_or($action::List(self.list));
                list.run().await
            }
        }
    )+};
}

only_lists! {
    /// List meetings.
    Meetings, MeetingAction, MeetingList
    /// List conversations.
    Conversations, ConversationAction, ConversationList
    /// Show what your model calls cost.
    Usage, UsageAction, UsageList
}

#[derive(Args)]
struct MeetingList {
    /// From this day or moment on.
    #[arg(long)]
    from: Option<String>,
    /// Until this day or moment.
    #[arg(long)]
    to: Option<String>,
    /// Words that must occur.
    #[arg(long)]
    query: Option<String>,
    #[command(flatten)]
    shown: Shown,
}

impl MeetingList {
    async fn run(self) -> anyhow::Result<()> {
        let list = List {
            path: "/api/meetings",
            query: &[("from", self.from), ("to", self.to), ("q", self.query)],
            columns: &[
                ("ID", &["/id"]),
                ("STARTS", &["/startsAt"]),
                ("ENDS", &["/endsAt"]),
                ("STATUS", &["/status"]),
                ("TITLE", &["/title"]),
                ("WHERE", &["/location"]),
            ],
            nothing: "no meetings",
        };
        self.shown.print(list).await
    }
}

#[derive(Args)]
struct ConversationList {
    /// Words that must occur.
    #[arg(long)]
    query: Option<String>,
    /// Those in the archive.
    #[arg(long)]
    archived: bool,
    #[command(flatten)]
    shown: Shown,
}

impl ConversationList {
    async fn run(self) -> anyhow::Result<()> {
        let archived = self.archived.then(|| "true".to_owned());
        let list = List {
            path: "/api/conversations",
            query: &[("q", self.query), ("archived", archived)],
            columns: &[
                ("ID", &["/id"]),
                ("UPDATED", &["/updatedAt"]),
                ("STATUS", &["/status"]),
                ("TITLE", &["/title"]),
            ],
            nothing: "no conversations",
        };
        self.shown.print(list).await
    }
}

#[derive(Args)]
struct UsageList {
    /// The first day, such as 2026-12-01 [default: 30 days ago].
    #[arg(long)]
    from: Option<String>,
    /// The last day [default: today].
    #[arg(long)]
    to: Option<String>,
    #[command(flatten)]
    shown: Shown,
}

impl UsageList {
    async fn run(self) -> anyhow::Result<()> {
        let list = List {
            path: "/api/usage",
            query: &[("from", self.from), ("to", self.to)],
            columns: &[
                ("DAY", &["/day"]),
                ("MODEL", &["/model"]),
                ("CALLS", &["/modelCalls"]),
                ("INPUT", &["/inputTokens"]),
                ("CACHE READ", &["/cacheReadTokens"]),
                ("CACHE WRITE", &["/cacheWriteTokens"]),
                ("OUTPUT", &["/outputTokens"]),
                ("US DOLLARS", &["/costUsd"]),
            ],
            nothing: "no model was asked in that time",
        };
        self.shown.print(list).await
    }
}
