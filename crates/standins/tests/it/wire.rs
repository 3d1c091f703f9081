//! The least HTTP that a test needs, so that no client stands between.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use serde_json::{Value, json};
use standins::StandIn;
use standins::openai::OpenAi;

pub(crate) const HEADERS: &str = "authorization: Bearer k\r\nanthropic-version: 2026-10-21\r\n";

/// What came back.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }

    /// The data of each event.
    pub(crate) fn events(&self) -> Vec<Value> {
        let lines = self.body.lines().filter_map(|line| line.strip_prefix("data: "));
        lines
            .filter(|data| *data != "[DONE]")
            .map(|data| serde_json::from_str(data).unwrap())
            .collect()
    }
}

/// Sends a request and reads until the server closes.
pub(crate) async fn send<V>(server: &StandIn<V>, line: &str, headers: &str, body: &str) -> Answer {
    let address = server.url().strip_prefix("http://").unwrap().to_owned();
    // HTTP/1.0 keeps the body free of chunk marks.
    let request = format!(
        "{line} HTTP/1.0\r\nhost: {address}\r\n{headers}content-length: {}\r\n\r\n{body}",
        body.len()
    );
    let read = move || {
        let mut socket = TcpStream::connect(address).unwrap();
        socket.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        socket.read_to_string(&mut answer).unwrap();
        answer
    };
    let answer = tokio::task::spawn_blocking(read).await.unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    Answer { status, head: head.to_owned(), body: body.to_owned() }
}

pub(crate) async fn post<V>(server: &StandIn<V>, body: &Value) -> Answer {
    send(server, "POST /v1/messages", HEADERS, &body.to_string()).await
}

/// A request that is fine.
pub(crate) fn request(messages: Value) -> Value {
    let mut request = json!({"model": "claude-sonnet-5-5", "max_tokens": 100});
    request["messages"] = messages;
    request
}

/// Sends a request to the other stand-in.
pub(crate) async fn chat(server: &OpenAi, body: &Value) -> Answer {
    send(server, "POST /v1/chat/completions", "", &body.to_string()).await
}
