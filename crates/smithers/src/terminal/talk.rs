//! A conversation at a terminal: what is said goes to the service, what comes is shown, and what
//! waits is asked about.

use std::pin::pin;
use std::time::Duration;

use futures_util::FutureExt as _;
use http::Method;
use serde_json::{Value, json};
use store::fresh;
use tokio::time::sleep;

use super::{Asked, Decision, Editor, Said, Show};
use crate::session::{Chunks, CutOff, Refused, Session};
use crate::signals::Signals;

/// The pauses between tries to get back to a server, in milliseconds: as long as it may take to
/// start anew.
const PAUSES: [u64; 7] = [100, 250, 500, 1_000, 2_000, 4_000, 8_000];

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
    interrupts: Interrupts,
}

/// Ctrl-C: the first stops an answer, the second leaves, however quickly they come.
struct Interrupts {
    signals: Signals,
    count: u32,
}

/// What an answer is asked for by. It does nothing twice, so it can be sent again.
struct Request {
    conversation: String,
    method: Method,
    path: String,
    body: Option<Value>,
}

/// What came of a request.
enum Opened {
    Chunks(Chunks),
    /// Nothing runs.
    Nothing,
    /// The person did not wait for it.
    Left,
}

impl Interrupts {
    async fn next(&mut self) {
        self.signals.next().await;
        self.count += 1;
    }

    /// What comes of some work; none if the person leaves first.
    async fn wait_for<T>(&mut self, work: impl Future<Output = T>) -> Option<T> {
        let mut work = pin!(work);
        while self.count < 2 {
            tokio::select! {
                biased;
                () = self.next() => {}
                done = &mut work => return Some(done),
            }
        }
        None
    }
}

impl Request {
    fn post(conversation: String, body: Value) -> Self {
        Self { conversation, method: Method::POST, path: "/api/agent".into(), body: Some(body) }
    }
}

impl<'s> Talk<'s> {
    pub(crate) fn new(
        session: &'s Session,
        show: Show,
        editor: Option<Editor>,
    ) -> anyhow::Result<Self> {
        let interrupts = Interrupts { signals: Signals::of_terminal()?, count: 0 };
        Ok(Self { session, show, editor, interrupts })
    }

    /// What the person writes next; Ctrl-C since the last answer counts.
    pub(crate) fn line(&mut self) -> anyhow::Result<Said> {
        let signals = &mut self.interrupts.signals;
        if signals.next().now_or_never().is_some() {
            return Ok(Said::Interrupted);
        }
        let Some(editor) = &mut self.editor else { return Ok(Said::End) };
        let said = editor.ask("› ", "", signals)?;
        if let Said::Line(line) = &said
            && !line.trim().is_empty()
        {
            editor.remember(line.trim())?;
        }
        Ok(said)
    }

    /// Says something, and goes on until nothing more comes by itself. By ids of ours the service
    /// knows a message that it is sent again.
    pub(crate) async fn say(&mut self, text: &str, model: Option<String>) -> anyhow::Result<End> {
        let id = || fresh::<agent::MessageId>().to_string();
        let conversation = self.show.conversation.clone().unwrap_or_else(id);
        let parts = json!([{"type": "text", "text": text}]);
        let message = json!({"id": id(), "role": "user", "parts": parts});
        let mut body = json!({"conversationId": conversation, "message": message});
        if let Some(model) = model {
            body["model"] = json!(model);
        }
        self.follow(Request::post(conversation, body)).await
    }

    /// Watches what runs in the conversation, and asks about what waits in it.
    pub(crate) async fn resume(&mut self, conversation: &str) -> anyhow::Result<End> {
        self.show.conversation = Some(conversation.to_owned());
        let path = format!("/api/agent/{conversation}/stream");
        let conversation = conversation.to_owned();
        self.follow(Request { conversation, method: Method::GET, path, body: None }).await
    }

    async fn follow(&mut self, first: Request) -> anyhow::Result<End> {
        let mut request = first;
        loop {
            let end = self.watch(&request).await?;
            if end != End::Waiting {
                return Ok(end);
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
            let conversation = self.show.conversation.clone().unwrap_or(request.conversation);
            let body = json!({"id": conversation, "messages": [message]});
            request = Request::post(conversation, body);
        }
    }

    /// Shows an answer to its end, over more than one connection if need be.
    async fn watch(&mut self, request: &Request) -> anyhow::Result<End> {
        self.interrupts.count = 0;
        let mut pauses: &[u64] = &[];
        loop {
            let chunks = match self.open(request, pauses).await? {
                Opened::Chunks(chunks) => chunks,
                Opened::Left => return Ok(End::Left),
                Opened::Nothing => {
                    if !pauses.is_empty() {
                        self.rest(&request.conversation).await?;
                    }
                    let pending = self.session.all("/api/approvals", Some("pending")).await?;
                    let ours = pending.iter();
                    let ours = ours.filter(|it| it["conversationId"] == *request.conversation);
                    self.show.asked = ours.map(Asked::of_approval).collect();
                    let is_over = self.show.asked.is_empty() && !pauses.is_empty();
                    return Ok(if is_over { self.end() } else { End::Waiting });
                }
            };
            match self.read(chunks, &request.conversation).await {
                Err(error) if error.is::<CutOff>() => {
                    self.show.begin_again()?;
                    pauses = &PAUSES;
                }
                ended => return ended,
            }
        }
    }

    /// Asks for an answer, once and then after each of these pauses.
    async fn open(&mut self, request: &Request, pauses: &[u64]) -> anyhow::Result<Opened> {
        let Request { method, path, body, .. } = request;
        let mut pauses = pauses.iter();
        loop {
            let asked = self.session.stream(method.clone(), path, body.as_ref());
            let error = match self.interrupts.wait_for(asked).await {
                None => return Ok(Opened::Left),
                Some(Ok(Some(chunks))) => return Ok(Opened::Chunks(chunks)),
                Some(Ok(None)) => return Ok(Opened::Nothing),
                Some(Err(error)) => error,
            };
            if error.downcast_ref().is_some_and(Refused::is_final) {
                return Err(error);
            }
            let Some(pause) = pauses.next() else { return Err(error) };
            let pause = sleep(Duration::from_millis(*pause));
            if self.interrupts.wait_for(pause).await.is_none() {
                return Ok(Opened::Left);
            }
        }
    }

    /// Shows what comes over one connection. Ctrl-C stops it, a second one leaves.
    async fn read(&mut self, mut chunks: Chunks, conversation: &str) -> anyhow::Result<End> {
        let mut is_stopped = false;
        loop {
            if self.interrupts.count == 1 && !is_stopped {
                is_stopped = true;
                let (path, nothing) = (format!("/api/agent/{conversation}/stop"), json!({}));
                let stopped = self.interrupts.wait_for(self.session.post(&path, &nothing)).await;
                stopped.transpose()?;
            }
            if self.interrupts.count > 1 {
                return Ok(End::Left);
            }
            tokio::select! {
                biased;
                () = self.interrupts.next() => {}
                chunk = chunks.next() => match chunk? {
                    Some(chunk) => self.show.chunk(&chunk)?,
                    None => break,
                },
            }
        }
        Ok(self.end())
    }

    /// How the answer ended that was shown last.
    fn end(&self) -> End {
        match self.show.finish.as_str() {
            "tool-calls" => End::Waiting,
            "other" => End::Stopped,
            "stop" => End::Answered,
            _ => End::Failed,
        }
    }

    /// Shows how an answer went on that ended while there was no connection: it comes as a stored
    /// message only.
    async fn rest(&mut self, conversation: &str) -> anyhow::Result<()> {
        let path = format!("/api/conversations/{conversation}/messages");
        let messages = self.session.all(&path, None).await?;
        let answer = messages.iter().rfind(|it| it["role"] == "assistant");
        Ok(answer.map_or(Ok(()), |answer| self.show.stored(answer))?)
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
            let Decision::Answer(answer) =
                call.decide(&mut editor, &mut self.interrupts.signals)?
            else {
                break Ok(None);
            };
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
