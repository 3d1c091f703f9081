//! What a driver writes, and that it cannot write under a lost lease.

use agent::model::{StopReason, Usage};
use agent::permission::{DeciderKind, Verdict};
use agent::{ApprovalStatus, CallStatus, TurnStatus};
use serde_json::json;
use store::{Fence, SettledCall, StepStatus, StoreError, fresh};

use crate::fixtures::{
    Chat, Db, NOW, WEEK, by_rule, end, lease, new_call, page, question, rule, text_step,
};
use crate::harness::conformance;

conformance! {
    steps_and_calls_come_back_in_order,
    json_comes_back_as_it_was,
    a_note_follows_its_step,
    settled_calls_have_results_and_log_entries,
    settling_closes_the_approval,
    a_call_is_put_to_the_person,
    an_edited_call_is_asked_with_its_edit,
    a_call_is_started_once_decided,
    a_started_call_ends,
    a_tainting_read_marks_the_turn,
    an_answer_with_text_from_outside_marks_the_turn,
    another_model_takes_over,
    only_allowed_changes_of_calls_happen,
    a_repeated_write_is_known,
    a_story_has_decisions_and_what_was_done_before,
    a_lost_lease_writes_nothing,
}

async fn steps_and_calls_come_back_in_order(db: Db) {
    let chat = db.new_chat().await;
    let broken = chat.step(text_step(StepStatus::Broken, "brok"), Vec::new()).await;
    let first = chat.call(&[("read", "a"), ("write", "b")]).await;
    let second = chat.call(&[("read", "c")]).await;

    let rows = chat.rows().await;

    assert_eq!(rows.steps.iter().map(|step| step.seq).collect::<Vec<_>>(), [1, 2]);
    assert!(rows.steps.iter().all(|step| step.id != broken && step.turn_id == chat.turn.id));
    assert_eq!(rows.model_calls, 3);
    assert_eq!(rows.steps[0].cache_note, text_step(StepStatus::Complete, "").cache_note);
    assert_eq!(rows.spent.usage, Usage { input_tokens: 30, output_tokens: 15, ..Usage::default() });
    let calls: Vec<_> = rows.calls.iter().map(|call| (call.id, call.seq)).collect();
    assert_eq!(calls, [(first[0], 0), (first[1], 1), (second[0], 0)]);
    assert!(rows.calls.iter().all(|call| call.status == CallStatus::Proposed && !call.repeated));
    assert_eq!(rows.steps[0].stop, Some(StopReason::EndTurn));
    assert_eq!(rows.steps[0].request_id.as_deref(), Some("req_1"));
}

async fn json_comes_back_as_it_was(db: Db) {
    let chat = db.new_chat().await;
    let signed =
        json!({"type": "thinking", "thinking": "z\\u0000 \"ü\" 1e-7", "signature": "b+/=="});
    let mut step = text_step(StepStatus::Complete, "");
    step.content.push(signed.clone());
    step.stop = Some(StopReason::Other("new_reason".to_owned()));
    let mut call = new_call("send", "outward", "d");
    call.arguments = json!({"z": 1.5, "a": {"y": [], "b": null}, "big": u64::MAX});
    call.defect = Some("cut".to_owned());
    chat.step(step, vec![call.clone()]).await;

    let rows = chat.rows().await;

    assert_eq!(rows.steps[0].content[1].to_string(), signed.to_string());
    assert_eq!(rows.steps[0].stop, Some(StopReason::Other("new_reason".to_owned())));
    assert_eq!(rows.calls[0].arguments.to_string(), call.arguments.to_string());
    assert_eq!(rows.calls[0].defect, call.defect);
}

async fn a_note_follows_its_step(db: Db) {
    let chat = db.new_chat().await;
    let step = chat.step(text_step(StepStatus::Complete, "one"), Vec::new()).await;

    db.turns().annotate(chat.fence(), step, "Tuesday").await.unwrap();

    assert_eq!(chat.rows().await.steps[0].note.as_deref(), Some("Tuesday"));
    let unknown = db.turns().annotate(chat.fence(), fresh(), "Tuesday").await;
    assert!(matches!(unknown, Err(StoreError::Inconsistent(_))), "{unknown:?}");
}

fn settled(id: agent::ToolCallId, status: CallStatus) -> SettledCall {
    SettledCall { id, status, result: json!("not run"), decision: None }
}

async fn settled_calls_have_results_and_log_entries(db: Db) {
    let chat = db.new_chat().await;
    let calls = chat.call(&[("outward", "a"), ("outward", "b")]).await;
    let deny = rule(Verdict::Deny, "send");
    let refused =
        SettledCall { decision: Some(by_rule(&deny)), ..settled(calls[0], CallStatus::Denied) };

    let both = vec![refused, settled(calls[1], CallStatus::Failed)];
    db.turns().settle(chat.fence(), both, NOW.plus_seconds(1)).await.unwrap();

    let rows = chat.rows().await;
    let states: Vec<_> = rows.calls.iter().map(|call| (call.status, call.ended_at)).collect();
    let at = Some(NOW.plus_seconds(1));
    assert_eq!(states, [(CallStatus::Denied, at), (CallStatus::Failed, at)]);
    assert_eq!(rows.calls[0].result, Some(json!("not run")));
    let log = db.permissions().decisions(chat.owner, &page(9)).await.unwrap().items;
    assert_eq!(log.len(), 1);
    assert_eq!((log[0].verdict, log[0].by.kind), (Verdict::Deny, DeciderKind::Rule));
    assert_eq!(log[0].by.id, Some(deny.id.to_string()));
    assert_eq!((log[0].tool_call_id, log[0].turn_id), (calls[0], chat.turn.id));
    assert_eq!((log[0].tool.as_str(), log[0].at), ("send", NOW.plus_seconds(1)));
}

async fn settling_closes_the_approval(db: Db) {
    let chat = db.new_chat().await;
    let calls = chat.call(&[("outward", "a"), ("outward", "b")]).await;
    let (first, second) = (chat.ask(calls[0]).await, chat.ask(calls[1]).await);

    let refused = vec![settled(calls[0], CallStatus::Denied)];
    db.turns().settle(chat.fence(), refused, NOW).await.unwrap();

    let rows = chat.rows().await;
    let states: Vec<_> = rows.approvals.iter().map(|it| (it.id, it.status)).collect();
    let expected = [(first, ApprovalStatus::Superseded), (second, ApprovalStatus::Pending)];
    assert_eq!(states, expected);
    // What was decided before only gets its result.
    let again = vec![settled(calls[0], CallStatus::Denied)];
    db.turns().settle(chat.fence(), again, NOW).await.unwrap();
}

async fn a_call_is_put_to_the_person(db: Db) {
    let chat = db.new_chat().await;
    let call = chat.call(&[("outward", "digest")]).await.remove(0);

    let id = chat.ask(call).await;

    let row = chat.row(call).await;
    assert_eq!(row.status, CallStatus::Waiting);
    assert_eq!((row.schema_hash.as_str(), row.digest.as_str()), ("schema now", "digest now"));
    let approval = db.approvals().get(chat.owner, id).await.unwrap().unwrap();
    assert_eq!(approval.status, ApprovalStatus::Pending);
    assert_eq!((approval.tool.as_str(), approval.title.as_str()), ("send", "A tool"));
    assert_eq!((approval.source.as_str(), approval.effect.as_str()), ("slack", "outward"));
    assert_eq!((approval.digest.as_str(), approval.rememberable), ("digest now", true));
    assert_eq!(approval.remember_scope.as_ref().unwrap()["/channel"], "#team");
    assert_eq!(approval.because.as_deref(), Some("A rule says so."));
    assert_eq!(approval.arguments, row.arguments);
    assert_eq!(approval.expires_at, NOW.plus_seconds(WEEK));
    assert_eq!(chat.rows().await.approvals, [approval]);
}

async fn an_edited_call_is_asked_with_its_edit(db: Db) {
    let chat = db.new_chat().await;
    let (call, approval) = chat.parked().await;
    let mut answer = crate::fixtures::decide(approval, agent::vocabulary::Answer::Approve);
    answer.edited = Some((json!({"to": "me"}), "edited".to_owned()));
    db.approvals().decide(chat.owner, answer).await.unwrap();
    let turn = db.turns().claim(chat.turn.id, &lease("here", NOW), NOW).await.unwrap().unwrap();
    let chat = Chat { turn, ..chat };

    let again = chat.ask(call).await;

    let asked = db.approvals().get(chat.owner, again).await.unwrap().unwrap();
    assert_eq!(asked.arguments, json!({"to": "me"}));
    assert_eq!(chat.row(call).await.status, CallStatus::Waiting);
    assert_eq!(chat.rows().await.approvals.len(), 2);
}

async fn a_call_is_started_once_decided(db: Db) {
    let chat = db.new_chat().await;
    let calls = chat.call(&[("write", "a"), ("write", "b")]).await;
    chat.ask(calls[1]).await;
    let allow = rule(Verdict::Allow, "send");

    let allowed = Some(by_rule(&allow));
    let begun = db.turns().start_call(chat.fence(), calls[0], allowed, NOW).await.unwrap();
    let waits = db.turns().start_call(chat.fence(), calls[1], allowed, NOW).await.unwrap();
    let unknown = db.turns().start_call(chat.fence(), fresh(), None, NOW).await.unwrap();

    assert_eq!((begun, waits, unknown), (true, false, false));
    let row = chat.row(calls[0]).await;
    assert_eq!((row.status, row.started_epoch), (CallStatus::Started, Some(1)));
    assert_eq!((row.started_at, row.ended_at), (Some(NOW), None));
    let log = db.permissions().decisions(chat.owner, &page(9)).await.unwrap().items;
    assert_eq!(log.len(), 1);
    assert_eq!((log[0].verdict, log[0].tool_call_id), (Verdict::Allow, calls[0]));
}

async fn a_started_call_ends(db: Db) {
    let chat = db.new_chat().await;
    for status in [CallStatus::Succeeded, CallStatus::Failed, CallStatus::Unknown] {
        let call = chat.started_call("write", "d").await;
        chat.finish_call(call, status).await;

        let row = chat.row(call).await;
        assert_eq!((row.status, row.result), (status, Some(json!({"ok": true}))));
        assert_eq!(row.ended_at, Some(NOW));
    }
    assert!(!chat.rows().await.turn.tainted);
}

async fn a_tainting_read_marks_the_turn(db: Db) {
    let chat = db.new_chat().await;
    let call = chat.started_call("read", "d").await;
    let (ok, succeeded) = (json!("text"), CallStatus::Succeeded);

    db.turns().finish_call(chat.fence(), call, succeeded, &ok, true, NOW).await.unwrap();

    assert!(chat.rows().await.turn.tainted);
}

async fn an_answer_with_text_from_outside_marks_the_turn(db: Db) {
    let chat = db.new_chat().await;
    for (kind, tainted) in [("server_tool_use", false), ("web_search_tool_result", true)] {
        let mut step = text_step(StepStatus::Complete, "Found.");
        step.content.push(json!({"type": kind, "content": []}));

        chat.step(step, vec![new_call("send", "outward", "d")]).await;

        assert_eq!(chat.rows().await.turn.tainted, tainted, "{kind}");
    }
}

async fn another_model_takes_over(db: Db) {
    let chat = db.new_chat().await;
    let wanted = Some("test-model");
    for (model, is_gone, wanted) in [
        ("b", false, wanted),
        ("c", true, wanted),
        ("test-model", false, None),
        ("d", true, wanted),
    ] {
        db.turns().fall_back(chat.fence(), model, is_gone).await.unwrap();

        let turn = chat.rows().await.turn;
        assert_eq!((turn.model.as_str(), turn.wanted.as_deref()), (model, wanted));
        assert_eq!(turn.wanted_gone, model == "d", "only of the one that was to answer");
    }
}

async fn only_allowed_changes_of_calls_happen(db: Db) {
    let chat = db.new_chat().await;
    let call = chat.started_call("write", "d").await;
    chat.finish_call(call, CallStatus::Succeeded).await;
    let proposed = chat.call(&[("write", "e")]).await.remove(0);
    let turns = db.turns();
    let ok = json!(null);
    let approval = question(call);

    let refusals = [
        turns.finish_call(chat.fence(), call, CallStatus::Failed, &ok, false, NOW).await,
        turns.finish_call(chat.fence(), proposed, CallStatus::Succeeded, &ok, false, NOW).await,
        turns.settle(chat.fence(), vec![settled(call, CallStatus::Denied)], NOW).await,
        turns.settle(chat.fence(), vec![settled(proposed, CallStatus::Expired)], NOW).await,
        turns.ask(chat.fence(), vec![approval], NOW).await,
    ];

    for refusal in refusals {
        assert!(matches!(refusal, Err(StoreError::Inconsistent(_))), "{refusal:?}");
    }
    assert!(!turns.start_call(chat.fence(), call, None, NOW).await.unwrap());
    assert_eq!(chat.row(call).await.status, CallStatus::Succeeded);
    assert_eq!(chat.row(proposed).await.status, CallStatus::Proposed);
    assert!(chat.rows().await.approvals.is_empty());
}

async fn a_story_has_decisions_and_what_was_done_before(db: Db) {
    let chat = db.new_chat().await;
    let done = chat.started_call("write", "done").await;
    chat.finish_call(done, CallStatus::Succeeded).await;
    chat.answer("done").await;
    let next = chat.say("again").await;
    let calls = next.call(&[("write", "done"), ("write", "new")]).await;
    let deny = rule(Verdict::Deny, "send");
    let refused =
        SettledCall { decision: Some(by_rule(&deny)), ..settled(calls[1], CallStatus::Denied) };
    db.turns().settle(next.fence(), vec![refused], NOW).await.unwrap();

    let story = db.turns().story(chat.owner, next.turn.id).await.unwrap().unwrap();

    assert_eq!(story.rows, next.rows().await);
    assert_eq!(story.repeats, [calls[0]]);
    assert_eq!(story.decisions.len(), 1);
    assert_eq!(story.decisions[0].tool_call_id, calls[1]);
    let before = db.turns().story(chat.owner, chat.turn.id).await.unwrap().unwrap();
    assert!(before.repeats.is_empty() && before.decisions.is_empty(), "{before:?}");
    let stranger = db.person("eve").await;
    assert_eq!(db.turns().story(stranger, next.turn.id).await.unwrap(), None);
}

async fn a_repeated_write_is_known(db: Db) {
    let chat = db.new_chat().await;
    let other = db.chat(chat.owner).await;
    for (effect, digest, status) in [
        ("write", "done", CallStatus::Succeeded),
        ("write", "lost", CallStatus::Unknown),
        ("write", "failed", CallStatus::Failed),
        ("read", "read", CallStatus::Succeeded),
    ] {
        let call = chat.started_call(effect, digest).await;
        chat.finish_call(call, status).await;
    }
    chat.answer("done").await;
    let next = chat.say("again").await;

    let digests = ["done", "lost", "failed", "read", "new"];
    let calls: Vec<_> = digests.iter().map(|digest| ("write", *digest)).collect();
    next.call(&calls).await;
    other.call(&calls).await;

    let repeated = |rows: store::TurnRows| -> Vec<bool> {
        rows.calls.iter().map(|call| call.repeated).collect()
    };
    assert_eq!(repeated(next.rows().await), [true, true, false, false, false]);
    assert_eq!(repeated(other.rows().await), [false; 5]);
    assert_eq!(repeated(chat.rows().await), [false; 4]);
}

async fn a_lost_lease_writes_nothing(db: Db) {
    let chat = db.new_chat().await;
    let step = chat.step(text_step(StepStatus::Complete, "hm"), Vec::new()).await;
    let call = chat.started_call("write", "d").await;
    let proposed = chat.call(&[("write", "e")]).await.remove(0);
    let later = NOW.plus_seconds(31);
    let taken = db.turns().claim(chat.turn.id, &lease("there", later), later).await.unwrap();
    assert_eq!(taken.map(|turn| turn.epoch), Some(2));
    let before = chat.rows().await;

    for lost in
        [chat.fence(), Fence { turn: fresh(), epoch: 1 }, Fence { epoch: 3, ..chat.fence() }]
    {
        for outcome in writes(&db, lost, step, call, proposed).await {
            assert!(
                matches!(outcome, Err(StoreError::LeaseLost(id)) if id == lost.turn),
                "{outcome:?}"
            );
        }
    }

    assert_eq!(chat.rows().await, before);
    assert!(db.permissions().decisions(chat.owner, &page(9)).await.unwrap().items.is_empty());
}

/// Every write of a driver.
async fn writes(
    db: &Db,
    fence: Fence,
    step: agent::StepId,
    started: agent::ToolCallId,
    proposed: agent::ToolCallId,
) -> Vec<Result<(), StoreError>> {
    let turns = db.turns();
    let denied = by_rule(&rule(Verdict::Deny, "send"));
    let settled = SettledCall { decision: Some(denied), ..settled(proposed, CallStatus::Denied) };
    let asked = question(proposed);
    let (ok, done) = (json!(null), CallStatus::Succeeded);
    let calls = vec![new_call("send", "write", "f")];
    vec![
        turns.record_step(fence, text_step(StepStatus::Complete, "x"), calls, NOW).await,
        turns.fall_back(fence, "b", false).await,
        turns.annotate(fence, step, "x").await,
        turns.settle(fence, vec![settled], NOW).await,
        turns.settle(fence, Vec::new(), NOW).await,
        turns.ask(fence, vec![asked], NOW).await,
        turns.start_call(fence, proposed, Some(denied), NOW).await.map(|_| ()),
        turns.finish_call(fence, started, done, &ok, true, NOW).await,
        turns.park(fence, 0).await.map(|_| ()),
        turns.release(fence).await,
        turns.finish(fence, end(TurnStatus::Completed), NOW).await,
    ]
}
