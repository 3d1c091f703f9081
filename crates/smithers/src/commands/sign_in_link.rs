//! `smithers sign-in-link`: a way in for the owner, from the machine itself.

use app::App;
use serde_json::json;

use super::{beside, browser_url, ways_in};
use crate::config::DataArgs;
use crate::terminal::say;

/// Prints a link that signs the owner's browser in.
pub(crate) async fn run(data: &DataArgs, is_json: bool) -> anyhow::Result<()> {
    let config = data.read()?;
    let url = browser_url(&config);
    let find = async |app: &App| Ok(ways_in(app, &url, true).await?);
    let link: String = beside(&config, find).await?.into_iter().flatten().collect();
    if is_json { say(json!({"url": link})) } else { say(link) }?;
    Ok(())
}
