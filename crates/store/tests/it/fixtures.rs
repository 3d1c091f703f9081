//! People, conversations and turns for the tests to act on.

use agent::model::{StopReason, Usage};
use agent::permission::{DeciderKind, Judgement, Rule, Verdict};
use agent::price::Spent;
use agent::vocabulary::Answer;
use agent::{
    ApprovalId, CallStatus, ConversationId, MessageId, StepId, ToolCallId, TurnStatus, UserId,
};
use serde_json::{Value, json};
use store::{
    Approvals, CallKind, Context, ContextSize, Conversation, Conversations, Decide, Fence, Files,
    Imports, Jobs, Lease, Location, Meetings, NewApproval, NewStep, NewToolCall, NewUser,
    PageRequest, Permissions, StartFrom, StartIn, StartOutcome, StartTurn, StepStatus, Store,
    Tasks, ToolCallRow, Ts, Turn, TurnEnd, TurnRows, Turns, UserRole, fresh,
};

/// When every test begins.
pub(crate) const NOW: Ts = Ts(1_790_000_000_000_000);
pub(crate) const WEEK: i64 = 7 * 86_400;

/// The database of one test.
pub(crate) struct Db {
    pub(crate) store: Store,
    pub(crate) location: Location,
}

pub(crate) fn page(limit: u32) -> PageRequest {
    PageRequest { limit, cursor: None }
}

pub(crate) fn lease(owner: &str, until: Ts) -> Lease {
    Lease { owner: owner.to_owned(), until }
}

pub(crate) fn user(email: &str) -> NewUser {
    NewUser {
        email: email.to_owned(),
        name: "Ada".to_owned(),
        role: UserRole::Member,
        password_hash: None,
        timezone: "Europe/Zurich".to_owned(),
        mode: agent::permission::Mode::Default,
    }
}

/// A new message.
pub(crate) fn message(client_id: Option<&str>, parent: Option<MessageId>, text: &str) -> StartFrom {
    StartFrom::New {
        client_id: client_id.map(str::to_owned),
        parent,
        is_edit: false,
        content: vec![json!({"type": "text", "text": format!("now\n{text}")})],
        parts: vec![json!({"type": "text", "text": text})],
        plain: text.to_owned(),
        files: Vec::new(),
    }
}

/// A new version of a message.
pub(crate) fn edit(client_id: Option<&str>, parent: Option<MessageId>, text: &str) -> StartFrom {
    let mut message = message(client_id, parent, text);
    if let StartFrom::New { is_edit, .. } = &mut message {
        *is_edit = true;
    }
    message
}

pub(crate) fn in_new(client_id: Option<&str>) -> StartIn {
    StartIn::New { client_id: client_id.map(str::to_owned) }
}

pub(crate) fn start(conversation: StartIn, message: StartFrom) -> StartTurn {
    StartTurn {
        conversation,
        message,
        expected_head: None,
        expected_active: None,
        title: "Hello".to_owned(),
        tainted: false,
        preamble: None,
        model: "test-model".to_owned(),
        wanted: None,
        wanted_gone: false,
        chosen: None,
        lease: lease("here", NOW.plus_seconds(30)),
        now: NOW,
    }
}

pub(crate) fn text_step(status: StepStatus, text: &str) -> NewStep {
    let usage = Usage { input_tokens: 10, output_tokens: 5, ..Usage::default() };
    NewStep {
        status,
        content: vec![json!({"type": "text", "text": text})],
        stop: Some(StopReason::EndTurn),
        request_id: Some("req_1".to_owned()),
        cache_note: Some("vendor: nothing has moved here".to_owned()),
        ..NewStep::bill(CallKind::Answer, "test-model", Spent { usage, cost_nanos: Some(7) })
    }
}

pub(crate) fn new_call(tool: &str, effect: &str, digest: &str) -> NewToolCall {
    NewToolCall {
        id: fresh(),
        model_call_id: "toolu_1".to_owned(),
        tool: tool.to_owned(),
        title: "A tool".to_owned(),
        effect: effect.to_owned(),
        arguments: json!({"z": 1, "a": [true, null]}),
        schema_hash: "schema".to_owned(),
        digest: digest.to_owned(),
        defect: None,
    }
}

pub(crate) fn end(status: TurnStatus) -> TurnEnd {
    status.into()
}

pub(crate) fn by_rule(rule: &Rule) -> Judgement {
    Judgement { verdict: rule.verdict, by: DeciderKind::Rule, rule: Some(rule.id) }
}

pub(crate) fn rule(verdict: Verdict, tool: &str) -> Rule {
    Rule {
        id: fresh(),
        verdict,
        tool: tool.to_owned(),
        when: [("/channel".to_owned(), "#team".to_owned())].into(),
        conversation_id: None,
    }
}

pub(crate) fn decide(id: ApprovalId, answer: Answer) -> Decide {
    Decide {
        id,
        answer,
        digest: None,
        edited: None,
        reason: None,
        remember: None,
        now: NOW.plus_seconds(60),
    }
}

/// What a start gave, if it started.
pub(crate) fn started(outcome: StartOutcome) -> (Conversation, Turn) {
    match outcome {
        StartOutcome::Started { conversation, turn } => (*conversation, turn),
        other => panic!("not started: {other:?}"),
    }
}

impl Db {
    /// What is known of a person, at most so many of each kind.
    pub(crate) async fn context(&self, owner: UserId, most: u32) -> Context {
        let size = ContextSize { memories: most, tasks: most, meetings: most };
        self.store.accounts().context(owner, size, NOW).await.unwrap()
    }

    pub(crate) fn turns(&self) -> Turns {
        self.store.turns()
    }

    pub(crate) fn conversations(&self) -> Conversations {
        self.store.conversations()
    }

    pub(crate) fn approvals(&self) -> Approvals {
        self.store.approvals()
    }

    pub(crate) fn permissions(&self) -> Permissions {
        self.store.permissions()
    }

    pub(crate) fn files(&self) -> Files {
        self.store.files()
    }

    pub(crate) fn tasks(&self) -> Tasks {
        self.store.tasks()
    }

    pub(crate) fn meetings(&self) -> Meetings {
        self.store.meetings()
    }

    pub(crate) fn imports(&self) -> Imports {
        self.store.imports()
    }

    pub(crate) fn jobs(&self) -> Jobs {
        self.store.jobs()
    }

    /// A person.
    pub(crate) async fn person(&self, name: &str) -> UserId {
        let user = user(&format!("{name}@example.com"));
        self.store.accounts().add(user, NOW).await.unwrap().unwrap().id
    }

    /// A running turn in a new conversation.
    pub(crate) async fn chat(&self, owner: UserId) -> Chat<'_> {
        let start = start(in_new(None), message(None, None, "hello"));
        let (conversation, turn) = started(self.turns().start(owner, start).await.unwrap());
        Chat { db: self, owner, conversation: conversation.id, turn }
    }

    /// A running turn of somebody new.
    pub(crate) async fn new_chat(&self) -> Chat<'_> {
        let owner = self.person("ada").await;
        self.chat(owner).await
    }
}

/// A turn under its lease, and where it happens.
pub(crate) struct Chat<'a> {
    pub(crate) db: &'a Db,
    pub(crate) owner: UserId,
    pub(crate) conversation: ConversationId,
    pub(crate) turn: Turn,
}

impl<'a> Chat<'a> {
    pub(crate) fn fence(&self) -> Fence {
        Fence { turn: self.turn.id, epoch: self.turn.epoch }
    }

    pub(crate) async fn rows(&self) -> TurnRows {
        self.db.turns().load(self.turn.id).await.unwrap().unwrap()
    }

    pub(crate) async fn status(&self) -> TurnStatus {
        self.rows().await.turn.status
    }

    pub(crate) async fn head(&self) -> Option<MessageId> {
        let key = self.conversation.to_string();
        let found = self.db.conversations().find(self.owner, &key).await.unwrap();
        found.unwrap().head_id
    }

    /// Starts one more turn in the conversation.
    pub(crate) async fn start(&self, message: StartFrom) -> StartOutcome {
        let mut start = start(StartIn::Existing(self.conversation), message);
        start.expected_head = self.head().await;
        let active = self.db.turns().active(self.owner, self.conversation).await.unwrap();
        start.expected_active = active.map(|turn| (turn.id, turn.decision_seq));
        self.db.turns().start(self.owner, start).await.unwrap()
    }

    /// A further message after the head.
    pub(crate) async fn say(&self, text: &str) -> Chat<'a> {
        self.branch(message(None, self.head().await, text)).await
    }

    pub(crate) async fn branch(&self, message: StartFrom) -> Chat<'a> {
        let (_, turn) = started(self.start(message).await);
        Chat { turn, ..*self }
    }

    /// The model answers with text, and the turn completes.
    pub(crate) async fn answer(&self, text: &str) {
        self.step(text_step(StepStatus::Complete, text), Vec::new()).await;
        let end = end(TurnStatus::Completed);
        self.db.turns().finish(self.fence(), end, NOW).await.unwrap();
    }

    pub(crate) async fn step(&self, step: NewStep, calls: Vec<NewToolCall>) -> StepId {
        let id = step.id;
        self.db.turns().record_step(self.fence(), step, calls, NOW).await.unwrap();
        id
    }

    /// The model calls tools, given by effect and digest.
    pub(crate) async fn call(&self, calls: &[(&str, &str)]) -> Vec<ToolCallId> {
        let calls: Vec<NewToolCall> =
            calls.iter().map(|(effect, digest)| new_call("send", effect, digest)).collect();
        let ids = calls.iter().map(|call| call.id).collect();
        self.step(text_step(StepStatus::Complete, "I call tools."), calls).await;
        ids
    }

    /// Puts a call to the person.
    pub(crate) async fn ask(&self, call: ToolCallId) -> ApprovalId {
        let approval = NewApproval {
            summary: "Send something".to_owned(),
            because: Some("A rule says so.".to_owned()),
            source: "slack".to_owned(),
            schema_hash: "schema now".to_owned(),
            digest: "digest now".to_owned(),
            rememberable: true,
            remember_scope: Some([("/channel".to_owned(), "#team".to_owned())].into()),
            expires_at: NOW.plus_seconds(WEEK),
            ..question(call)
        };
        let id = approval.id;
        self.db.turns().ask(self.fence(), vec![approval], NOW).await.unwrap();
        id
    }

    /// One outward call that is put to the person, with the turn parked.
    pub(crate) async fn parked(&self) -> (ToolCallId, ApprovalId) {
        let call = self.call(&[("outward", "digest")]).await.remove(0);
        let approval = self.ask(call).await;
        assert!(self.db.turns().park(self.fence(), 0).await.unwrap());
        (call, approval)
    }

    pub(crate) async fn started_call(&self, effect: &str, digest: &str) -> ToolCallId {
        let call = self.call(&[(effect, digest)]).await.remove(0);
        assert!(self.db.turns().start_call(self.fence(), call, None, NOW).await.unwrap());
        call
    }

    pub(crate) async fn finish_call(&self, call: ToolCallId, status: CallStatus) {
        let result = json!({"ok": true});
        let turns = self.db.turns();
        turns.finish_call(self.fence(), call, status, &result, false, NOW).await.unwrap();
    }

    pub(crate) async fn row(&self, call: ToolCallId) -> ToolCallRow {
        let rows = self.rows().await;
        rows.calls.into_iter().find(|row| row.id == call).unwrap()
    }
}

pub(crate) fn words(content: &[Value]) -> String {
    agent::message::plain_text(content)
}

/// A question about a call, of which nothing is said.
pub(crate) fn question(call: ToolCallId) -> NewApproval {
    NewApproval {
        id: fresh(),
        tool_call_id: call,
        summary: String::new(),
        because: None,
        decider: DeciderKind::User,
        source: String::new(),
        schema_hash: String::new(),
        digest: String::new(),
        rememberable: false,
        remember_scope: None,
        expires_at: NOW,
    }
}
