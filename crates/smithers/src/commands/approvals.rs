//! `smithers approvals`: what waits for the person, and their answer.

use agent::ApprovalId;
use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::lists::{Filter, List, Listing};
use super::{path_of, report};
use crate::config::DataArgs;
use crate::session::{Place, PlaceArgs};
use crate::terminal::{Show, tell};

/// List what waits for approval, or answer it.
#[derive(Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct Approvals {
    #[command(subcommand)]
    action: Option<Action>,
    #[command(flatten)]
    list: Listing<Which>,
}

#[derive(Subcommand)]
enum Action {
    /// List them.
    List(Listing<Which>),
    /// Let a call run.
    Approve(Answer),
    /// Refuse a call.
    Deny(Answer),
}

#[derive(Args)]
struct Which {
    /// Which ones: `pending`, `approved`, `denied`, `expired`, `superseded`, `all`.
    #[arg(long, default_value = "pending", value_parser = STATES)]
    status: String,
}

const STATES: [&str; 6] = ["pending", "approved", "denied", "expired", "superseded", "all"];

#[derive(Args)]
struct Answer {
    /// The approval's id.
    id: String,
    /// Why; the model is told.
    #[arg(long)]
    reason: Option<String>,
    #[command(flatten)]
    place: PlaceArgs,
}

impl Approvals {
    pub(crate) async fn run(self, data: &DataArgs, is_json: bool) -> anyhow::Result<()> {
        match self.action.unwrap_or(Action::List(self.list)) {
            Action::List(list) => list.run(data, is_json).await,
            Action::Approve(answer) => answer.give("approve", data, is_json).await,
            Action::Deny(answer) => answer.give("deny", data, is_json).await,
        }
    }
}

impl Filter for Which {
    fn list(self) -> List {
        List {
            path: "/api/approvals",
            query: vec![("status", Some(self.status).filter(|status| status != "all"))],
            columns: &["id", "createdAt", "expiresAt", "status", "summary"],
            nothing: "nothing there",
        }
    }
}

impl Answer {
    async fn give(self, decision: &str, data: &DataArgs, is_json: bool) -> anyhow::Result<()> {
        let path = path_of::<ApprovalId>("/api/approvals", &self.id)?;
        let mut body = json!({"decision": decision});
        if let Some(reason) = self.reason {
            body["reason"] = json!(reason);
        }
        let work = async |place: &Place| {
            let approval = place.session.post(&path, &body).await?;
            report(&approval, is_json)?;
            if place.server.is_none() {
                go_on(place, &approval, is_json).await?;
            }
            Ok(())
        };
        self.place.with_turns(data, work).await
    }
}

/// Waits for what follows in this process.
async fn go_on(place: &Place, approval: &Value, is_json: bool) -> anyhow::Result<()> {
    let conversation = approval["conversationId"].as_str().unwrap_or_default();
    let path = format!("/api/agent/{conversation}/stream");
    let Some(mut chunks) = place.session.stream(http::Method::GET, &path, None).await? else {
        return Ok(());
    };
    tell("the answer goes on; this waits for it");
    // As JSON the approval is all.
    let mut show = (!is_json).then(|| Show::new(false));
    while let Some(chunk) = chunks.next().await? {
        show.iter_mut().try_for_each(|show| show.chunk(&chunk))?;
    }
    Ok(())
}
