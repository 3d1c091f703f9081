//! `smithers migrate`: the database's schema.

use clap::{Args, Subcommand};
use serde_json::json;
use store::{MigrationState, MigrationStatus, Store};

use crate::config::DataArgs;
use crate::terminal::list;

/// Look at or change the database's schema.
#[derive(Args)]
pub(crate) struct Migrate {
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
    pub(crate) async fn run(self, data: &DataArgs, is_json: bool) -> anyhow::Result<()> {
        let data = data.resolve()?;
        data.make_folder()?;
        // The schema must not change under anybody.
        let _locks = match self.action {
            Action::Up | Action::Down { .. } => Some(data.lock_for_change()?),
            Action::Status => None,
        };
        let store = Store::open(&data.location).await?;
        match self.action {
            Action::Up => store.migrate_up().await?,
            Action::Down { steps } => store.migrate_down(steps).await?,
            Action::Status => {}
        }
        let told = |MigrationStatus { version, description, state }| {
            let state = match state {
                MigrationState::Applied => "applied",
                MigrationState::Pending => "pending",
                MigrationState::Changed => "changed",
            };
            json!({"version": version, "description": description, "state": state})
        };
        let all = store.migration_status().await?.into_iter().map(told);
        let all = json!({"items": all.collect::<Vec<_>>(), "nextCursor": null});
        list(&all, &["version", "description", "state"], "there are no migrations", is_json)?;
        store.close().await;
        Ok(())
    }
}
