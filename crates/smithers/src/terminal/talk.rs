//! A conversation at a terminal: what is said goes to the service, what comes is shown, and what
//! waits is asked about.

use std::pin::pin;

use http::Method;
use serde_json::{Value, json};

use super::{Asked, Decision, Editor, Show};
use crate::session::{Chunks, Refused, Session};

/// How an exchange ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// It was answered.
    Answered,
    /// It waits for an approval.
    Waiting,
    /// The person stopped it.
    Stopped,
    /// There is no whole answer; a notice has said why.
    Failed,
    /// The person wants to leave at once.
    Left,
}

/// A conversation at a terminal.
pub(crate) struct Talk<'s> {
    pub(crate) session: &'s Session,
    pub(crate) show: Show,
    /// Where the person is asked; nowhere if they cannot be.
    pub(crate) editor: Option<Editor>,
}

impl Talk<'_> {
    /// Says something, and goes on until nothing more comes by itself.
    pub(crate) async fn say(&mut self, body: &Value) -> anyhow::Result<End> {
        let chunks = self.session.stream(Method::POST, "/api/agent", Some(body)).await?;
        self.follow(chunks).await
    }

    /// Watches what runs in the conversation, and asks about what waits in it.
    pub(crate) async fn resume(&mut self, conversation: &str) -> anyhow::Result<End> {
        self.show.conversation = Some(conversation.to_owned());
        let path = format!("/api/agent/{conversation}/stream");
        let chunks = self.session.stream(Method::GET, &path, None).await?;
        if chunks.is_none() {
            let pending = self.session.get("/api/approvals?status=pending").await?;
            let ours = pending["items"].as_array().into_iter().flatten();
            let ours = ours.filter(|approval| approval["conversationId"] == *conversation);
            self.show.asked = ours.map(Asked::of_approval).collect();
        }
        self.follow(chunks).await
    }

    async fn follow(&mut self, chunks: Option<Chunks>) -> anyhow::Result<End> {
        let mut chunks = chunks;
        loop {
            if let Some(chunks) = chunks {
                let end = self.watch(chunks).await?;
                if end != End::Waiting {
                    return Ok(end);
                }
            }
            let asked = std::mem::take(&mut self.show.asked);
            if asked.is_empty() {
                return Ok(End::Answered);
            }
            let Some(answers) = self.decide(&asked).await? else { return Ok(End::Waiting) };
            // What is decided goes on by itself; this asks for what follows.
            let part = |(id, approved): (String, bool)| {
                let approval = json!({"id": id, "approved": approved});
                json!({"type": "dynamic-tool", "state": "approval-responded", "approval": approval})
            };
            let parts: Vec<Value> = answers.into_iter().map(part).collect();
            let message = json!({"id": "answer", "role": "assistant", "parts": parts});
            let body = json!({"id": self.show.conversation, "messages": [message]});
            chunks = self.session.stream(Method::POST, "/api/agent", Some(&body)).await?;
        }
    }

    /// Shows an answer to its end. Ctrl-C stops it, a second one leaves.
    async fn watch(&mut self, mut chunks: Chunks) -> anyhow::Result<End> {
        let mut interrupted = pin!(tokio::signal::ctrl_c());
        let mut is_stopped = false;
        loop {
            tokio::select! {
                chunk = chunks.next() => match chunk? {
                    Some(chunk) => self.show.chunk(&chunk)?,
                    None => break,
                },
                signal = &mut interrupted => {
                    signal?;
                    let Some(id) = self.show.conversation.clone() else { return Ok(End::Left) };
                    if is_stopped {
                        return Ok(End::Left);
                    }
                    is_stopped = true;
                    self.session.post(&format!("/api/agent/{id}/stop"), &json!({})).await?;
                    interrupted.set(tokio::signal::ctrl_c());
                }
            }
        }
        Ok(match self.show.finish.as_str() {
            "tool-calls" => End::Waiting,
            "other" => End::Stopped,
            "stop" => End::Answered,
            _ => End::Failed,
        })
    }

    /// Asks about each call and sends the answers; none if something is left for later.
    async fn decide(&mut self, asked: &[Asked]) -> anyhow::Result<Option<Vec<(String, bool)>>> {
        let mut answers = Vec::new();
        for call in asked {
            let answer = self.ask(call).await?;
            if answer.is_none() {
                self.show.note(&format!("waiting for approval {}: {}", call.id, call.summary))?;
            }
            answers.extend(answer.map(|approved| (call.id.clone(), approved)));
        }
        Ok((answers.len() == asked.len()).then_some(answers))
    }

    /// Asks about one call and sends the answer: whether it may run, or none for later.
    pub(crate) async fn ask(&mut self, call: &Asked) -> anyhow::Result<Option<bool>> {
        let Some(mut editor) = self.editor.take() else { return Ok(None) };
        self.show.note(&call.card())?;
        let decided = loop {
            let Decision::Answer(answer) = call.decide(&mut editor)? else { break Ok(None) };
            let sent = self.session.post(&format!("/api/approvals/{}", call.id), &answer).await;
            match sent.map_err(anyhow::Error::downcast::<Refused>) {
                Ok(approval) => {
                    let arguments = match &approval["editedArguments"] {
                        Value::Null => &approval["arguments"],
                        edited => edited,
                    };
                    self.show.know(&call.call, &call.title, arguments);
                    break Ok(Some(answer["decision"] == "approve"));
                }
                // Edited arguments that the tool does not take can be mended.
                Err(Ok(refused)) if refused.status == http::StatusCode::UNPROCESSABLE_ENTITY => {
                    self.show.note(&refused.to_string())?;
                }
                Err(Ok(refused)) => break Err(refused.into()),
                Err(Err(error)) => break Err(error),
            }
        };
        self.editor = Some(editor);
        decided
    }
}
