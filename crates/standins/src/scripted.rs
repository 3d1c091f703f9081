use std::io;
use std::marker::PhantomData;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use axum::serve::ListenerExt as _;
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::service::Vendor;
use crate::state::{Rule, State};
use crate::{Captured, Reply, Script};

/// A running stand-in of a vendor. It stops accepting connections when dropped.
pub struct StandIn<V> {
    url: String,
    state: Arc<State>,
    accepting: JoinHandle<()>,
    vendor: PhantomData<fn() -> V>,
}

impl<V: Vendor> StandIn<V> {
    /// Starts one on a free port of 127.0.0.1.
    ///
    /// # Panics
    /// If no port can be bound.
    #[expect(clippy::expect_used, reason = "a test cannot go on without its server")]
    pub async fn start() -> Self {
        Self::start_on(0).await.expect("a free port on 127.0.0.1")
    }

    /// Starts one on that port of 127.0.0.1; 0 takes a free one.
    pub async fn start_on(port: u16) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
        let url = format!("http://{}", listener.local_addr()?);
        let state = Arc::new(State::default());
        let routes = V::routes().with_state(Arc::clone(&state));
        let service = routes.into_make_service_with_connect_info::<SocketAddr>();
        // Without this, small frames wait for the acknowledgement of the one before.
        let listener = listener.tap_io(|socket| {
            if let Err(error) = socket.set_nodelay(true) {
                eprintln!("stand-in: no TCP_NODELAY: {error}");
            }
        });
        let accepting = tokio::spawn(async move {
            if let Err(error) = axum::serve(listener, service).await {
                eprintln!("stand-in: {error}");
            }
        });
        Ok(Self { url, state, accepting, vendor: PhantomData })
    }
}

impl<V> StandIn<V> {
    /// The base URL, without a slash at its end.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Adds replies to the queue: one per request, in order.
    pub fn script(&self, replies: impl IntoIterator<Item = Reply>) {
        self.state.inner().queue.extend(replies);
    }

    /// Answers every request whose body matches with `reply`. Rules come before the queue; the
    /// first that matches wins.
    pub fn when(&self, matches: impl Fn(&Value) -> bool + Send + Sync + 'static, reply: Reply) {
        self.add_rule(Rule { matches: Box::new(matches), reply, left: None, names: false });
    }

    /// As [`Self::when`], for that many requests.
    pub fn when_times(
        &self,
        times: u32,
        matches: impl Fn(&Value) -> bool + Send + Sync + 'static,
        reply: Reply,
    ) {
        let left = Some(times);
        self.add_rule(Rule { matches: Box::new(matches), reply, left, names: false });
    }

    /// Adds the rules of a script file.
    pub fn load(&self, script: Script) {
        self.state.inner().rules.extend(script.into_rules());
    }

    /// What a request gets that no rule, script or magic word answers. Without it such a request
    /// is refused with status 400.
    pub fn otherwise(&self, reply: Reply) {
        self.state.inner().otherwise = Some(reply);
    }

    /// What each request for the title of a conversation gets from now on; without it, the first
    /// line. Such a request comes whenever it likes, so nothing else answers it.
    pub fn title(&self, reply: Reply) {
        self.state.inner().rules.retain(|rule| !rule.names);
        let matches = Box::new(asks_for_title);
        self.add_rule(Rule { matches, reply, left: None, names: true });
    }

    /// From now on only this key is accepted; before, any is.
    pub fn require_key(&self, key: &str) {
        self.state.inner().key = Some(key.to_owned());
    }

    /// Lets the prompt cache, and nothing else, grow older.
    pub fn age_cache(&self, time: Duration) {
        self.state.inner().cache.age(time);
    }

    /// Stops keeping requests, for long runs.
    pub fn keep_no_requests(&self) {
        self.state.inner().forgetful = true;
    }

    /// Every request for a message so far, refused ones included, but for those of
    /// [`Self::title_requests`].
    pub fn requests(&self) -> Vec<Captured> {
        self.captured(false)
    }

    /// Every request for the title of a conversation so far.
    pub fn title_requests(&self) -> Vec<Captured> {
        self.captured(true)
    }

    fn captured(&self, for_titles: bool) -> Vec<Captured> {
        let inner = self.state.inner();
        let all = inner.captured.iter();
        all.filter(|it| asks_for_title(&it.body) == for_titles).cloned().collect()
    }

    fn add_rule(&self, rule: Rule) {
        self.state.inner().rules.push(rule);
    }
}

impl<V> Drop for StandIn<V> {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

/// The text of the newest user message that has any, its blocks joined by a line break.
pub fn newest_user_text(request: &Value) -> String {
    let messages = request.get("messages").and_then(Value::as_array);
    messages
        .into_iter()
        .flatten()
        .rev()
        .filter(|message| message["role"] == "user")
        .map(text_of)
        .find(|text| !text.is_empty())
        .unwrap_or_default()
}

/// Whether this asks for the title of a conversation.
pub(crate) fn asks_for_title(request: &Value) -> bool {
    system_text(request).starts_with("You name conversations.")
}

/// The system prompt, in whichever form a vendor has it.
pub(crate) fn system_text(request: &Value) -> &str {
    let (system, first) = (&request["system"], &request["messages"][0]);
    let first = Some(&first["content"]).filter(|_| first["role"] == "system");
    let mut texts = [Some(system), Some(&system[0]["text"]), first].into_iter().flatten();
    texts.find_map(Value::as_str).unwrap_or_default()
}

/// Whether the newest message brings the result of a tool.
pub fn has_tool_result(request: &Value) -> bool {
    let last = request.get("messages").and_then(Value::as_array).and_then(|all| all.last());
    if last.is_some_and(|message| message["role"] == "tool") {
        return true;
    }
    last.and_then(|message| message["content"].as_array())
        .is_some_and(|blocks| blocks.iter().any(|block| block["type"] == "tool_result"))
}

fn text_of(message: &Value) -> String {
    match &message["content"] {
        Value::String(text) => text.clone(),
        Value::Array(blocks) => {
            let texts: Vec<&str> =
                blocks.iter().filter_map(|block| block["text"].as_str()).collect();
            texts.join("\n")
        }
        _ => String::new(),
    }
}
