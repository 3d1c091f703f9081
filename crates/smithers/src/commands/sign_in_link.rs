//! `smithers sign-in-link`: a way in for the owner, from the machine itself.

use app::App;
use clap::Args;
use serde_json::json;

use super::{browser_url, with_app};
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
        let link = with_app(&config, store, async |app| link(app, &url).await).await?;
        if is_json { say(json!({"url": link})) } else { say(link) }?;
        Ok(())
    }
}

/// The link into a server: to set it up while there is no owner, else to sign in.
async fn link(app: &App, url: &str) -> anyhow::Result<String> {
    Ok(if app.is_setup_required().await? {
        format!("{url}/setup?token={}", app.issue_setup_link().await?)
    } else {
        format!("{url}/sign-in?token={}", app.issue_sign_in_link().await?)
    })
}
