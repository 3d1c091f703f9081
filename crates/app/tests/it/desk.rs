//! A person, the application, a clock and a scripted model.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use agent::Chunk;
use agent::model::{
    Capabilities, Model, ModelError, ModelErrorKind, ModelEvent, ModelInfo, ModelReply,
    ModelRequest, ModelStream, StopReason, Usage,
};
use app::{
    App, Catalogue, Clock, NamedModel, PageRequest, Parts, Post, PostKind, PostPart, Settings, Ts,
    User, UserRole, Viewer,
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
    /// The one that answers where nobody chose.
    pub(crate) model: Arc<Scripted>,
    /// The others.
    pub(crate) others: Vec<Arc<Scripted>>,
    clock: Arc<HandSet>,
    _folder: TempDir,
}

struct HandSet(Mutex<Timestamp>);

impl Clock for HandSet {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap()
    }
}

/// Answers with the blocks it was given, or fails as it was told, then says `Fine.`
pub(crate) struct Scripted {
    info: ModelInfo,
    answers: Mutex<VecDeque<Result<Vec<Value>, ModelErrorKind>>>,
    requests: Mutex<Vec<ModelRequest>>,
}

impl Model for Scripted {
    fn info(&self) -> &ModelInfo {
        &self.info
    }

    fn stream(&self, request: ModelRequest) -> ModelStream {
        self.requests.lock().unwrap().push(request);
        let scripted = self.answers.lock().unwrap().pop_front();
        let content = match scripted {
            Some(Ok(content)) => content,
            Some(Err(kind)) => {
                return Box::pin(stream::iter([Err(ModelError::new(kind, "The script says so."))]));
            }
            None => vec![json!({"type": "text", "text": "Fine."})],
        };
        let is_call = content.iter().any(|block| block["type"] == "tool_use");
        let reply = ModelReply {
            content,
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
    pub(crate) fn new(id: &str) -> Arc<Self> {
        let info = ModelInfo {
            provider: "test".to_owned(),
            id: id.to_owned(),
            offline: false,
            capabilities: Capabilities::default(),
        };
        Arc::new(Self { info, answers: Mutex::default(), requests: Mutex::default() })
    }

    /// What it will answer next.
    pub(crate) fn answers(&self, content: Vec<Value>) {
        self.answers.lock().unwrap().push_back(Ok(content));
    }

    /// What it will answer next: a call of a tool.
    pub(crate) fn calls(&self, tool: &str, arguments: &Value) {
        let call = json!({"type": "tool_use", "id": "toolu_1", "name": tool, "input": arguments});
        self.answers(vec![call]);
    }

    /// How it will fail next.
    pub(crate) fn fails(&self, kind: ModelErrorKind) {
        self.answers.lock().unwrap().push_back(Err(kind));
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
        Self::with(timezone, now, &["test"], &[]).await
    }

    /// As [`Self::open`], with these models, and those that answer where one cannot.
    pub(crate) async fn with(
        timezone: &str,
        now: &str,
        models: &[&str],
        fallback: &[&str],
    ) -> Self {
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
        let mut others: Vec<_> = models.iter().map(|name| Scripted::new(name)).collect();
        let named = others.iter().map(named).collect();
        let fallback = fallback.iter().map(|name| (*name).to_owned()).collect();
        let app = App::new(Parts {
            models: Catalogue::new(named, fallback, None).unwrap(),
            tools: vec![Arc::new(BuiltIn::new(&store).unwrap())],
            clock: Arc::clone(&clock) as Arc<dyn Clock>,
            settings: Settings::default(),
            store,
        });
        Self { app, user, model: others.remove(0), others, clock, _folder: folder }
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

    pub(crate) async fn post(&self, kind: PostKind) -> Vec<Chunk> {
        let post = Post { conversation: Some(CHAT.to_owned()), model: None, kind };
        let mut viewer: Viewer = self.app.post(&self.user, post).await.unwrap();
        let mut told = Vec::new();
        while let Some(frames) = viewer.next().await {
            told.extend(frames.into_iter().map(|frame| frame.chunk));
        }
        told
    }

    /// The newest message as a client loads it.
    pub(crate) async fn newest_message(&self) -> Value {
        let all = PageRequest { limit: 50, cursor: None };
        self.app.messages(self.user.id, CHAT, &all).await.unwrap().items.pop().unwrap()
    }
}

fn named(model: &Arc<Scripted>) -> NamedModel {
    NamedModel { name: model.info.id.clone(), model: Arc::clone(model) as Arc<dyn Model> }
}
