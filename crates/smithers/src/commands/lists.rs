//! `smithers meetings`, `conversations`, `usage` and the list of `tasks`: lists of the HTTP contract
//! as tables, or as the JSON that they are.

use std::io::{self, IsTerminal as _};
use std::num::NonZeroUsize;

use clap::{Args, Subcommand};
use serde_json::Value;

use crate::config::DataArgs;
use crate::session::{PlaceArgs, Session};
use crate::terminal::{Columns, list, tell};

/// The most items of one request.
const PAGE: usize = 200;

/// A command with nothing but a list, whose name may be left out.
#[derive(Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct Lists<F: Args> {
    #[command(subcommand)]
    action: Option<Only<F>>,
    #[command(flatten)]
    list: Listing<F>,
}

#[derive(Subcommand)]
enum Only<F: Args> {
    /// List them.
    List(Listing<F>),
}

/// A list, and which part of it is shown.
#[derive(Args)]
pub(super) struct Listing<F: Args> {
    #[command(flatten)]
    filter: F,
    #[command(flatten)]
    place: PlaceArgs,
    /// At most so many [default: all].
    #[arg(long, value_name = "N")]
    limit: Option<NonZeroUsize>,
}

/// What a person may say of which items they want.
pub(crate) trait Filter: Args {
    /// The list of these.
    fn list(self) -> List;
}

/// A list of the contract.
pub(crate) struct List {
    pub(super) path: &'static str,
    /// Query parameters; those without a value are left out.
    pub(super) query: Vec<(&'static str, Option<String>)>,
    pub(super) columns: Columns,
    /// What is said if there is nothing.
    pub(super) nothing: &'static str,
}

impl<F: Filter> Lists<F> {
    pub(crate) async fn run(self, data: &DataArgs, is_json: bool) -> anyhow::Result<()> {
        let Only::List(list) = self.action.unwrap_or(Only::List(self.list));
        list.run(data, is_json).await
    }
}

impl<F: Filter> Listing<F> {
    pub(super) async fn run(self, data: &DataArgs, is_json: bool) -> anyhow::Result<()> {
        let limit = self.limit.map_or(usize::MAX, NonZeroUsize::get);
        let wanted = self.filter.list();
        let found =
            self.place.with(data, async |place| wanted.read(&place.session, limit).await).await?;
        Ok(list(&found, wanted.columns, wanted.nothing, is_json)?)
    }
}

impl List {
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
                tell(format_args!("{} so far", items.len()));
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

#[derive(Args)]
pub(crate) struct Meetings {
    /// From this day or moment on.
    #[arg(long)]
    from: Option<String>,
    /// Until this day or moment.
    #[arg(long)]
    to: Option<String>,
    /// Words that must occur.
    #[arg(long)]
    query: Option<String>,
}

impl Filter for Meetings {
    fn list(self) -> List {
        List {
            path: "/api/meetings",
            query: vec![("from", self.from), ("to", self.to), ("q", self.query)],
            columns: &["id", "startsAt", "endsAt", "status", "title", "location"],
            nothing: "no meetings",
        }
    }
}

#[derive(Args)]
pub(crate) struct Conversations {
    /// Words that must occur.
    #[arg(long)]
    query: Option<String>,
    /// Those in the archive.
    #[arg(long)]
    archived: bool,
}

impl Filter for Conversations {
    fn list(self) -> List {
        let archived = self.archived.then(|| "true".to_owned());
        List {
            path: "/api/conversations",
            query: vec![("q", self.query), ("archived", archived)],
            columns: &["id", "updatedAt", "status", "title"],
            nothing: "no conversations",
        }
    }
}

#[derive(Args)]
pub(crate) struct Usage {
    /// The first day, such as 2026-12-01 [default: 30 days ago].
    #[arg(long)]
    from: Option<String>,
    /// The last day [default: today].
    #[arg(long)]
    to: Option<String>,
}

impl Filter for Usage {
    fn list(self) -> List {
        List {
            path: "/api/usage",
            query: vec![("from", self.from), ("to", self.to)],
            columns: &[
                "day",
                "model",
                "kind",
                "modelCalls",
                "inputTokens",
                "cacheReadTokens",
                "cacheWriteTokens",
                "outputTokens",
                "costUsd",
            ],
            nothing: "no model was asked in that time",
        }
    }
}
