//! `smithers migrate`: the database's schema.

use clap::{Args, Subcommand};
use serde_json::json;
use store::{MigrationState, MigrationStatus, Store};

use crate::config::DataArgs;
use crate::terminal::say;

/// Look at or change the database's schema.
#[derive(Args)]
pub(crate) struct Migrate {
    #[command(flatten)]
    data: DataArgs,
    /// Print JSON.
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand)]
enum Action {
    /// Apply what is pending. `serve` does this by itself.
    Up,
    /// Take back the newest migrations; what they stored is lost.
    Down {
        /// How many.
        #[arg(default_value_t = 1)]
        steps: u32,
    },
    /// Show what is applied.
    Status,
}

impl Migrate {
    pub(crate) async fn run(self) -> anyhow::Result<()> {
        let data = self.data.resolve()?;
        data.make_folder()?;
        // The schema must not change under a server.
        let _lock = match self.action {
            Action::Up | Action::Down { .. } => data.lock_for_serving()?,
            Action::Status => None,
        };
        let store = Store::open(&data.location).await?;
        match self.action {
            Action::Up => store.migrate_up().await?,
            Action::Down { steps } => store.migrate_down(steps).await?,
            Action::Status => {}
        }
        let mut items = Vec::new();
        for MigrationStatus { version, description, state } in store.migration_status().await? {
            let (word, words) = match state {
                MigrationState::Applied => ("applied", "applied"),
                MigrationState::Pending => ("pending", "pending"),
                MigrationState::Changed => ("changed", "changed since it was applied"),
            };
            if !self.json {
                say(format_args!("{version:04} {description} {words}"))?;
            }
            items.push(json!({"version": version, "description": description, "state": word}));
        }
        if self.json {
            say(format_args!("{:#}", json!({"items": items, "nextCursor": null})))?;
        }
        store.close().await;
        Ok(())
    }
}
