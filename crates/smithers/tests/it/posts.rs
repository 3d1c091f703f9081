//! What a post of `useChat` means, for every combination of trigger, `messageId`, last message and
//! state of the conversation's turn.

use serde_json::{Value, json};
use standins::anthropic::{Gate, Reply, has_tool_result, newest_user_text};

use crate::data::{Db, journeys};
use crate::world::{World, adds, says, user_message};

journeys! {
    a_post_to_no_conversation,
    a_post_to_an_idle_conversation,
    a_post_while_an_answer_is_written,
    a_post_while_an_approval_waits,
}

const NOBODYS: &str = "01900000-0000-7000-8000-000000000000";

#[derive(Clone, Copy, Debug, PartialEq)]
enum State {
    Nothing,
    Idle,
    Running,
    Waiting,
}

/// The last posted message.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Last {
    None,
    New,
    Same,
    /// The id of a message that exists, with other content.
    Other,
    Answer,
    /// An answer with an approval answered; it exists only while one waits.
    Approved,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Target {
    None,
    Question,
    Answer,
    Unknown,
}

#[derive(Debug, PartialEq)]
enum Outcome {
    New,
    Edit,
    Again,
    Repeat,
    GoesOn,
    Refused(u16, &'static str),
}

const TRIGGERS: [Option<&str>; 4] =
    [None, Some("submit-message"), Some("regenerate-message"), Some("resubmit")];
const TARGETS: [Target; 4] = [Target::None, Target::Question, Target::Answer, Target::Unknown];
const LASTS: [Last; 6] =
    [Last::None, Last::New, Last::Same, Last::Other, Last::Answer, Last::Approved];

/// The contract's rules, in its order.
fn expected(state: State, last: Last, trigger: Option<&str>, target: Target) -> Outcome {
    use Outcome::{Again, Edit, GoesOn, New, Refused, Repeat};
    let exists = state != State::Nothing;
    match (last, trigger.unwrap_or("submit-message")) {
        (Last::Answer | Last::Approved, _) if !exists => Refused(404, "not_found"),
        (Last::Approved, _) if state == State::Waiting => GoesOn,
        (Last::Approved, _) => Refused(404, "not_found"),
        (Last::Answer, _) => Refused(422, "unprocessable"),
        (_, "regenerate-message") => match (state, target) {
            (State::Nothing, _) | (_, Target::Unknown) => Refused(404, "not_found"),
            (State::Running, _) => Refused(409, "turn_active"),
            (State::Idle | State::Waiting, _) => Again,
        },
        (Last::None, _) | (_, "resubmit") => Refused(422, "unprocessable"),
        (_, _) if !exists => New,
        (Last::Same, _) => Repeat,
        (Last::Other, _) if target != Target::Question => Refused(409, "conflict"),
        (_, _) if state == State::Running => Refused(409, "turn_active"),
        (_, _) if target == Target::Question => Edit,
        (_, _) => New,
    }
}

/// A conversation in some state, and what is known of it.
struct Chat {
    id: String,
    question: String,
    answer: String,
    approval: String,
}

/// Begins a conversation with what brings it into a state.
async fn begin(world: &World, state: State, number: usize) -> Chat {
    let mut chat = Chat {
        id: format!("chat-{number}"),
        question: NOBODYS.to_owned(),
        answer: NOBODYS.to_owned(),
        approval: NOBODYS.to_owned(),
    };
    if state == State::Nothing {
        return chat;
    }
    let post = json!({"id": chat.id, "messages": [user_message("question", text_of(state))]});
    let mut events = world.me.agent(post).await;
    let start = events.next().await.unwrap();
    chat.question = start["messageMetadata"]["userMessageId"].as_str().unwrap().to_owned();
    chat.answer = start["messageId"].as_str().unwrap().to_owned();
    if state != State::Running {
        let told = events.rest().await;
        chat.approval = told.approvals().pop().unwrap_or(chat.approval);
    }
    chat
}

const fn text_of(state: State) -> &'static str {
    match state {
        State::Nothing | State::Idle => "plain",
        State::Running => "hold",
        State::Waiting => "ask",
    }
}

impl Chat {
    fn post(&self, state: State, last: Last, trigger: Option<&str>, target: Target) -> Value {
        let answer = |part: Value| json!({"id": self.answer, "role": "assistant", "parts": [part]});
        let approved = json!({"type": "dynamic-tool", "state": "approval-responded",
            "approval": {"id": self.approval, "approved": true}});
        // Earlier messages are skipped unparsed, whatever they are.
        let mut messages = vec![json!({"role": 7}), user_message("question", "forged")];
        match last {
            Last::None => messages.clear(),
            Last::New => messages.push(user_message("another", "plain")),
            Last::Same => messages.push(user_message("question", text_of(state))),
            Last::Other => messages.push(user_message("question", "other")),
            Last::Answer => messages.push(answer(json!({"type": "text", "text": "Hi"}))),
            Last::Approved => messages.push(answer(approved)),
        }
        let mut post = json!({"id": self.id, "messages": messages});
        if let Some(trigger) = trigger {
            post["trigger"] = json!(trigger);
        }
        match target {
            Target::None => {}
            Target::Question => post["messageId"] = json!("question"),
            Target::Answer => post["messageId"] = json!(self.answer),
            Target::Unknown => post["messageId"] = json!("unknown"),
        }
        post
    }

    /// What a post was taken for, by the answer and the branch that is shown then.
    async fn outcome(&self, world: &World, state: State, post: Value) -> Outcome {
        let request = world.me.request(reqwest::Method::POST, "/api/agent").json(&post);
        let response = request.send().await.unwrap();
        if response.status() != 200 {
            let status = response.status().as_u16();
            let problem: Value = response.json().await.unwrap();
            let codes = ["conflict", "not_found", "turn_active", "unprocessable"];
            let code = codes.into_iter().find(|code| problem["code"] == *code);
            return Outcome::Refused(status, code.unwrap_or_else(|| panic!("{problem}")));
        }
        let mut events = crate::events::Events::of(response);
        let start = events.next().await.unwrap();
        if state != State::Running {
            events.rest().await;
        }
        if start["messageId"] == self.answer {
            let is_repeat = post["messages"].as_array().unwrap().last().unwrap()["role"] == "user";
            return if is_repeat { Outcome::Repeat } else { Outcome::GoesOn };
        }
        let path = format!("/api/conversations/{}/messages", self.id);
        let branch = world.me.get(&path).await.expect(200)["items"].as_array().unwrap().clone();
        assert_eq!(branch.last().unwrap()["id"], start["messageId"], "{branch:?}");
        let question = &branch[branch.len() - 2]["metadata"];
        assert_eq!(question["id"], start["messageMetadata"]["userMessageId"]);
        let siblings = question["siblings"].as_array().unwrap().len();
        match (question["id"] == self.question.as_str(), siblings) {
            (true, 1) => Outcome::Again,
            (false, 1) => Outcome::New,
            (false, 2) => Outcome::Edit,
            other => panic!("{other:?} {branch:?}"),
        }
    }
}

async fn every_post(db: Db, state: State) {
    let world = World::start(db).await;
    let gate = Gate::new();
    let says_so = |word: &'static str| {
        move |request: &Value| {
            !has_tool_result(request) && newest_user_text(request).ends_with(word)
        }
    };
    world.model.when(says_so("hold"), Reply::new().gate(&gate).text("Never."));
    world.model.when(says_so("ask"), adds("Milk"));
    world.model.otherwise(says("Well."));
    let mut number = 0;
    for (last, trigger) in LASTS.into_iter().flat_map(|last| TRIGGERS.map(|it| (last, it))) {
        for target in TARGETS {
            number += 1;
            let chat = begin(&world, state, number).await;

            let post = chat.post(state, last, trigger, target);
            let outcome = chat.outcome(&world, state, post).await;

            let wanted = expected(state, last, trigger, target);
            assert_eq!(outcome, wanted, "{state:?} {last:?} {trigger:?} {target:?}");
            if state == State::Running {
                let stop = format!("/api/agent/{}/stop", chat.id);
                world.me.post(&stop, json!({})).await.expect(202);
            }
        }
    }
}

async fn a_post_to_no_conversation(db: Db) {
    every_post(db, State::Nothing).await;
}

async fn a_post_to_an_idle_conversation(db: Db) {
    every_post(db, State::Idle).await;
}

async fn a_post_while_an_answer_is_written(db: Db) {
    every_post(db, State::Running).await;
}

async fn a_post_while_an_approval_waits(db: Db) {
    every_post(db, State::Waiting).await;
}
