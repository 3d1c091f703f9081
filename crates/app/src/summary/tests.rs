use store::{Ts, fresh};

use super::*;

const NOTHING_STAYS: Keep = Keep { requests: 1, bytes: 0 };

fn said(roles: &[Role], text: &str) -> Recent {
    let message = |role: &Role| store::Message {
        id: fresh(),
        client_id: None,
        parent_id: None,
        role: *role,
        content: vec![text_block(text)],
        parts: Vec::new(),
        turn_id: None,
        summarised: false,
        imported: false,
        created_at: Ts(0),
    };
    let entry = |role| BranchMessage { message: message(role), siblings: Vec::new(), turn: None };
    Recent { summary: None, messages: roles.iter().map(entry).collect() }
}

#[test]
fn a_record_is_never_longer_than_there_is_room() {
    let mut recent = said(&[Role::User, Role::Assistant].repeat(500), &"why ".repeat(100));
    let content = vec![text_block(&"before ".repeat(10_000))];
    recent.summary = Some(Summary { content, tainted: false, created_at: Ts(0) });
    recent.messages[997].message.content = vec![text_block("the newest that is summarised")];
    let older = Older::than(&recent, NOTHING_STAYS).unwrap();

    for bytes in [4_000, 40_000] {
        let record = older.record(bytes);

        assert!(record.len() < bytes + 100, "{}", record.len());
        assert!(record.starts_with("before") && record.contains("lines are left out"));
        assert!(record.ends_with("the newest that is summarised"), "the newest stay");
    }
}

#[test]
fn a_summary_ends_with_an_answer() {
    let (user, assistant) = (Role::User, Role::Assistant);
    let end = |roles: &[Role]| {
        let recent = said(roles, "text");
        Older::than(&recent, NOTHING_STAYS).map(|older| older.messages.len())
    };

    assert_eq!(end(&[user, assistant, user]), Some(2));
    assert_eq!(end(&[user, assistant, user, user]), Some(2), "it may be answered anew");
    assert_eq!(end(&[user, user]), None);
}
