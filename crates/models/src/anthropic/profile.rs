use agent::model::Capabilities;
use serde_json::Value;

use super::{AnthropicConfig, Effort, Thinking};

/// A model's entry in `GET /v1/models/{id}`. What it does not mention is taken to be possible.
pub(crate) struct Profile(Value);

impl Profile {
    pub(crate) const fn new(entry: Value) -> Self {
        Self(entry)
    }

    /// What the entry says, or else what was assumed.
    pub(crate) fn capabilities(&self, assumed: &Capabilities) -> Capabilities {
        let number = |name: &str| self.0[name].as_u64().filter(|number| *number > 0);
        Capabilities {
            context_window: number("max_input_tokens"),
            max_output_tokens: number("max_tokens").and_then(|tokens| tokens.try_into().ok()),
            images: self.says("image_input").unwrap_or(assumed.images),
            documents: self.says("pdf_input").unwrap_or(assumed.documents),
            schemas: self.says("structured_outputs").unwrap_or(assumed.schemas),
        }
    }

    /// The settings as far as the model takes them: what it would refuse becomes what is nearest,
    /// or is left to the model.
    pub(crate) fn fit(&self, mut config: AnthropicConfig) -> AnthropicConfig {
        let wanted = (config.thinking, config.effort, config.server_tools.clone());
        config.thinking = config.thinking.and_then(|wanted| self.thinking(wanted));
        config.effort = config.effort.and_then(|wanted| self.effort(wanted));
        config.server_tools.retain(|tool| self.takes(&format!("server_tools/{}", tool.name())));
        let taken = (config.thinking, config.effort, config.server_tools.clone());
        if taken != wanted {
            tracing::warn!(model = config.model, ?wanted, ?taken, "the model does not take that");
        }
        config
    }

    fn thinking(&self, wanted: Thinking) -> Option<Thinking> {
        let candidates = match wanted {
            Thinking::Adaptive => [wanted, wanted],
            Thinking::Summarized => [wanted, Thinking::Adaptive],
            Thinking::BetweenTools => [wanted, Thinking::Disabled],
            // What shows its budgeted thinking shows the summaries of the free one.
            Thinking::Budget(_) => [wanted, Thinking::Summarized],
            Thinking::Disabled => [wanted, Thinking::BetweenTools],
        };
        let takes =
            |thinking: &Thinking| self.takes(&format!("thinking/types/{}", thinking.kind()));
        candidates.into_iter().find(takes)
    }

    fn effort(&self, wanted: Effort) -> Option<Effort> {
        let takes = |effort: &Effort| self.takes(&format!("effort/{}", effort.as_str()));
        let all = Effort::ALL.iter().rev().copied();
        let lower = all.skip_while(|effort| *effort > wanted).find(takes);
        lower.filter(|_| self.takes("effort"))
    }

    fn takes(&self, capability: &str) -> bool {
        self.says(capability).unwrap_or(true)
    }

    fn says(&self, capability: &str) -> Option<bool> {
        self.0.pointer(&format!("/capabilities/{capability}/supported"))?.as_bool()
    }
}
