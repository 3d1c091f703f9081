use crate::{ApiKey, Connection};

/// Which model answers, and where.
#[derive(Clone, Debug)]
pub struct OpenAiConfig {
    /// How the server is reached; its base URL ends with `/v1`, as the vendor's SDKs have it.
    pub connection: Connection,
    /// The key; servers on one's own machine need none.
    pub key: Option<ApiKey>,
    /// The model's id.
    pub model: String,
    /// How many tokens a conversation may have, instead of what the server says.
    pub context_window: Option<u64>,
}

impl OpenAiConfig {
    /// That model on the vendor's own server.
    pub fn new(model: impl Into<String>, key: Option<ApiKey>) -> Self {
        let connection = Connection::to("https://api.openai.com/v1");
        Self { connection, key, model: model.into(), context_window: None }
    }
}
