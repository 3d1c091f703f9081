//! Names for conversations: after their first answer, once, by a small model.

use agent::ConversationId;
use agent::model::ModelInfo;
use store::CallKind;

use crate::aside::Aside;
use crate::jobs::Left;
use crate::turns::post::title;
use crate::{App, Result};

const PROMPT: &str = include_str!("prompts/title.md");

/// The most tokens of a title.
const MOST_TOKENS: u32 = 20;

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
        let model = self.0.models.small();
        let is_payable = self.refuse_unpaid(&owner, model).await.is_ok();
        let mut found = None;
        if is_payable && !said.is_empty() {
            let beginning = |text: String| text.chars().take(BEGINNING).collect::<String>();
            let text = said.into_iter().map(beginning).collect::<Vec<_>>().join("\n\n");
            let mut aside = Aside::new(CallKind::Title, model, PROMPT, &text, MOST_TOKENS);
            found = aside.ask().await.ok();
            self.charge(owner.id, &aside).await?;
        }
        let found = found.map(|text| title(text.trim_matches(['"', '“', '”', '*', '#', ' ', '.'])));
        let found = found.filter(|title| !title.is_empty());
        conversations.name(id, found.as_deref()).await?;
        Ok(Left::Done)
    }

    /// Puts a call that belongs to no turn on a person's bill.
    pub(crate) async fn charge(&self, owner: agent::UserId, aside: &Aside) -> Result<()> {
        if let Some(bill) = aside.bill(&self.0.settings.prices) {
            self.0.store.bills().charge(owner, bill, self.now()).await?;
        }
        Ok(())
    }
}
