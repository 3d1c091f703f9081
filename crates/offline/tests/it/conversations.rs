use agent::message::text_block;
use serde_json::{Value, json};

use crate::support::{Chat, Reply, STAMP, items, task};

/// Plays a conversation, line by line: `>` the person says something (`¶` is a line break), `<` the
/// last calls come back with these results (`;` between them; see `value`), `=` the reply says this
/// and calls nothing, `~` it begins like this, `!` it makes this call.
async fn play(script: &str) {
    let mut chat = Chat::new();
    let mut reply: Option<Reply> = None;
    for line in script.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let (kind, rest) = line.split_once(' ').unwrap();
        let last = || reply.as_ref().unwrap();
        match kind {
            ">" => reply = Some(chat.say(&rest.replace('¶', "\n")).await),
            "<" => reply = Some(chat.results(&values(rest)).await),
            "=" => last().assert_says(rest),
            "~" => assert!(last().text().starts_with(rest), "{:?}", last().text()),
            "!" => {
                let (tool, input) = rest.split_once(' ').unwrap();
                last().assert_calls(&[(tool, serde_json::from_str(input).unwrap())]);
            }
            _ => panic!("{line}"),
        }
    }
}

fn values(text: &str) -> Vec<Value> {
    text.split("; ").map(value).collect()
}

/// `id Title, key value` is a task, `[…/…]` a list of them, `{…}` JSON, and `"…` an error.
fn value(text: &str) -> Value {
    if let Some(list) = text.strip_prefix('[') {
        let tasks = list.trim_end_matches(']').split('/').filter(|text| !text.is_empty());
        return items(&tasks.map(value).collect::<Vec<_>>());
    }
    match text.strip_prefix('"') {
        Some(error) => json!(error),
        None if text.starts_with('{') => serde_json::from_str(text).unwrap(),
        None => {
            let (named, more) = text.split_once(", ").unwrap_or((text, ""));
            let (id, title) = named.split_once(' ').unwrap();
            let mut task = task(id, title);
            if let Some((key, value)) = more.split_once(' ') {
                task[key] = json!(value);
            }
            task
        }
    }
}

macro_rules! conversations {
    ($($name:ident $script:literal)*) => {
        $(#[tokio::test]
        async fn $name() {
            play($script).await;
        })*
    };
}

conversations! {
    a_new_task_is_confirmed_from_its_result "
        > add a task to send the offer by Friday
        < 1 Send the offer!, dueOn 2026-11-27
        = I added “Send the offer!”, due on Friday, 27 November.
    "
    times_are_said_in_the_persons_zone "
        > remind me to call Anna tomorrow 3 pm
        < 1 Call Anna, dueAt 2026-11-26T14:00:00Z
        = due tomorrow at 15:00
    "
    an_empty_list_is_said_kindly "
        > what is overdue?
        < []
        = Nothing is overdue.
    "
    overdue_is_what_has_passed "
        > what is overdue?
        < [a A, dueOn 2026-11-25/b B, dueOn 2026-11-24/c C, dueAt 2026-11-25T13:00:00Z/d D]
        = 2 tasks overdue:
        = 1. B, due yesterday
        = 2. C, due today at 14:00
    "
    none_found_changes_nothing "
        > complete the offer
        < []
        = I found no open task for “offer”. Nothing was changed.
    "
    an_unclear_answer_asks_again_and_cancel_ends_it r#"
        > delete the offer
        < [a Send the offer to Bob/b Send the offer to Carl]
        > the offer
        = Say its number
        > the first one
        ! delete_task {"id":"a"}
        < {"deleted":true,"id":"a"}
        = I deleted “Send the offer to Bob”.
        > never mind
        = Nothing was changed
        > the first one
        = did not understand
    "#
    an_exact_title_wins r#"
        > complete offer
        < [a Offer/b Offer for Bob]
        ! complete_task {"id":"a"}
    "#
    what_was_found_elsewhere_than_in_titles_fits_too "
        > complete offer
        < [a The offer/b Call Bob]
        = Which of these do you mean?
    "
    a_refused_request_is_not_completed_by_an_answer "
        > show my tasks
        < [a Offer]
        > delete all tasks
        = only by name
        > it
        = did not understand
    "
    it_is_the_task_last_spoken_of r#"
        > add a task to call Anna tomorrow 3 pm
        < 7 Call Anna, dueAt 2026-11-26T14:00:00Z
        > move it to Monday
        ! update_task {"id":"7","dueAt":"2026-11-30T14:00:00Z"}
    "#
    a_place_in_the_list_shown_last_is_understood r#"
        > show my tasks
        < [a Send the offer to Bob/b Send the offer to Carl]
        > mark the first one as done
        ! complete_task {"id":"a"}
    "#
    a_denial_with_a_date_gives_a_changed_proposal r#"
        > add a task to send the offer by Friday
        < "The person denied this call. Nothing was done. Reason: make it Monday instead
        ! create_task {"title":"Send the offer","dueOn":"2026-11-30"}
        ~ You declined that: “make it Monday instead”. Nothing was changed.
        < 1 Send the offer, dueOn 2026-11-30
        = I added “Send the offer”, due on Monday, 30 November.
    "#
    a_denial_without_a_usable_reason_asks_and_the_answer_counts r#"
        > add a task to send the offer by Friday
        < "The person denied this call. Nothing was done. Reason: delete everything instead
        = delete everything instead”. Nothing was changed. What
        > call it send the contract
        ! create_task {"title":"Send the contract","dueOn":"2026-11-27"}
    "#
    errors_and_unknown_outcomes_are_said_plainly r#"
        > add tasks to call Anna and to call Bob
        < "The title is too long.; "This call was started and its outcome is unknown: it may have happened.
        = That did not work: “The title is too long.”
        = it may have happened. Please look at your list
    "#
    an_open_question_is_completed r#"
        > add a task for tomorrow
        = What should the task be called?
        > call Anna
        ! create_task {"title":"Call Anna","dueOn":"2026-11-26"}
        > add a task to pay the rent on 31 February
        = no 31 February
        > on 1 March then
        ! create_task {"title":"Pay the rent","dueOn":"2027-03-01"}
    "#
    further_lines_become_notes r#"
        > add a task to send the offer¶Bob has the figures.
        ! create_task {"title":"Send the offer","notes":"Bob has the figures"}
    "#
    a_time_alone_never_moves_to_today r#"
        > add a task to call Anna on Friday at 3
        = 3 am or 3 pm
        > 3 pm
        = On which day?
        > Friday 3 pm
        ! create_task {"title":"Call Anna","dueAt":"2026-11-27T14:00:00Z"}
        < "The person denied this call. Nothing was done. Reason: make it 5 pm
        ! create_task {"title":"Call Anna","dueAt":"2026-11-27T16:00:00Z"}
    "#
}

#[tokio::test]
async fn several_found_makes_it_ask_and_the_answer_counts() {
    for answer in ["the second one", "2", "Carl", "the one about Carl", "the last one please"] {
        play(&format!(
            "> complete the offer
            < [a Send the offer to Bob/b Send the offer to Carl]
            = 2. Send the offer to Carl
            > {answer}
            ! complete_task {{\"id\":\"b\"}}"
        ))
        .await;
    }
}

#[tokio::test]
async fn the_list_is_filtered_and_said_in_words() {
    let mut chat = Chat::new();
    chat.say("what is due this week?").await;

    let list = value("[a Offer, dueOn 2026-11-27/b Rent, dueOn 2026-11-02]");
    let reply = chat.results(&[list]).await;

    reply.assert_says("1 task due this week:\n\n1. Offer, due on Friday, 27 November");
    assert!(!reply.text().contains("Rent"));
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

    let stamp = "[Thu 2026-11-26 09:00 Europe/Berlin]";
    let result = value("1 Call Anna, dueOn 2026-11-26");
    let reply = chat.results_with(&[result], &[stamp]).await;

    reply.assert_says("I added “Call Anna”, due today.");
}
