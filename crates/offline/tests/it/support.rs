//! A conversation as the server would lead it.

use std::sync::Arc;
use std::time::Duration;

use agent::Role;
use agent::message::{plain_text, text_block};
use agent::model::{Model, ModelEvent, ModelMessage, ModelReply, ModelRequest, ToolDefinition};
use futures_util::StreamExt;
use offline::Offline;
use serde_json::{Value, json};

/// The stamp that the phrase list is relative to.
pub(crate) const STAMP: &str = "[Wed 2026-11-25 14:03 Europe/Berlin]";

/// Every built-in tool, and tools of connected accounts.
pub(crate) const TOOLS: [&str; 19] = [
    "asana__list_projects",
    "cancel_meeting",
    "complete_task",
    "create_meeting",
    "create_task",
    "crm__search",
    "delete_task",
    "find_free_time",
    "forget",
    "get_meeting",
    "get_task",
    "list_meetings",
    "list_memories",
    "list_tasks",
    "remember",
    "search_conversations",
    "slack__send_message",
    "update_meeting",
    "update_task",
];

/// The arguments of the connected tools.
fn schema(tool: &str) -> Value {
    match tool {
        "slack__send_message" => json!({
            "type": "object",
            "properties": {
                "channel": {"type": "string"},
                "text": {"type": "string"},
                "thread_count": {"type": ["integer", "null"]},
                "silent": {"type": "boolean"},
                "mentions": {"type": "array"},
            },
            "required": ["channel", "text"],
        }),
        "crm__search" => json!({
            "type": "object",
            "properties": {"query": {"type": "string"}, "limit": {"type": "integer"}},
            "required": ["query"],
        }),
        _ => json!({"type": "object"}),
    }
}

/// A conversation under way.
pub(crate) struct Chat {
    messages: Vec<ModelMessage>,
    tools: Vec<&'static str>,
}

impl Chat {
    pub(crate) fn new() -> Self {
        Self::with_tools(&TOOLS)
    }

    pub(crate) fn with_tools(tools: &[&'static str]) -> Self {
        Self { messages: Vec::new(), tools: tools.to_vec() }
    }

    /// The person says something at the usual time.
    pub(crate) async fn say(&mut self, text: &str) -> Reply {
        self.send(vec![text_block(STAMP), text_block(text)]).await
    }

    /// The last calls come back with these results, in their order.
    pub(crate) async fn results(&mut self, results: &[Value]) -> Reply {
        self.results_with(results, &[]).await
    }

    /// The same, followed by text blocks.
    pub(crate) async fn results_with(&mut self, results: &[Value], texts: &[&str]) -> Reply {
        let calls = self.messages.last().map_or(&[][..], |message| &message.content);
        let ids = calls.iter().filter(|raw| raw["type"] == "tool_use").map(|raw| raw["id"].clone());
        let mut content: Vec<Value> = ids
            .zip(results)
            .map(|(id, result)| {
                let error = result.is_string();
                let text = result.as_str().map_or_else(|| result.to_string(), str::to_owned);
                json!({
                    "type": "tool_result",
                    "tool_use_id": id,
                    "content": [text_block(&text)],
                    "is_error": error,
                })
            })
            .collect();
        content.extend(texts.iter().map(|text| text_block(text)));
        self.send(content).await
    }

    /// A message of the person's side comes, block by block.
    pub(crate) async fn send(&mut self, content: Vec<Value>) -> Reply {
        self.messages.push(ModelMessage { role: Role::User, content, cache_here: false });
        let events = self.stream().await;
        let Some(ModelEvent::Done(reply)) = events.last() else {
            panic!("the stream does not end with Done");
        };
        let content = reply.content.clone();
        self.messages.push(ModelMessage { role: Role::Assistant, content, cache_here: false });
        Reply(*reply.clone())
    }

    /// The events of an answer to the conversation as it stands.
    pub(crate) async fn stream(&self) -> Vec<ModelEvent> {
        self.stream_at(Duration::ZERO).await
    }

    /// The same at a pace.
    pub(crate) async fn stream_at(&self, pace: Duration) -> Vec<ModelEvent> {
        let tool = |name: &&str| ToolDefinition {
            name: (*name).to_owned(),
            description: String::new(),
            input_schema: schema(name).into(),
        };
        let request = ModelRequest {
            system: Arc::from("system"),
            tools: self.tools.iter().map(tool).collect(),
            messages: self.messages.clone(),
            max_tokens: 1_000,
            schema: None,
        };
        Offline::new(pace).stream(request).map(Result::unwrap).collect().await
    }
}

/// What the model answered.
pub(crate) struct Reply(pub(crate) ModelReply);

impl Reply {
    pub(crate) fn text(&self) -> String {
        plain_text(&self.0.content)
    }

    /// Tool and arguments of each call.
    pub(crate) fn calls(&self) -> Vec<(String, Value)> {
        let calls = self.0.content.iter().filter(|raw| raw["type"] == "tool_use");
        calls.map(|raw| (raw["name"].as_str().unwrap().to_owned(), raw["input"].clone())).collect()
    }

    pub(crate) fn assert_calls(&self, expected: &[(&str, Value)]) {
        let expected: Vec<_> =
            expected.iter().map(|(name, input)| ((*name).to_owned(), input.clone())).collect();
        assert_eq!(self.calls(), expected, "{}", self.text());
    }

    pub(crate) fn assert_says(&self, part: &str) {
        assert!(self.calls().is_empty(), "{:?}", self.calls());
        assert!(self.text().contains(part), "{:?} lacks {part:?}", self.text());
    }
}

/// An open task.
pub(crate) fn task(id: &str, title: &str) -> Value {
    json!({
        "id": id, "title": title, "notes": null, "status": "open",
        "dueOn": null, "dueAt": null, "assignee": null, "source": "local",
    })
}

/// A meeting of an hour, tomorrow at 15:00.
pub(crate) fn meeting(id: &str, title: &str) -> Value {
    json!({
        "id": id, "title": title, "startsAt": "2026-11-26T14:00:00Z",
        "endsAt": "2026-11-26T15:00:00Z", "timezone": "Europe/Berlin", "allDay": false,
        "location": null, "attendees": ["Anna"], "notes": "", "status": "confirmed",
    })
}

/// The result of a list.
pub(crate) fn items(tasks: &[Value]) -> Value {
    json!({"items": tasks, "nextCursor": null})
}
