//! `smithers migrate`: the database's schema.

use clap::{Args, Subcommand};
use store::{MigrationState, Store};

use crate::config::DataArgs;

/// Look at or change the database's schema.
#[derive(Args)]
pub(crate) struct Migrate {
    #[command(flatten)]
    data: DataArgs,
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
        for migration in store.migration_status().await? {
            let state = match migration.state {
                MigrationState::Applied => "applied",
                MigrationState::Pending => "pending",
                MigrationState::Changed => "changed since it was applied",
            };
            println!("{:04} {} {state}", migration.version, migration.description);
        }
        store.close().await;
        Ok(())
    }
}
