use agent::message::text_block;
use serde_json::{Value, json};

use crate::support::{Chat, STAMP, items, task};

fn with(mut task: Value, key: &str, value: &str) -> Value {
    task[key] = json!(value);
    task
}

fn two_offers() -> Value {
    items(&[task("a", "Send the offer to Bob"), task("b", "Send the offer to Carl")])
}

#[tokio::test]
async fn a_new_task_is_confirmed_from_its_result() {
    let mut chat = Chat::new();
    chat.say("add a task to send the offer by Friday").await;

    let reply = chat.results(&[with(task("1", "Send the offer!"), "dueOn", "2026-11-27")]).await;

    reply.assert_says("I added “Send the offer!”, due on Friday, 27 November.");
}

#[tokio::test]
async fn times_are_said_in_the_persons_zone() {
    let mut chat = Chat::new();
    chat.say("remind me to call Anna tomorrow 3 pm").await;

    let reply =
        chat.results(&[with(task("1", "Call Anna"), "dueAt", "2026-11-26T14:00:00Z")]).await;

    reply.assert_says("due tomorrow at 15:00");
}

#[tokio::test]
async fn the_list_is_filtered_and_said_in_words() {
    let mut chat = Chat::new();
    chat.say("what is due this week?").await;
    let due = |id, day| with(task(id, id), "dueOn", day);

    let reply =
        chat.results(&[items(&[due("Offer", "2026-11-27"), due("Rent", "2026-11-02")])]).await;

    reply.assert_says("1 task due this week:\n\n1. Offer, due on Friday, 27 November");
    assert!(!reply.text().contains("Rent"));
}

#[tokio::test]
async fn an_empty_list_is_said_kindly() {
    let mut chat = Chat::new();
    chat.say("what is overdue?").await;

    chat.results(&[items(&[])]).await.assert_says("Nothing is overdue.");
}

#[tokio::test]
async fn none_found_changes_nothing() {
    let mut chat = Chat::new();
    chat.say("complete the offer").await;

    let reply = chat.results(&[items(&[])]).await;

    reply.assert_says("I found no open task for “offer”. Nothing was changed.");
}

#[tokio::test]
async fn several_found_makes_it_ask_and_the_answer_counts() {
    for answer in ["the second one", "2", "Carl", "the one about Carl", "the last one please"] {
        let mut chat = Chat::new();
        chat.say("complete the offer").await;
        let question = chat.results(&[two_offers()]).await;
        question.assert_says("2. Send the offer to Carl");

        let reply = chat.say(answer).await;

        reply.assert_calls(&[("complete_task", json!({"id": "b"}))]);
    }
}

#[tokio::test]
async fn an_unclear_answer_asks_again_and_cancel_ends_it() {
    let mut chat = Chat::new();
    chat.say("delete the offer").await;
    chat.results(&[two_offers()]).await;

    chat.say("the offer").await.assert_says("Say its number");
    chat.say("the first one").await.assert_calls(&[("delete_task", json!({"id": "a"}))]);
    let gone = chat.results(&[json!({"deleted": true, "id": "a"})]).await;
    gone.assert_says("I deleted “Send the offer to Bob”.");
    chat.say("never mind").await.assert_says("Nothing was changed");
    chat.say("the first one").await.assert_says("did not understand");
}

#[tokio::test]
async fn an_exact_title_wins() {
    let mut chat = Chat::new();
    chat.say("complete offer").await;

    let reply = chat.results(&[items(&[task("a", "Offer"), task("b", "Offer for Bob")])]).await;

    reply.assert_calls(&[("complete_task", json!({"id": "a"}))]);
}

#[tokio::test]
async fn it_is_the_task_last_spoken_of() {
    let mut chat = Chat::new();
    chat.say("add a task to call Anna tomorrow 3 pm").await;
    chat.results(&[with(task("7", "Call Anna"), "dueAt", "2026-11-26T14:00:00Z")]).await;

    let reply = chat.say("move it to Monday").await;

    let expected = json!({"id": "7", "dueAt": "2026-11-30T14:00:00Z"});
    reply.assert_calls(&[("update_task", expected)]);
}

#[tokio::test]
async fn a_place_in_the_list_shown_last_is_understood() {
    let mut chat = Chat::new();
    chat.say("show my tasks").await;
    chat.results(&[two_offers()]).await;

    let reply = chat.say("mark the first one as done").await;

    reply.assert_calls(&[("complete_task", json!({"id": "a"}))]);
}

#[tokio::test]
async fn a_denial_with_a_date_gives_a_changed_proposal() {
    let mut chat = Chat::new();
    chat.say("add a task to send the offer by Friday").await;
    let denied =
        json!("The person denied this call. Nothing was done. Reason: make it Monday instead");

    let reply = chat.results(&[denied]).await;

    let expected = json!({"title": "Send the offer", "dueOn": "2026-11-30"});
    reply.assert_calls(&[("create_task", expected)]);
    assert!(
        reply
            .text()
            .starts_with("You declined that: “make it Monday instead”. Nothing was changed.")
    );
    let done = with(task("1", "Send the offer"), "dueOn", "2026-11-30");
    chat.results(&[done])
        .await
        .assert_says("I added “Send the offer”, due on Monday, 30 November.");
}

#[tokio::test]
async fn a_denial_without_a_usable_reason_asks_and_the_answer_counts() {
    let mut chat = Chat::new();
    chat.say("add a task to send the offer by Friday").await;
    let denied =
        json!("The person denied this call. Nothing was done. Reason: delete everything instead");
    chat.results(&[denied])
        .await
        .assert_says("delete everything instead”. Nothing was changed. What");

    let reply = chat.say("call it send the contract").await;

    let expected = json!({"title": "Send the contract", "dueOn": "2026-11-27"});
    reply.assert_calls(&[("create_task", expected)]);
}

#[tokio::test]
async fn errors_and_unknown_outcomes_are_said_plainly() {
    let mut chat = Chat::new();
    chat.say("add tasks to call Anna and to call Bob").await;

    let unknown = "This call was started and its outcome is unknown: it may have happened.";
    let reply = chat.results(&[json!("The title is too long."), json!(unknown)]).await;

    reply.assert_says("That did not work: “The title is too long.”");
    reply.assert_says("it may have happened. Please look at your list");
}

#[tokio::test]
async fn an_open_question_is_completed() {
    let mut chat = Chat::new();
    chat.say("add a task for tomorrow").await.assert_says("What should the task be called?");
    let named = chat.say("call Anna").await;
    named.assert_calls(&[("create_task", json!({"title": "Call Anna", "dueOn": "2026-11-26"}))]);

    chat.say("add a task to pay the rent on 31 February").await.assert_says("no 31 February");
    let dated = chat.say("on 1 March then").await;

    dated.assert_calls(&[("create_task", json!({"title": "Pay the rent", "dueOn": "2027-03-01"}))]);
}

#[tokio::test]
async fn a_new_message_leaves_an_undecided_call_behind() {
    let mut chat = Chat::new();
    chat.say("add a task to send the offer").await;

    let superseded =
        json!("The person went on without deciding about this call. Nothing was done.");
    let reply = chat.results_with(&[superseded], &[STAMP, "add a task to call Anna"]).await;

    reply.assert_calls(&[("create_task", json!({"title": "Call Anna"}))]);
}

#[tokio::test]
async fn a_message_that_was_never_answered_is_not_done_later() {
    let mut chat = Chat::new();
    let blocks = [STAMP, "add a task to send the offer", STAMP, "add a task to call Anna"];

    let reply = chat.send(blocks.map(text_block).to_vec()).await;

    reply.assert_calls(&[("create_task", json!({"title": "Call Anna"}))]);
}

#[tokio::test]
async fn further_lines_become_notes() {
    let mut chat = Chat::new();

    let reply = chat.say("add a task to send the offer\nBob has the figures.").await;

    let expected = json!({"title": "Send the offer", "notes": "Bob has the figures"});
    reply.assert_calls(&[("create_task", expected)]);
}

#[tokio::test]
async fn what_the_person_changed_is_what_is_confirmed() {
    let mut chat = Chat::new();
    chat.say("add a task to call Anna").await;
    let changed =
        "The person changed the arguments before approving. What was run: {\"title\":\"Call Bob\"}";

    let content = json!([text_block(changed), text_block(&task("1", "Call Bob").to_string())]);
    let result = json!({"type": "tool_result", "tool_use_id": "toolu_off_1", "content": content});
    let reply = chat.send(vec![result]).await;

    reply.assert_says("I added “Call Bob”.");
}

#[tokio::test]
async fn date_words_after_a_resume_follow_the_newest_stamp() {
    let mut chat = Chat::new();
    chat.say("add a task to call Anna tomorrow").await;

    let result = with(task("1", "Call Anna"), "dueOn", "2026-11-26");
    let stamp = "[Thu 2026-11-26 09:00 Europe/Berlin]";
    let reply = chat.results_with(&[result], &[stamp]).await;

    reply.assert_says("I added “Call Anna”, due today.");
}

#[tokio::test]
async fn a_time_alone_never_moves_to_today() {
    let mut chat = Chat::new();
    chat.say("add a task to call Anna on Friday at 3").await.assert_says("3 am or 3 pm");
    chat.say("3 pm").await.assert_says("On which day?");
    let reply = chat.say("Friday 3 pm").await;
    let expected = json!({"title": "Call Anna", "dueAt": "2026-11-27T14:00:00Z"});
    reply.assert_calls(&[("create_task", expected)]);

    let denied = json!("The person denied this call. Nothing was done. Reason: make it 5 pm");
    let reply = chat.results(&[denied]).await;

    let expected = json!({"title": "Call Anna", "dueAt": "2026-11-27T16:00:00Z"});
    reply.assert_calls(&[("create_task", expected)]);
}
