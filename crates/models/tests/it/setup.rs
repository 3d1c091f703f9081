use std::time::Duration;

use agent::Role;
use agent::message::text_block;
use agent::model::{Model, ModelError, ModelEvent, ModelMessage, ModelReply, ModelRequest};
use futures_util::StreamExt as _;
use models::anthropic::{Anthropic, AnthropicConfig};
use models::{ApiKey, Connection, RetryPolicy};
use serde_json::Value;
use standins::anthropic::{Anthropic as StandIn, Reply};

pub(crate) const KEY: &str = "sk-ant-test-123";

/// A connection on which no time passes between tries, and none is lost with questions.
pub(crate) fn connection(url: &str) -> Connection {
    let retry = RetryPolicy { base_delay: Duration::ZERO, ..RetryPolicy::default() };
    Connection { retry, discover: false, ..Connection::to(url) }
}

/// Settings for a stand-in.
pub(crate) fn config(server: &StandIn) -> AnthropicConfig {
    AnthropicConfig {
        connection: connection(server.url()),
        ..AnthropicConfig::new(ApiKey::new(KEY))
    }
}

/// A stand-in that gives these replies, and a client of it.
pub(crate) async fn scripted(replies: impl IntoIterator<Item = Reply>) -> (StandIn, Anthropic) {
    let server = StandIn::start().await;
    server.script(replies);
    let model = Anthropic::new(config(&server)).unwrap();
    (server, model)
}

pub(crate) fn message(role: Role, content: Vec<Value>) -> ModelMessage {
    ModelMessage { role, content, cache_here: false }
}

pub(crate) fn conversation(messages: Vec<ModelMessage>) -> ModelRequest {
    ModelRequest {
        system: "You help a team.".into(),
        tools: Vec::new().into(),
        messages,
        max_tokens: 1000,
        schema: None,
    }
}

/// A request with one message of the user.
pub(crate) fn ask(text: &str) -> ModelRequest {
    conversation(vec![message(Role::User, vec![text_block(text)])])
}

/// All events of an answer, and how it ended.
pub(crate) async fn run(
    model: &dyn Model,
    request: ModelRequest,
) -> (Vec<ModelEvent>, Result<ModelReply, ModelError>) {
    let mut stream = model.stream(request);
    let mut events = Vec::new();
    while let Some(event) = stream.next().await {
        match event {
            Ok(ModelEvent::Done(reply)) => {
                assert!(stream.next().await.is_none(), "something follows the end");
                return (events, Ok(*reply));
            }
            // What is billed so far is looked at where it matters.
            Ok(ModelEvent::Usage(_)) => {}
            Ok(event) => events.push(event),
            Err(error) => {
                assert!(stream.next().await.is_none(), "something follows an error");
                return (events, Err(error));
            }
        }
    }
    panic!("the stream ended without a word");
}

/// The whole answer to one scripted reply.
pub(crate) async fn answer(reply: Reply) -> ModelReply {
    let (_server, model) = scripted([reply]).await;
    run(&model, ask("Hello")).await.1.unwrap()
}

/// The error that one scripted reply ends with, and what came before it.
pub(crate) async fn failure(reply: Reply) -> (Vec<ModelEvent>, ModelError) {
    let (_server, model) = scripted([reply]).await;
    let (events, end) = run(&model, ask("Hello")).await;
    (events, end.unwrap_err())
}
