//! Calls of a model beside the conversation: one text in, one text out, and no tools.

use agent::Role;
use agent::message::{plain_text, text_block};
use agent::model::{ModelErrorKind, ModelEvent, ModelMessage, ModelRequest, StopReason, Usage};
use agent::price::Prices;
use futures_util::StreamExt as _;
use store::{CallKind, NewBill};

use crate::NamedModel;

/// A call, and what has come of it. It can be left at any point; what is known of its bill stays.
pub(crate) struct Aside {
    pub(crate) kind: CallKind,
    /// What is sent.
    pub(crate) request: ModelRequest,
    pub(crate) model: NamedModel,
    /// The model that answers, by its own word.
    answering: String,
    usage: Usage,
}

impl Aside {
    /// A call that is still to be made.
    pub(crate) fn new(
        kind: CallKind,
        model: &NamedModel,
        system: &str,
        text: &str,
        max_tokens: u32,
    ) -> Self {
        let question =
            ModelMessage { role: Role::User, content: vec![text_block(text)], cache_here: false };
        Self {
            kind,
            request: ModelRequest {
                system: system.into(),
                tools: [].into(),
                messages: vec![question],
                max_tokens,
                schema: None,
            },
            answering: model.id().to_owned(),
            model: model.clone(),
            usage: Usage::default(),
        }
    }

    /// Makes the call; the answer's text, if it is whole and there is any.
    pub(crate) async fn ask(&mut self) -> Result<String, ModelErrorKind> {
        let mut events = self.model.model.stream(self.request.clone());
        while let Some(event) = events.next().await {
            match event {
                Ok(ModelEvent::Usage(usage)) => self.usage = usage,
                Ok(ModelEvent::Done(reply)) => {
                    self.usage = reply.usage;
                    self.answering = reply.model;
                    let text = plain_text(&reply.content).trim().to_owned();
                    let is_whole = match reply.stop {
                        StopReason::EndTurn | StopReason::StopSequence => true,
                        // A summary may lack its end; a name may not.
                        StopReason::MaxTokens => self.kind == CallKind::Summary,
                        _ => false,
                    };
                    let text = Some(text).filter(|text| is_whole && !text.is_empty());
                    return text.ok_or(match reply.stop {
                        StopReason::ContextWindowExceeded => ModelErrorKind::TooLong,
                        // Another model, or the same one later, may say more.
                        _ => ModelErrorKind::Truncated,
                    });
                }
                Ok(_) => {}
                Err(error) => {
                    if error.usage.total() > 0 {
                        self.usage = error.usage;
                    }
                    tracing::warn!(
                        kind = %self.kind, %error, request_id = ?error.request_id,
                        model = self.model.id(), "a call beside the conversation failed"
                    );
                    return Err(error.kind);
                }
            }
        }
        Err(ModelErrorKind::Truncated)
    }

    /// What is to be paid, if it is anything.
    pub(crate) fn bill(&self, prices: &Prices) -> Option<NewBill<'_>> {
        let spent = prices.spent(&self.answering, self.model.id(), self.usage);
        let bill = NewBill { model: &self.answering, kind: self.kind, spent };
        (self.usage.total() > 0).then_some(bill)
    }
}
