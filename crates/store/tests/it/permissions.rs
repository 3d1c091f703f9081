//! Modes, rules, the decision log.

use agent::permission::{Ceiling, Mode, Rule, Verdict};
use store::fresh;

use crate::fixtures::{Db, NOW, by_rule, page, rule};
use crate::harness::conformance;

conformance! {
    everybody_begins_with_the_default,
    modes_and_rules_are_replaced_together,
    two_people_may_have_rules_with_one_id,
    a_policy_has_the_rules_of_its_conversation,
    a_rule_for_a_strange_conversation_is_left_out,
    decisions_are_listed_newest_first,
    the_ceiling_is_replaced_as_a_whole,
}

async fn the_ceiling_is_replaced_as_a_whole(db: Db) {
    let ada = db.person("ada").await;
    let here = db.conversations().create(ada, "", NOW).await.unwrap().id;
    assert_eq!(db.permissions().ceiling().await.unwrap(), Ceiling::default());
    let rules = vec![rule(Verdict::Ask, "send*"), rule(Verdict::Deny, "delete*")];
    let strict = Ceiling { rules, paused: true, bypass_enabled: true, taint_asks: false };
    db.permissions().set_ceiling(&strict).await.unwrap();

    let applied = db.permissions().policy(ada, here).await.unwrap().ceiling;
    let calm = Ceiling { rules: vec![strict.rules[1].clone()], ..Ceiling::default() };
    db.permissions().set_ceiling(&calm).await.unwrap();

    assert_eq!(applied, strict);
    assert_eq!(db.permissions().ceiling().await.unwrap(), calm);
}

async fn everybody_begins_with_the_default(db: Db) {
    let ada = db.person("ada").await;
    for owner in [ada, fresh()] {
        assert_eq!(db.permissions().get(owner).await.unwrap(), (Mode::Default, Vec::new()));
    }
}

async fn modes_and_rules_are_replaced_together(db: Db) {
    let ada = db.person("ada").await;
    let rules = [Verdict::Deny, Verdict::Allow, Verdict::Ask].map(|verdict| rule(verdict, "send*"));
    let [a, b, c] = rules;
    let first = vec![c.clone(), a.clone()];
    db.permissions().replace(ada, Mode::Plan, first.clone(), NOW).await.unwrap();
    let before = db.permissions().get(ada).await.unwrap();

    let second = vec![Rule { tool: "*".to_owned(), ..a }, b];
    db.permissions().replace(ada, Mode::AcceptEdits, second.clone(), NOW).await.unwrap();

    assert_eq!(before, (Mode::Plan, first));
    assert_eq!(db.permissions().get(ada).await.unwrap(), (Mode::AcceptEdits, second));
}

async fn two_people_may_have_rules_with_one_id(db: Db) {
    let (ada, bob) = (db.person("ada").await, db.person("bob").await);
    let shared = rule(Verdict::Allow, "send");
    let denied = Rule { verdict: Verdict::Deny, ..shared.clone() };

    db.permissions().replace(ada, Mode::Default, vec![shared.clone()], NOW).await.unwrap();
    db.permissions().replace(bob, Mode::Default, vec![denied.clone()], NOW).await.unwrap();

    assert_eq!(db.permissions().get(ada).await.unwrap().1, [shared]);
    assert_eq!(db.permissions().get(bob).await.unwrap().1, [denied]);
}

async fn a_policy_has_the_rules_of_its_conversation(db: Db) {
    let ada = db.person("ada").await;
    let here = db.conversations().create(ada, "", NOW).await.unwrap().id;
    let there = db.conversations().create(ada, "", NOW).await.unwrap().id;
    let everywhere = rule(Verdict::Allow, "a");
    let only_here = Rule { conversation_id: Some(here), ..rule(Verdict::Allow, "b") };
    let elsewhere = Rule { conversation_id: Some(there), ..rule(Verdict::Allow, "c") };
    let all = vec![everywhere.clone(), elsewhere, only_here.clone()];
    db.permissions().replace(ada, Mode::DontAsk, all, NOW).await.unwrap();

    let policy = db.permissions().policy(ada, here).await.unwrap();
    db.conversations().delete(ada, there).await.unwrap();

    assert_eq!((policy.mode, policy.rules), (Mode::DontAsk, vec![everywhere, only_here]));
    assert_eq!(policy.ceiling, Ceiling::default());
    assert_eq!(db.permissions().get(ada).await.unwrap().1.len(), 2);
}

async fn a_rule_for_a_strange_conversation_is_left_out(db: Db) {
    let (ada, bob) = (db.person("ada").await, db.person("bob").await);
    let theirs = db.conversations().create(bob, "", NOW).await.unwrap().id;
    let rules = [theirs, fresh()].map(|conversation| Rule {
        conversation_id: Some(conversation),
        ..rule(Verdict::Allow, "a")
    });

    db.permissions().replace(ada, Mode::Default, rules.to_vec(), NOW).await.unwrap();

    assert_eq!(db.permissions().get(ada).await.unwrap().1, []);
}

async fn decisions_are_listed_newest_first(db: Db) {
    let chat = db.new_chat().await;
    let allow = rule(Verdict::Allow, "send");
    let mut calls = Vec::new();
    for digest in ["a", "b", "c"] {
        let call = chat.call(&[("write", digest)]).await.remove(0);
        let decision = Some(by_rule(&allow));
        db.turns().start_call(chat.fence(), call, decision, NOW).await.unwrap();
        calls.insert(0, call);
    }

    let first = db.permissions().decisions(chat.owner, &page(2)).await.unwrap();
    let mut rest = page(2);
    rest.cursor.clone_from(&first.next);
    let rest = db.permissions().decisions(chat.owner, &rest).await.unwrap();

    let seen: Vec<_> = first.items.iter().chain(&rest.items).map(|it| it.tool_call_id).collect();
    assert_eq!(seen, calls);
    assert_eq!(rest.next, None);
    let bob = db.person("bob").await;
    assert!(db.permissions().decisions(bob, &page(2)).await.unwrap().items.is_empty());
}
