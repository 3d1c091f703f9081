//! Names for conversations: after their first answer, once, by a small model.

use std::sync::Arc;

use agent::ConversationId;
use agent::message::read_json;
use agent::model::ModelInfo;
use serde::Deserialize;
use serde_json::{Value, json};
use store::CallKind;

use crate::aside::Aside;
use crate::jobs::Left;
use crate::turns::post::title;
use crate::{App, AppError, Result};

const PROMPT: &str = include_str!("prompts/title.md");

/// The most tokens of a title, in the form it is asked for.
const MOST_TOKENS: u32 = 40;

/// The most characters of each message that a title is made from.
const BEGINNING: usize = 500;

impl App {
    /// Whether conversations get titles from a model. The first line is as good as anything that
    /// the offline one could say.
    pub(crate) fn names_conversations(&self) -> bool {
        let ModelInfo { offline, .. } = self.0.models.small().model.info();
        self.0.settings.titles && !offline
    }

    /// Names a conversation, unless a person has. It is tried once: without an answer the first
    /// line stays.
    pub(crate) async fn run_title(&self, id: ConversationId) -> Result<Left> {
        let conversations = self.0.store.conversations();
        let Some((owner, said)) = conversations.untitled(id).await? else { return Ok(Left::Done) };
        let Some(owner) = self.0.store.accounts().user(owner).await? else { return Ok(Left::Done) };
        let mut named = None;
        if !said.is_empty() {
            let beginning = |text: String| text.chars().take(BEGINNING).collect::<String>();
            let text = said.into_iter().map(beginning).collect::<Vec<_>>().join("\n\n");
            let model = self.0.models.small();
            let mut aside = Aside::new(CallKind::Title, model, PROMPT, &text, MOST_TOKENS);
            aside.request.schema = Some(Arc::new(schema()));
            named = match self.ask_aside(&owner, id, &mut aside).await {
                Ok(said) => said.ok().as_deref().and_then(read),
                Err(AppError::BudgetExhausted { .. }) => None,
                Err(error) => return Err(error),
            };
        }
        conversations.name(id, named.as_deref()).await?;
        Ok(Left::Done)
    }
}

/// The form of a title's answer.
fn schema() -> Value {
    json!({
        "type": "object",
        "properties": {"title": {"type": "string"}},
        "required": ["title"],
        "additionalProperties": false,
    })
}

#[derive(Deserialize)]
struct Named {
    title: String,
}

/// The title in an answer; one that is no JSON at all is a title itself.
fn read(answer: &str) -> Option<String> {
    let named = read_json::<Named>(answer).map(|named| named.title);
    let text = named.or_else(|| (!answer.contains(['{', '['])).then(|| answer.to_owned()))?;
    let found = title(text.trim().trim_matches(['"', '“', '”', '*', '#', ' ', '.', '`']));
    (!found.is_empty()).then_some(found)
}
