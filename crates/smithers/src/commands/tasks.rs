//! `smithers tasks`: what is to be done.

use agent::TaskId;
use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::lists::{Filter, List, Listing};
use super::{path_of, report};
use crate::config::{ConfigError, DataArgs};
use crate::session::{Place, PlaceArgs};

/// List tasks, add one, or mark some as done.
#[derive(Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct Tasks {
    #[command(subcommand)]
    action: Option<Action>,
    #[command(flatten)]
    list: Listing<Which>,
}

#[derive(Subcommand)]
enum Action {
    /// List them.
    List(Listing<Which>),
    /// Add one, and print its id.
    Add {
        /// What is to be done.
        title: String,
        /// When: a day such as 2026-12-01, or a moment such as 2026-12-01T14:00:00Z.
        #[arg(long)]
        due: Option<String>,
        /// More about it.
        #[arg(long)]
        notes: Option<String>,
        #[command(flatten)]
        place: PlaceArgs,
    },
    /// Mark them as done.
    Done {
        /// Their ids.
        #[arg(required = true)]
        ids: Vec<String>,
        #[command(flatten)]
        place: PlaceArgs,
    },
}

#[derive(Args)]
struct Which {
    /// Which ones: `open`, `done` or `all`.
    #[arg(long, default_value = "open", value_parser = ["open", "done", "all"])]
    status: String,
    /// Words that must occur.
    #[arg(long)]
    query: Option<String>,
}

impl Tasks {
    pub(crate) async fn run(self, data: &DataArgs, is_json: bool) -> anyhow::Result<()> {
        match self.action.unwrap_or(Action::List(self.list)) {
            Action::List(list) => list.run(data, is_json).await,
            Action::Add { title, due, notes, place } => {
                let mut task = json!({"title": title});
                if let Some(notes) = notes {
                    task["notes"] = json!(notes);
                }
                if let Some(due) = due {
                    task[when(&due)?] = json!(due);
                }
                let add = async |place: &Place| place.session.post("/api/tasks", &task).await;
                Ok(report(&place.with(data, add).await?, is_json)?)
            }
            Action::Done { ids, place } => done(&ids, &place, data, is_json).await,
        }
    }
}

/// Which field takes this.
fn when(due: &str) -> Result<&'static str, ConfigError> {
    if jiff::civil::Date::strptime("%Y-%m-%d", due).is_ok() {
        Ok("dueOn")
    } else if due.parse::<jiff::Timestamp>().is_ok() {
        Ok("dueAt")
    } else {
        let words =
            "--due takes a day such as 2026-12-01, or a moment such as 2026-12-01T14:00:00Z";
        Err(ConfigError::of(words))
    }
}

async fn done(
    ids: &[String],
    place: &PlaceArgs,
    data: &DataArgs,
    is_json: bool,
) -> anyhow::Result<()> {
    let paths = ids.iter().map(|id| path_of::<TaskId>("/api/tasks", id));
    let paths = paths.collect::<Result<Vec<String>, _>>()?;
    let mark = async |place: &Place| {
        for path in paths {
            let task: Value = place.session.patch(&path, &json!({"status": "done"})).await?;
            report(&task, is_json)?;
        }
        Ok(())
    };
    place.with(data, mark).await
}

impl Filter for Which {
    fn list(self) -> List {
        let status = Some(self.status).filter(|status| status != "all");
        List {
            path: "/api/tasks",
            query: vec![("status", status), ("q", self.query)],
            columns: &["id", "status", "dueOn|dueAt", "title"],
            nothing: "no such tasks",
        }
    }
}
