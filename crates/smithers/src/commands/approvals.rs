//! `smithers approvals`: what waits for the person, and their answer.

use clap::builder::PossibleValuesParser;
use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::lists::{List, Shown, path_of, report};
use crate::session::{Place, PlaceArgs};

/// List what waits for approval, or answer it.
#[derive(Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct Approvals {
    #[command(subcommand)]
    action: Option<Action>,
    #[command(flatten)]
    list: ApprovalList,
}

#[derive(Subcommand)]
enum Action {
    /// List them.
    List(ApprovalList),
    /// Let a call run.
    Approve(Answer),
    /// Refuse a call.
    Deny(Answer),
}

#[derive(Args)]
struct ApprovalList {
    /// Which ones: `pending`, `approved`, `denied`, `expired`, `superseded`, `all`.
    #[arg(long, default_value = "pending", value_parser = PossibleValuesParser::new(STATES))]
    status: String,
    #[command(flatten)]
    shown: Shown,
}

const STATES: [&str; 6] = ["pending", "approved", "denied", "expired", "superseded", "all"];

#[derive(Args)]
struct Answer {
    /// The approval's id.
    id: String,
    /// Why; the model is told.
    #[arg(long)]
    reason: Option<String>,
    /// Print the approval as JSON.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    place: PlaceArgs,
}

impl Approvals {
    pub(crate) async fn run(self) -> anyhow::Result<()> {
        match self.action.unwrap_or(Action::List(self.list)) {
            Action::List(list) => list.run().await,
            Action::Approve(answer) => answer.give("approve").await,
            Action::Deny(answer) => answer.give("deny").await,
        }
    }
}

impl ApprovalList {
    async fn run(self) -> anyhow::Result<()> {
        let list = List {
            path: "/api/approvals",
            query: &[("status", Some(self.status).filter(|status| status != "all"))],
            columns: &[
                ("ID", &["/id"]),
                ("ASKED", &["/createdAt"]),
                ("EXPIRES", &["/expiresAt"]),
                ("STATUS", &["/status"]),
                ("WHAT", &["/summary"]),
            ],
            nothing: "nothing there",
        };
        self.shown.print(list).await
    }
}

impl Answer {
    async fn give(self, decision: &str) -> anyhow::Result<()> {
        let path = path_of("/api/approvals", &self.id)?;
        let mut body = json!({"decision": decision});
        if let Some(reason) = self.reason {
            body["reason"] = json!(reason);
        }
        let work = async |place: &Place| {
            let approval = place.session.post(&path, &body).await?;
            report(&approval, self.json)?;
            if place.server.is_none() {
                go_on(place, &approval).await?;
            }
            Ok(())
        };
        self.place.with(work).await
    }
}

/// Waits for what follows in this process.
async fn go_on(place: &Place, approval: &Value) -> anyhow::Result<()> {
    let conversation = approval["conversationId"].as_str().unwrap_or_default();
    let path = format!("/api/agent/{conversation}/stream");
    let Some(mut chunks) = place.session.stream(http::Method::GET, &path, None).await? else {
        return Ok(());
    };
    eprintln!("the answer goes on; this waits for it");
    while chunks.next().await?.is_some() {}
    Ok(())
}
