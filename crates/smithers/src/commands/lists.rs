//! `smithers meetings`, `conversations`, `usage` and the list of `tasks`: lists of the HTTP contract
//! as tables, or as the JSON that they are.

use std::num::NonZeroUsize;

use clap::{Args, Subcommand};

use crate::config::DataArgs;
use crate::session::{Place, PlaceArgs};
use crate::terminal::{Columns, list};

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
        let read =
            async |place: &Place| place.session.list(wanted.path, &wanted.query, limit).await;
        let found = self.place.with(data, read).await?;
        Ok(list(&found, wanted.columns, wanted.nothing, is_json)?)
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
