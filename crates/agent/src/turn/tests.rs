//! Walks through every order in which people, rules, crashes and drivers can act on a turn with two
//! parallel calls, and checks after each that nothing ran without leave or twice, that nothing is
//! stuck, and that an ended turn never changes.

use std::collections::{BTreeMap, HashSet};

use serde_json::json;
use uuid::Uuid;

use super::{CallState, Outcome, Settled, Step, TurnState};
use crate::model::StopReason;
use crate::permission::{Mode, Policy, Rule, Verdict};
use crate::tool::Effect;
use crate::{CallStatus, RuleId, ToolCallId, TurnStatus};

/// The first call must not be repeated, the second may be with its key.
const EFFECTS: [Effect; 2] = [
    Effect::Write { idempotent: false, destructive: false, outward: true, undoable: false },
    Effect::REVERSIBLE,
];

#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct World {
    turn: TurnStatus,
    stop_requested: bool,
    decision_seq: i64,
    epoch: i64,
    answered: bool,
    calls: [Call; 2],
    rule: Option<Verdict>,
    was_allowed: bool,
    /// The tools do not exist any more.
    is_gone: bool,
    schema: u8,
    drivers: Vec<Driver>,
    left: Vec<Event>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Call {
    status: CallStatus,
    settled: bool,
    started_epoch: Option<i64>,
    asked_schema: u8,
    approved: bool,
    /// How often the outside was reached.
    effects: u8,
}

/// A driver is somewhere between looking at the rows and having done what it saw.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Driver {
    epoch: i64,
    todo: Vec<Act>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Act {
    Settle(usize, CallStatus),
    Ask(usize),
    Start(usize),
    Effect(usize),
    Finish(usize),
    Park(i64),
    Model,
    End(TurnStatus),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Event {
    Approve(usize),
    Deny(usize),
    Stop,
    NewMessage,
    Expire,
    Forbid,
    Allow,
    ChangeSchema,
    Vanish,
    LoseLease,
    Crash,
}

use Event::{
    Allow, Approve, ChangeSchema, Crash, Deny, Expire, Forbid, LoseLease, NewMessage, Stop, Vanish,
};

impl World {
    fn new(events: &[Event]) -> Self {
        let call = Call {
            status: CallStatus::Proposed,
            settled: false,
            started_epoch: None,
            asked_schema: 0,
            approved: false,
            effects: 0,
        };
        Self {
            turn: TurnStatus::Running,
            stop_requested: false,
            decision_seq: 0,
            epoch: 1,
            answered: false,
            calls: [call; 2],
            rule: None,
            was_allowed: false,
            is_gone: false,
            schema: 0,
            drivers: vec![Driver { epoch: 1, todo: Vec::new() }],
            left: events.to_vec(),
        }
    }

    fn policy(&self) -> Policy {
        let rule = |verdict| Rule {
            id: RuleId(Uuid::nil()),
            verdict,
            tool: "*".to_owned(),
            when: BTreeMap::new(),
            conversation_id: None,
        };
        Policy {
            mode: Mode::Default,
            rules: self.rule.map(rule).into_iter().collect(),
            ..Policy::default()
        }
    }

    fn state(&self, epoch: i64) -> TurnState {
        TurnState {
            stop_requested: self.stop_requested,
            epoch,
            last_stop: Some(if self.answered { StopReason::EndTurn } else { StopReason::ToolUse }),
            calls: if self.answered { Vec::new() } else { self.call_states() },
            ..TurnState::default()
        }
    }

    fn call_states(&self) -> Vec<CallState> {
        let state = |(place, call): (usize, &Call)| CallState {
            id: id(place),
            tool: format!("tool_{place}"),
            arguments: json!({}),
            status: call.status,
            settled: call.settled,
            started_epoch: call.started_epoch,
            effect: (!self.is_gone).then_some(EFFECTS[place]),
            defect: self.is_gone.then(|| "no such tool".to_owned()),
            schema_changed: call.asked_schema != self.schema,
            repeated: false,
        };
        self.calls.iter().enumerate().map(state).collect()
    }

    /// What a driver that looks now is going to do.
    fn look(&self, epoch: i64) -> Vec<Act> {
        match self.state(epoch).next(&self.policy()) {
            Step::Settle(calls) => calls
                .iter()
                .map(|settlement| {
                    let place = place(settlement.id);
                    let status = match settlement.verdict {
                        Settled::AsDecided => self.calls[place].status,
                        Settled::Refused(_) => CallStatus::Denied,
                        Settled::Defective(_) | Settled::Interrupted => CallStatus::Failed,
                        Settled::OutcomeUnknown => CallStatus::Unknown,
                    };
                    Act::Settle(place, status)
                })
                .collect(),
            Step::Ask(calls) => calls.iter().map(|(id, _)| Act::Ask(place(*id))).collect(),
            Step::RunTools(calls) => calls
                .iter()
                .map(|(id, _)| place(*id))
                .flat_map(|call| [Act::Start(call), Act::Effect(call), Act::Finish(call)])
                .collect(),
            Step::Park => vec![Act::Park(self.decision_seq)],
            Step::CallModel => vec![Act::Model],
            Step::Finish(outcome) => vec![Act::End(outcome.into())],
        }
    }

    fn set(&mut self, call: usize, status: CallStatus) -> bool {
        let from = self.calls[call].status;
        let may = status == from || status.sources().contains(&from);
        if may {
            self.calls[call].status = status;
        }
        may
    }

    /// Lets a driver do its next act, or look again if it has none left. A driver whose lease is
    /// gone finds out when it writes.
    fn drive(&mut self, which: usize) {
        let Driver { epoch, mut todo } = self.drivers[which].clone();
        if todo.is_empty() {
            if epoch != self.epoch || self.turn != TurnStatus::Running {
                self.drivers.remove(which);
                return;
            }
            todo = self.look(epoch);
        } else {
            let act = todo.remove(0);
            let holds = epoch == self.epoch && self.turn == TurnStatus::Running;
            if !holds && !matches!(act, Act::Effect(_)) {
                self.drivers.remove(which);
                return;
            }
            if !self.act(&act, epoch, &mut todo) {
                self.drivers.remove(which);
                return;
            }
        }
        self.drivers[which].todo = todo;
    }

    /// One transaction, or one effect; whether the driver goes on.
    fn act(&mut self, act: &Act, epoch: i64, todo: &mut Vec<Act>) -> bool {
        match *act {
            Act::Settle(call, status) => {
                self.calls[call].settled |= self.set(call, status);
            }
            Act::Ask(call) => {
                if self.set(call, CallStatus::Waiting) {
                    self.calls[call].asked_schema = self.schema;
                    self.calls[call].approved = false;
                }
            }
            Act::Start(call) => {
                if self.stop_requested || !self.set(call, CallStatus::Started) {
                    todo.retain(
                        |act| !matches!(act, Act::Effect(c) | Act::Finish(c) if *c == call),
                    );
                } else {
                    // A rule that changes after the driver looked may still let this call by, but
                    // never a call that nobody and no rule had ever allowed.
                    let leave = self.calls[call].approved || self.was_allowed;
                    assert!(leave, "no leave: {self:?}");
                    self.calls[call].started_epoch = Some(epoch);
                }
            }
            Act::Effect(call) => self.calls[call].effects += 1,
            Act::Finish(call) => {
                self.calls[call].settled |= self.set(call, CallStatus::Succeeded);
            }
            Act::Park(seen) => {
                if seen == self.decision_seq {
                    self.turn = TurnStatus::Waiting;
                    return false;
                }
            }
            Act::Model => self.answered = true,
            Act::End(status) => {
                self.end(status);
                return false;
            }
        }
        true
    }

    fn end(&mut self, status: TurnStatus) {
        for call in 0..2 {
            if !self.set(call, CallStatus::Superseded) {
                self.set(call, CallStatus::Unknown);
            }
        }
        self.turn = status;
    }

    fn claim(&mut self) {
        self.epoch += 1;
        self.turn = TurnStatus::Running;
        self.drivers.push(Driver { epoch: self.epoch, todo: Vec::new() });
    }

    /// Whether the event could happen now, and its effect.
    fn happen(&mut self, event: Event) -> bool {
        match event {
            Approve(call) => return self.decide(call, CallStatus::Approved),
            Deny(call) => return self.decide(call, CallStatus::Denied),
            Expire => {
                return [0, 1].map(|call| self.decide(call, CallStatus::Expired)) != [false; 2];
            }
            Stop if self.turn == TurnStatus::Running => {
                self.stop_requested = true;
                self.decision_seq += 1;
            }
            Stop if self.turn.is_active() => self.end(TurnStatus::Stopped),
            NewMessage if self.turn == TurnStatus::Waiting => self.end(TurnStatus::Superseded),
            Forbid => self.rule = Some(Verdict::Deny),
            Allow => (self.rule, self.was_allowed) = (Some(Verdict::Allow), true),
            ChangeSchema => self.schema += 1,
            Vanish => self.is_gone = true,
            LoseLease if self.turn == TurnStatus::Running => self.claim(),
            Crash if !self.drivers.is_empty() => self.drivers.clear(),
            Stop | NewMessage | LoseLease | Crash => return false,
        }
        true
    }

    fn decide(&mut self, call: usize, status: CallStatus) -> bool {
        if self.calls[call].status != CallStatus::Waiting {
            return false;
        }
        self.calls[call].status = status;
        self.calls[call].approved |= status == CallStatus::Approved;
        self.decision_seq += 1;
        if self.turn == TurnStatus::Waiting {
            self.turn = TurnStatus::Queued;
        }
        true
    }

    /// Every world that may come next.
    fn successors(&self) -> Vec<Self> {
        let mut all = Vec::new();
        for which in 0..self.drivers.len() {
            let mut next = self.clone();
            next.drive(which);
            all.push(next);
        }
        if self.is_claimable() {
            let mut next = self.clone();
            next.claim();
            all.push(next);
        }
        for (place, event) in self.left.iter().enumerate() {
            let mut next = self.clone();
            if next.happen(*event) {
                next.left.remove(place);
                all.push(next);
            }
        }
        all
    }

    fn is_claimable(&self) -> bool {
        let is_orphan = self.turn == TurnStatus::Running
            && !self.drivers.iter().any(|driver| driver.epoch == self.epoch);
        self.turn == TurnStatus::Queued || is_orphan
    }

    fn check(&self, before: &Self) {
        assert!(self.calls[0].effects <= 1, "written twice: {self:?}");
        if !before.turn.is_active() {
            assert_eq!(before.turn, self.turn, "an ended turn changed: {self:?}");
            for (was, is) in before.calls.iter().zip(&self.calls) {
                assert_eq!(was.status, is.status, "a call of an ended turn changed: {self:?}");
            }
        }
        if !self.turn.is_active() {
            for call in &self.calls {
                assert!(call.status.is_final(), "left open: {self:?}");
                let ran = matches!(call.status, CallStatus::Succeeded | CallStatus::Unknown);
                assert!(call.effects == 0 || ran, "an effect is denied: {self:?}");
            }
        }
        let is_idle = self.drivers.is_empty() && !self.is_claimable();
        if is_idle && self.turn.is_active() {
            let is_asking = self.calls.iter().any(|call| call.status == CallStatus::Waiting);
            assert!(self.turn == TurnStatus::Waiting && is_asking, "stuck: {self:?}");
        }
    }

    /// Left alone, the turn ends or waits for a person.
    fn settles(&self) {
        let mut world = self.clone();
        for _ in 0..64 {
            if world.is_claimable() {
                world.claim();
            } else if world.drivers.is_empty() {
                return;
            } else {
                world.drive(world.drivers.len() - 1);
            }
        }
        panic!("runs for ever: {self:?}");
    }
}

fn id(place: usize) -> ToolCallId {
    ToolCallId(Uuid::from_u128(place as u128))
}

fn place(id: ToolCallId) -> usize {
    usize::from(id.0.as_u128() != 0)
}

/// Walks every order of these events.
fn walk(events: &[Event]) {
    let mut seen = HashSet::new();
    let mut open = vec![World::new(events)];
    while let Some(world) = open.pop() {
        if !seen.insert(world.clone()) {
            continue;
        }
        world.settles();
        for next in world.successors() {
            next.check(&world);
            open.push(next);
        }
    }
    assert!(seen.len() > 1_000, "only {} worlds: the walk is not a walk", seen.len());
}

#[test]
fn people_and_crashes_in_every_order() {
    walk(&[Approve(0), Approve(1), Deny(0), Deny(1), Stop, NewMessage, Crash, LoseLease]);
}

#[test]
fn expiry_and_crashes_in_every_order() {
    walk(&[Approve(0), Approve(1), Expire, Stop, NewMessage, Crash, Crash, LoseLease]);
}

#[test]
fn changed_rules_and_schemas_in_every_order() {
    walk(&[Approve(0), Approve(0), Approve(1), Deny(1), Forbid, Allow, ChangeSchema, Crash, Stop]);
}

#[test]
fn vanished_tools_in_every_order() {
    walk(&[Approve(0), Approve(1), Deny(1), Vanish, Crash, LoseLease, Stop]);
}

#[test]
fn writes_run_one_by_one_and_a_repetition_is_asked_about() {
    let mut world = World::new(&[]);
    world.rule = Some(Verdict::Allow);

    let first = world.look(1);
    let mut state = world.state(1);
    state.calls[0].status = CallStatus::Succeeded;
    state.calls[1].repeated = true;
    let second = state.next(&world.policy());

    assert_eq!(first, [Act::Start(0), Act::Effect(0), Act::Finish(0)]);
    assert!(matches!(second, Step::Ask(calls) if calls[0].0 == id(1)));
}

#[test]
fn a_forbidden_call_does_not_run_even_if_it_was_approved() {
    let mut world = World::new(&[]);
    world.calls[0].status = CallStatus::Approved;
    world.rule = Some(Verdict::Deny);

    let acts = world.look(1);

    assert_eq!(acts[0], Act::Settle(0, CallStatus::Denied));
}

#[test]
fn a_lost_write_is_unknown_and_a_lost_idempotent_write_runs_again() {
    let mut world = World::new(&[]);
    for call in &mut world.calls {
        call.status = CallStatus::Started;
        call.started_epoch = Some(1);
    }

    let first = world.look(2);
    world.calls[0].status = CallStatus::Unknown;
    let second = world.look(2);

    assert_eq!(first, [Act::Settle(0, CallStatus::Unknown)]);
    assert_eq!(second, [Act::Start(1), Act::Effect(1), Act::Finish(1)]);
}

#[test]
fn a_limit_stops_the_next_model_call_only() {
    let mut state = World::new(&[]).state(1);
    state.limit_reached = true;
    let with_open_calls = state.next(&Policy::default());
    state.calls.clear();
    state.last_stop = Some(StopReason::PauseTurn);

    let without = state.next(&Policy::default());

    assert!(matches!(with_open_calls, Step::Ask(_)));
    assert_eq!(without, Step::Finish(Outcome::Limited));
}
