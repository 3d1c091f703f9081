//! Reading lists of the contract page by page.

use std::io::{self, IsTerminal as _};

use serde_json::Value;

use super::Session;
use crate::terminal::tell;

/// The most items of one request.
const PAGE: usize = 200;

/// Query parameters; those without a value are left out.
pub(crate) type Query = [(&'static str, Option<String>)];

impl Session {
    /// At most so many items of a list, in the form of one page.
    pub(crate) async fn list(
        &self,
        path: &str,
        query: &Query,
        limit: usize,
    ) -> anyhow::Result<Value> {
        let (mut items, mut cursor) = (Vec::new(), None);
        loop {
            let size = PAGE.min(limit - items.len()).to_string();
            let more = [("limit", Some(size)), ("cursor", cursor)];
            let mut page = self.get(&path_with(path, query, &more)?).await?;
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

    /// All items of a list that have this status, or all there are.
    pub(crate) async fn all(&self, path: &str, status: Option<&str>) -> anyhow::Result<Vec<Value>> {
        let query = [("status", status.map(str::to_owned))];
        let found = self.list(path, &query, usize::MAX).await?["items"].take();
        Ok(found.as_array().cloned().unwrap_or_default())
    }
}

fn path_with(path: &str, query: &Query, more: &Query) -> anyhow::Result<String> {
    let given = query.iter().chain(more);
    let given = given.filter_map(|(name, value)| Some((*name, value.as_deref()?)));
    // Only its path and query are used.
    let url = reqwest::Url::parse_with_params(&format!("http://here{path}"), given)?;
    Ok(format!("{}?{}", url.path(), url.query().unwrap_or_default()))
}
