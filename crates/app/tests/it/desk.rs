//! A person, the application, a clock and a scripted model.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use agent::model::{
    Capabilities, Model, ModelEvent, ModelInfo, ModelReply, ModelRequest, ModelStream, StopReason,
    Usage,
};
use app::{
    App, Catalogue, Clock, Parts, Post, PostKind, PostPart, Settings, Ts, User, UserRole, Viewer,
};
use futures_util::stream;
use jiff::Timestamp;
use serde_json::{Value, json};
use store::{Location, NewUser, Store};
use tempfile::TempDir;
use tools::BuiltIn;

/// The conversation of all tests, by the client's own id.
const CHAT: &str = "chat-1";

pub(crate) struct Desk {
    pub(crate) app: App,
    pub(crate) user: User,
    pub(crate) model: Arc<Scripted>,
    clock: Arc<HandSet>,
    _folder: TempDir,
}

struct HandSet(Mutex<Timestamp>);

impl Clock for HandSet {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap()
    }
}

/// Answers with the blocks it was given, then with `Fine.`
pub(crate) struct Scripted {
    info: ModelInfo,
    answers: Mutex<VecDeque<Value>>,
    requests: Mutex<Vec<ModelRequest>>,
}

impl Model for Scripted {
    fn info(&self) -> &ModelInfo {
        &self.info
    }

    fn stream(&self, request: ModelRequest) -> ModelStream {
        self.requests.lock().unwrap().push(request);
        let scripted = self.answers.lock().unwrap().pop_front();
        let block = scripted.unwrap_or_else(|| json!({"type": "text", "text": "Fine."}));
        let is_call = block["type"] == "tool_use";
        let reply = ModelReply {
            content: vec![block],
            invalid_calls: Vec::new(),
            stop: if is_call { StopReason::ToolUse } else { StopReason::EndTurn },
            usage: Usage::default(),
            model: self.info.id.clone(),
            request_id: None,
        };
        Box::pin(stream::iter([Ok(ModelEvent::Done(Box::new(reply)))]))
    }
}

impl Scripted {
    /// What it will answer next: a call of a tool.
    pub(crate) fn calls(&self, tool: &str, arguments: &Value) {
        let call = json!({"type": "tool_use", "id": "toolu_1", "name": tool, "input": arguments});
        self.answers.lock().unwrap().push_back(call);
    }

    /// The messages of each request, as blocks.
    pub(crate) fn requests(&self) -> Vec<Vec<Vec<Value>>> {
        let blocks = |request: &ModelRequest| {
            request.messages.iter().map(|message| message.content.clone()).collect()
        };
        self.requests.lock().unwrap().iter().map(blocks).collect()
    }

    /// The last message of the newest request.
    pub(crate) fn newest(&self) -> Vec<Value> {
        self.requests().pop().unwrap().pop().unwrap()
    }

    /// The texts of the last message of the newest request.
    pub(crate) fn told(&self) -> Vec<String> {
        let blocks = self.newest();
        let texts = blocks.iter().filter_map(|block| block["text"].as_str());
        texts.map(str::to_owned).collect()
    }
}

impl Desk {
    /// Somebody in a time zone, at a moment.
    pub(crate) async fn open(timezone: &str, now: &str) -> Self {
        let folder = TempDir::new().unwrap();
        let store = Store::open(&Location::Sqlite(folder.path().join("t.db"))).await.unwrap();
        store.migrate_up().await.unwrap();
        let clock = Arc::new(HandSet(Mutex::new(now.parse().unwrap())));
        let person = NewUser {
            email: "ada@example.org".to_owned(),
            name: "Ada".to_owned(),
            role: UserRole::Owner,
            password_hash: None,
            timezone: timezone.to_owned(),
            mode: agent::permission::Mode::Default,
        };
        let user = store.accounts().add(person, Ts::from(clock.now())).await.unwrap().unwrap();
        let info = ModelInfo {
            provider: "test".to_owned(),
            id: "test".to_owned(),
            offline: false,
            capabilities: Capabilities::default(),
        };
        let model =
            Arc::new(Scripted { info, answers: Mutex::default(), requests: Mutex::default() });
        let app = App::new(Parts {
            models: Catalogue::of(Arc::clone(&model) as Arc<dyn Model>),
            tools: vec![Arc::new(BuiltIn::new(&store).unwrap())],
            clock: Arc::clone(&clock) as Arc<dyn Clock>,
            settings: Settings::default(),
            store,
        });
        Self { app, user, model, clock, _folder: folder }
    }

    /// Sets the clock.
    pub(crate) fn at(&self, now: &str) {
        *self.clock.0.lock().unwrap() = now.parse().unwrap();
    }

    /// Says something and listens to the end; what the model was told last.
    pub(crate) async fn say(&self, text: &str) -> Vec<String> {
        let parts = vec![PostPart::Text(text.to_owned())];
        self.post(PostKind::Message { id: None, parts, replaces: None }).await;
        self.model.told()
    }

    pub(crate) async fn post(&self, kind: PostKind) {
        let post = Post { conversation: Some(CHAT.to_owned()), kind };
        let mut viewer: Viewer = self.app.post(&self.user, post).await.unwrap();
        while viewer.next().await.is_some() {}
    }
}
