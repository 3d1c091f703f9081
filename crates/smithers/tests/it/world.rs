//! A person, a server and a scripted model.

use serde_json::{Value, json};
use standins::anthropic::{Anthropic, Reply};
use store::{NewUser, Store, Ts, UserRole};

use crate::client::Client;
use crate::data::{Data, Db, EMAIL, PASSWORD};
use crate::events::Told;
use crate::server::Server;

/// What the stand-in is sent as the key.
pub(crate) const KEY: &str = "sk-ant-test-secret-0123456789";

/// The conversation of most journeys, by the client's own id.
pub(crate) const CHAT: &str = "chat-1";

pub(crate) struct World {
    pub(crate) model: Anthropic,
    /// The owner's browser.
    pub(crate) me: Client,
    pub(crate) server: Server,
    settings: Vec<(String, String)>,
    pub(crate) data: Data,
}

impl World {
    pub(crate) async fn start(db: Db) -> Self {
        Self::with(db, &[]).await
    }

    /// One whose server has these settings besides.
    pub(crate) async fn with(db: Db, settings: &[(&str, &str)]) -> Self {
        let model = Anthropic::start().await;
        model.require_key(KEY);
        // What is asked for whenever there is time would be somewhere in every test.
        let quiet = ("SMITHERS_TITLES", "off");
        let ours = [("ANTHROPIC_BASE_URL", model.url()), ("ANTHROPIC_API_KEY", KEY), quiet];
        let all = ours.iter().chain(settings);
        let settings = all.map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Self::begin(db, model, settings).await
    }

    /// One without a key: the built-in model answers.
    pub(crate) async fn offline(db: Db) -> Self {
        Self::begin(db, Anthropic::start().await, Vec::new()).await
    }

    async fn begin(db: Db, model: Anthropic, settings: Vec<(String, String)>) -> Self {
        let data = db.with_owner();
        let server = Server::start(&data, &borrowed(&settings)).await;
        let me = Client::owner_of(&server).await;
        Self { model, me, server, settings, data }
    }

    /// Another server on the same database.
    pub(crate) async fn second_server(&self) -> Server {
        Server::start(&self.data, &borrowed(&self.settings)).await
    }

    /// Ends the server at once and starts it again.
    pub(crate) async fn after_kill(self) -> Self {
        let Self { model, me, server, settings, data } = self;
        server.kill().await;
        let server = Server::start(&data, &borrowed(&settings)).await;
        Self { model, me: me.moved_to(&server), server, settings, data }
    }

    /// Waits until a server that was asked to end has done so, and starts it again.
    pub(crate) async fn after_end(self) -> Self {
        let Self { model, me, server, settings, data } = self;
        let status = server.ended().await;
        assert!(status.success(), "{status}");
        let server = Server::start(&data, &borrowed(&settings)).await;
        Self { model, me: me.moved_to(&server), server, settings, data }
    }

    /// Ends the server properly and starts it again, with these settings besides.
    pub(crate) async fn restarted_with(self, more: &[(&str, &str)]) -> Self {
        let Self { model, me, server, mut settings, data } = self;
        server.terminate().await;
        settings.extend(more.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        let server = Server::start(&data, &borrowed(&settings)).await;
        Self { model, me: me.moved_to(&server), server, settings, data }
    }

    /// Another person's browser, who has an account here and is no administrator.
    pub(crate) async fn somebody_else(&self) -> Client {
        let store = Store::open(&self.data.location()).await.unwrap();
        let accounts = store.accounts();
        let (_, password_hash) = accounts.credentials(EMAIL).await.unwrap().unwrap();
        let bob = NewUser {
            email: "bob@example.org".to_owned(),
            name: "Bob".to_owned(),
            role: UserRole::Member,
            password_hash,
            timezone: "America/New_York".to_owned(),
            mode: agent::permission::Mode::Default,
        };
        accounts.add(bob, Ts(0)).await.unwrap().expect("one such person");
        store.close().await;
        self.logged_in("bob@example.org").await
    }

    /// The owner's browser on another device.
    pub(crate) async fn another_session(&self) -> Client {
        self.logged_in(EMAIL).await
    }

    async fn logged_in(&self, email: &str) -> Client {
        let body = json!({"email": email, "password": PASSWORD});
        let answer = self.me.signed_out().post("/api/auth/login", body).await;
        self.me.with_session(answer.session())
    }

    /// Says something in the conversation and listens to the end.
    pub(crate) async fn say(&self, text: &str) -> Told {
        self.me.agent(own(text)).await.rest().await
    }

    /// As [`Self::say`], with what the model will answer.
    pub(crate) async fn exchange(&self, text: &str, reply: Reply) -> Told {
        self.model.script([reply]);
        self.say(text).await
    }

    /// Comes to the point where a task with this title waits for approval.
    pub(crate) async fn asked_to_add(&self, title: &str) -> String {
        let told = self.exchange(&format!("Add {title}"), adds(title)).await;
        assert_eq!(told.finish(), "tool-calls");
        told.approvals().remove(0)
    }

    /// Answers an approval.
    pub(crate) async fn decide(&self, approval: &str, answer: Value) -> Value {
        self.me.post(&format!("/api/approvals/{approval}"), answer).await.expect(200)
    }

    pub(crate) async fn approve(&self, approval: &str) -> Value {
        self.decide(approval, json!({"decision": "approve"})).await
    }

    /// An approval as it is now.
    pub(crate) async fn approval(&self, approval: &str) -> Value {
        self.me.get(&format!("/api/approvals/{approval}")).await.expect(200)
    }

    /// Waits until nothing runs in the conversation.
    pub(crate) async fn settled(&self) {
        if let Some(events) = self.me.watch(CHAT).await {
            events.rest().await;
        }
    }

    /// The titles of all tasks, newest first.
    pub(crate) async fn tasks(&self) -> Vec<String> {
        let list = self.me.get("/api/tasks").await.expect(200);
        let titles = list["items"].as_array().unwrap().iter();
        titles.map(|task| task["title"].as_str().unwrap().to_owned()).collect()
    }

    pub(crate) async fn conversation(&self) -> Value {
        self.me.get(&format!("/api/conversations/{CHAT}")).await.expect(200)
    }

    /// The messages of the branch that is shown.
    pub(crate) async fn messages(&self) -> Vec<Value> {
        let path = format!("/api/conversations/{CHAT}/messages");
        self.me.get(&path).await.expect(200)["items"].as_array().unwrap().clone()
    }

    /// The newest message of the branch that is shown.
    pub(crate) async fn newest_message(&self) -> Value {
        self.messages().await.pop().expect("a message")
    }

    /// What the model was asked, in order.
    pub(crate) fn requests(&self) -> Vec<Value> {
        self.model.requests().into_iter().map(|captured| captured.body).collect()
    }

    /// The blocks of the last message of the newest request.
    pub(crate) fn newest_blocks(&self) -> Vec<Value> {
        let mut requests = self.requests();
        let request = requests.last_mut().expect("a request");
        let last = request["messages"].as_array_mut().unwrap().pop().unwrap();
        last["content"].as_array().unwrap().clone()
    }

    /// The result of a call in the newest request, by its place.
    pub(crate) fn result(&self, place: usize) -> Value {
        let mut blocks = self.newest_blocks();
        blocks.retain(|block| block["type"] == "tool_result");
        blocks.remove(place)
    }
}

fn borrowed(settings: &[(String, String)]) -> Vec<(&str, &str)> {
    settings.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect()
}

/// A post of our own form.
pub(crate) fn own(text: &str) -> Value {
    json!({"conversationId": CHAT, "message": text})
}

/// A new message as `useChat` posts it.
pub(crate) fn chat(id: &str, text: &str) -> Value {
    json!({"id": CHAT, "trigger": "submit-message", "messages": [user_message(id, text)]})
}

/// A message of the person as `useChat` keeps it.
pub(crate) fn user_message(id: &str, text: &str) -> Value {
    json!({"id": id, "role": "user", "parts": [{"type": "text", "text": text}]})
}

/// An answer of the model.
pub(crate) fn says(text: &str) -> Reply {
    Reply::new().text(text)
}

/// A call that adds a task.
pub(crate) fn adds(title: &str) -> Reply {
    Reply::new().text("I will add it.").tool("create_task", json!({"title": title}))
}

/// The text of a tool's result as the model reads it.
pub(crate) fn text_of(result: &Value) -> String {
    let blocks = result["content"].as_array().unwrap().iter();
    let texts: Vec<&str> = blocks.map(|block| block["text"].as_str().unwrap()).collect();
    texts.join("\n")
}
