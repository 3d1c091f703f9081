//! `smithers sign-in-link`: a way in for the owner, from the machine itself.

use app::App;
use clap::Args;
use serde_json::json;

use super::{browser_url, ways_in, with_app};
use crate::config::DataArgs;
use crate::terminal::say;

/// Print a link that signs the owner's browser in.
#[derive(Args)]
pub(crate) struct SignInLink {
    #[command(flatten)]
    data: DataArgs,
}

impl SignInLink {
    pub(crate) async fn run(self, is_json: bool) -> anyhow::Result<()> {
        let config = self.data.read()?;
        let data = config.data();
        let store = data.open_existing().await?;
        let url = browser_url(&data, &config);
        let find = async |app: &App| Ok(ways_in(app, &url, true).await?);
        let link: String = with_app(&config, store, find).await?.into_iter().flatten().collect();
        if is_json { say(json!({"url": link})) } else { say(link) }?;
        Ok(())
    }
}
