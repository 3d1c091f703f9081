//! The entries of `[[models]]`.

use std::path::PathBuf;

use models::anthropic::{AuthStyle, CacheTtl, Effort, ServerTool, Thinking};
use serde::Deserialize;

/// A model that people may choose.
#[derive(Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ModelEntry {
    /// What people, conversations and other settings call it.
    pub(crate) name: String,
    pub(crate) provider: Provider,
    /// The vendor's name for it.
    pub(crate) model: Option<String>,
    pub(crate) base_url: Option<String>,
    pub(crate) api_key: Option<String>,
    /// A file with the key and nothing else.
    pub(crate) api_key_file: Option<PathBuf>,
    /// The variable that holds the key, or with `_FILE` names its file.
    pub(crate) api_key_env: Option<String>,
    pub(crate) auth: Option<AuthStyle>,
    pub(crate) thinking: Option<Thinking>,
    pub(crate) effort: Option<Effort>,
    pub(crate) cache_ttl: Option<CacheTtl>,
    pub(crate) server_tools: Option<Vec<ServerTool>>,
    /// In tokens, where the server does not say it.
    pub(crate) context_window: Option<u64>,
}

/// How a model is spoken to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Provider {
    /// Anthropic's Messages API.
    Anthropic,
    /// OpenAI's chat interface.
    Openai,
    /// The built-in model.
    #[default]
    Offline,
}

impl ModelEntry {
    /// A key that is given although the provider has no use for it.
    pub(crate) fn misplaced(&self) -> Option<&'static str> {
        let claude = [
            ("auth", self.auth.is_some()),
            ("thinking", self.thinking.is_some()),
            ("effort", self.effort.is_some()),
            ("cache_ttl", self.cache_ttl.is_some()),
            ("server_tools", self.server_tools.is_some()),
        ];
        let chat = [("context_window", self.context_window.is_some())];
        let server = [
            ("model", self.model.is_some()),
            ("base_url", self.base_url.is_some()),
            ("api_key", self.api_key.is_some()),
            ("api_key_file", self.api_key_file.is_some()),
            ("api_key_env", self.api_key_env.is_some()),
        ];
        let useless: &[&[(&'static str, bool)]] = match self.provider {
            Provider::Anthropic => &[&chat],
            Provider::Openai => &[&claude],
            Provider::Offline => &[&server, &claude, &chat],
        };
        useless.iter().copied().flatten().find(|(_, given)| *given).map(|(key, _)| *key)
    }
}
