//! Who wins when a mode, rules, an administrator and circumstances disagree.

use std::collections::BTreeMap;

use agent::RuleId;
use agent::permission::{
    Ceiling, Circumstances, DeciderKind, Mode, Policy, Rule, Verdict, remember_scope,
};
use agent::tool::{Effect, ToolSpec};
use serde_json::{Value, json};
use uuid::Uuid;

const EDIT: Effect = Effect::REVERSIBLE;
const DELETE: Effect = Effect::DESTRUCTIVE;
const CALM: Circumstances = Circumstances { tainted: false, repeated: false };
const TAINTED: Circumstances = Circumstances { tainted: true, repeated: false };
const REPEATED: Circumstances = Circumstances { tainted: false, repeated: true };

fn rule(verdict: Verdict, tool: &str, when: &[(&str, &str)]) -> Rule {
    Rule {
        id: RuleId(Uuid::nil()),
        verdict,
        tool: tool.to_owned(),
        when: when.iter().map(|(at, glob)| ((*at).to_owned(), (*glob).to_owned())).collect(),
        conversation_id: None,
    }
}

fn policy(mode: Mode, rules: &[Verdict], ceiling: &[Verdict]) -> Policy {
    let all = |verdicts: &[Verdict]| verdicts.iter().map(|v| rule(*v, "*", &[])).collect();
    let ceiling = Ceiling { rules: all(ceiling), ..Ceiling::default() };
    Policy { mode, rules: all(rules), ceiling }
}

fn judged(policy: &Policy, effect: Effect, circumstances: Circumstances) -> (Verdict, DeciderKind) {
    let judgement = policy.judge("a_tool", &json!({}), effect, circumstances);
    (judgement.verdict, judgement.by)
}

#[test]
fn the_modes_without_any_rule() {
    use Mode::{AcceptEdits, BypassPermissions, Default, DontAsk, Plan};
    use Verdict::{Allow, Ask, Deny};
    let table = [
        (Default, [Allow, Allow, Ask, Ask, Ask]),
        (AcceptEdits, [Allow, Allow, Allow, Ask, Ask]),
        (Plan, [Allow, Deny, Deny, Deny, Deny]),
        (DontAsk, [Allow, Deny, Deny, Deny, Deny]),
        // Without an administrator's leave, this mode is the default one.
        (BypassPermissions, [Allow, Allow, Ask, Ask, Ask]),
    ];

    for (mode, expected) in table {
        let effects = [Effect::Read, Effect::UNDOABLE, EDIT, DELETE, Effect::OUTWARD];
        let policy = policy(mode, &[], &[]);
        let verdicts = effects.map(|effect| judged(&policy, effect, CALM).0);
        assert_eq!(verdicts, expected, "{mode}");
    }
}

#[test]
fn the_order_of_precedence() {
    use DeciderKind::{Admin, Mode as ByMode, Rule as ByRule, Taint};
    use Verdict::{Allow, Ask, Deny};
    type Row = (&'static [Verdict], &'static [Verdict], Circumstances, (Verdict, DeciderKind));
    let table: [Row; 9] = [
        (&[Allow, Ask, Deny], &[Deny, Ask], TAINTED, (Deny, Admin)),
        (&[Allow, Ask, Deny], &[Ask], TAINTED, (Deny, ByRule)),
        (&[Allow, Ask], &[Ask], TAINTED, (Ask, Admin)),
        (&[Allow, Ask], &[], TAINTED, (Ask, ByRule)),
        (&[Allow], &[], TAINTED, (Ask, Taint)),
        (&[Allow], &[], REPEATED, (Ask, Taint)),
        (&[Allow], &[], CALM, (Allow, ByRule)),
        // An administrator cannot allow, only hold back.
        (&[], &[Allow], CALM, (Ask, ByMode)),
        (&[], &[], CALM, (Ask, ByMode)),
    ];

    for (rules, ceiling, circumstances, expected) in table {
        let policy = policy(Mode::Default, rules, ceiling);
        assert_eq!(judged(&policy, EDIT, circumstances), expected, "{rules:?} {ceiling:?}");
    }
}

#[test]
fn reads_are_not_tainted() {
    let policy = policy(Mode::Default, &[], &[]);

    let verdict = judged(&policy, Effect::Read, TAINTED);

    assert_eq!(verdict, (Verdict::Allow, DeciderKind::Mode));
}

#[test]
fn a_pause_stops_every_write_whatever_is_allowed() {
    let mut policy = policy(Mode::AcceptEdits, &[Verdict::Allow], &[]);
    policy.ceiling.paused = true;

    assert_eq!(judged(&policy, EDIT, CALM), (Verdict::Deny, DeciderKind::Admin));
    assert_eq!(judged(&policy, Effect::Read, CALM).0, Verdict::Allow);
}

#[test]
fn an_administrator_may_let_people_bypass_permissions() {
    let mut policy = policy(Mode::BypassPermissions, &[], &[]);
    policy.ceiling.bypass_enabled = true;

    for effect in [EDIT, DELETE, Effect::OUTWARD] {
        assert_eq!(judged(&policy, effect, CALM), (Verdict::Allow, DeciderKind::Mode));
        assert_eq!(judged(&policy, effect, TAINTED), (Verdict::Ask, DeciderKind::Taint));
    }
}

#[test]
fn an_administrator_may_let_tainted_turns_write() {
    let mut policy = policy(Mode::Default, &[Verdict::Allow], &[]);
    policy.ceiling.taint_asks = false;

    assert_eq!(judged(&policy, EDIT, TAINTED), (Verdict::Allow, DeciderKind::Rule));
    assert_eq!(judged(&policy, EDIT, REPEATED), (Verdict::Ask, DeciderKind::Taint));
}

#[test]
fn what_can_be_undone_asks_after_taint() {
    let policy = policy(Mode::Default, &[], &[]);

    assert_eq!(judged(&policy, Effect::UNDOABLE, TAINTED), (Verdict::Ask, DeciderKind::Taint));
}

#[test]
fn a_remembered_answer_to_an_outward_tool_holds_for_its_scope() {
    let spec = |effect, scope: &[&str]| ToolSpec {
        scope: scope.iter().map(|it| (*it).to_owned()).collect(),
        ..ToolSpec::new("slack__send", "Send", "", json!({}), effect).unwrap()
    };
    let team = json!({"channel": "#team", "count": 2});
    let cases: [(Effect, &[&str], Value, Option<Value>); 7] = [
        (EDIT, &["/channel"], team.clone(), Some(json!({}))),
        (Effect::OUTWARD, &[], team.clone(), Some(json!({}))),
        (Effect::OUTWARD, &["/channel"], team.clone(), Some(json!({"/channel": "#team"}))),
        (Effect::OUTWARD, &["/count"], team, Some(json!({"/count": "2"}))),
        (Effect::OUTWARD, &["/channel"], json!({}), None),
        (Effect::OUTWARD, &["/channel"], json!({"channel": "#te*"}), None),
        (Effect::OUTWARD, &["/channel"], json!({"channel": "a".repeat(3_000)}), None),
    ];

    for (effect, scope, arguments, expected) in cases {
        let found = remember_scope(&spec(effect, scope), &arguments).map(|scope| json!(scope));
        assert_eq!(found, expected, "{scope:?} {arguments}");
    }
}

#[test]
fn a_rule_looks_into_the_arguments() {
    let only_team = rule(Verdict::Allow, "slack__*", &[("/channel", "#team-*")]);
    let cases: [(&str, Value, bool); 6] = [
        ("slack__send", json!({"channel": "#team-blue"}), true),
        ("slack__send", json!({"channel": "#all"}), false),
        ("slack__send", json!({}), false),
        ("slack__send", json!({"channel": {"name": "#team-blue"}}), false),
        ("asana__create", json!({"channel": "#team-blue"}), false),
        ("Slack__send", json!({"channel": "#team-blue"}), false),
    ];

    for (tool, arguments, expected) in cases {
        assert_eq!(only_team.matches(tool, &arguments), expected, "{tool} {arguments}");
    }
}

#[test]
fn a_value_too_long_to_compare_is_treated_with_care() {
    let long = json!({"notes": "a".repeat(3_000)});
    let any = [("/notes", "*")];

    assert!(!rule(Verdict::Allow, "x", &any).matches("x", &long));
    assert!(rule(Verdict::Ask, "x", &any).matches("x", &long));
    assert!(rule(Verdict::Deny, "x", &any).matches("x", &long));
}

#[test]
fn remembering_is_offered_only_where_it_would_act() {
    let cases = [
        (policy(Mode::Default, &[], &[]), CALM, true),
        (policy(Mode::Default, &[], &[]), TAINTED, false),
        (policy(Mode::Default, &[Verdict::Ask], &[]), CALM, false),
        (policy(Mode::Default, &[], &[Verdict::Ask]), CALM, false),
        (policy(Mode::Default, &[Verdict::Allow], &[]), CALM, false),
    ];

    for (policy, circumstances, expected) in cases {
        let offered = policy.is_rememberable("a_tool", &json!({}), EDIT, circumstances);
        assert_eq!(offered, expected, "{policy:?} {circumstances:?}");
    }
}

#[test]
fn a_rule_without_conditions_has_none_on_the_wire() {
    let written = serde_json::to_value(rule(Verdict::Deny, "x", &[])).unwrap();

    assert_eq!(written.get("when"), None);
    let read: Rule = serde_json::from_value(written).unwrap();
    assert_eq!(read.when, BTreeMap::new());
}
