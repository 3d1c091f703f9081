//! Who wins when a mode, rules, an administrator and circumstances disagree.

use std::collections::BTreeMap;

use agent::RuleId;
use agent::permission::{Circumstances, DeciderKind, Mode, Policy, Rule, Verdict};
use agent::tool::Effect;
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
    Policy { mode, rules: all(rules), ceiling: all(ceiling), ..Policy::default() }
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
        (Default, [Allow, Ask, Ask, Ask]),
        (AcceptEdits, [Allow, Allow, Ask, Ask]),
        (Plan, [Allow, Deny, Deny, Deny]),
        (DontAsk, [Allow, Deny, Deny, Deny]),
        // Without an administrator's leave, this mode is the default one.
        (BypassPermissions, [Allow, Ask, Ask, Ask]),
    ];

    for (mode, expected) in table {
        let effects = [Effect::Read, EDIT, DELETE, Effect::OUTWARD];
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
    policy.paused = true;

    assert_eq!(judged(&policy, EDIT, CALM), (Verdict::Deny, DeciderKind::Admin));
    assert_eq!(judged(&policy, Effect::Read, CALM).0, Verdict::Allow);
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
