//! Meeting tools: create, list, get, update, cancel, and find free time.

mod free_time;
mod words;

use agent::tool::{ToolCall, ToolOutput};
use serde::Deserialize;
use serde_json::{Value, json};
use store::{
    Checked, LOCAL, Meeting, MeetingChange, MeetingFields, MeetingFilter, MeetingStatus, Meetings,
    Ts, in_order, period,
};

use crate::built_in::{Desk, Kind, Result, id, missing, now, output, page, read, zone};
use free_time::{FindFreeTime, Wish};

const MEETING: Kind = ("meeting", "the meetings");

/// The most free stretches of one answer.
const FREE_LIMIT: usize = 20;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ListMeetings {
    from: Option<String>,
    to: Option<String>,
    q: Option<String>,
    cursor: Option<String>,
}

#[derive(Clone, Copy)]
pub(crate) enum Action {
    Create,
    List,
    Get,
    Update,
    Cancel,
    FindFree,
}

/// The meeting tools by their names.
pub(crate) const TOOLS: &[(&str, Action)] = &[
    ("create_meeting", Action::Create),
    ("list_meetings", Action::List),
    ("get_meeting", Action::Get),
    ("update_meeting", Action::Update),
    ("cancel_meeting", Action::Cancel),
    ("find_free_time", Action::FindFree),
];

impl Desk for Meetings {
    type Action = Action;

    fn check(&self, action: Action, arguments: &Value) -> Result<()> {
        match action {
            Action::Create | Action::Update => {
                read::<MeetingFields>(arguments)?.into_change()?;
            }
            Action::List => {
                let ListMeetings { from, to, .. } = read(arguments)?;
                period(from.as_deref(), to.as_deref(), "UTC")?;
            }
            Action::FindFree => {
                Wish::read(&read::<FindFreeTime>(arguments)?, "UTC")?;
            }
            Action::Get | Action::Cancel => {}
        }
        Ok(())
    }

    async fn describe(&self, action: Action, call: &ToolCall) -> String {
        let meeting = match id(call, MEETING) {
            Ok(id) => self.get(call.user, id).await.ok().flatten(),
            Err(_malformed) => None,
        };
        let zone = zone(call);
        let known = meeting.as_ref().map_or_else(
            || "a meeting that does not exist".to_owned(),
            |meeting| format!("the meeting “{}”, {}", meeting.title, words::of(meeting, &zone)),
        );
        match action {
            Action::Create => new_meeting(call)
                .map_or_else(|_| "Add a meeting".to_owned(), |new| words::create(&new, &zone)),
            Action::List => "List meetings".to_owned(),
            Action::Get => format!("Look at {known}"),
            Action::Update => match (changes(call), meeting) {
                (Ok(change), Some(meeting)) => {
                    format!("Change {known}: {}", words::changes(&meeting, &change, &zone))
                }
                _ => format!("Change {known}"),
            },
            Action::Cancel => format!("Cancel {known}"),
            Action::FindFree => "Find free time".to_owned(),
        }
    }

    async fn call(&self, action: Action, call: &ToolCall) -> Result<ToolOutput> {
        match action {
            Action::Create => {
                // The call is the key: run again after a crash, it finds the meeting that it made.
                let made = self.create(call.user, new_meeting(call)?, Some(call.id)).await?;
                shown(&made, call)
            }
            Action::List => {
                let list: ListMeetings = read(&call.arguments)?;
                let filter = wanted(&list, &call.timezone, now(call))?;
                let found = self.list(call.user, &filter, &page(list.cursor)).await?;
                let items: Result<Vec<Value>> =
                    found.items.iter().map(|meeting| Ok(shown(meeting, call)?.value)).collect();
                let told = json!({"items": items?, "nextCursor": found.next});
                output(&told, found.items.iter().any(is_from_outside))
            }
            Action::Get => {
                let found = self.get(call.user, id(call, MEETING)?).await?;
                shown(&found.ok_or_else(|| missing(call, MEETING))?, call)
            }
            Action::Update => change_meeting(self, call, changes(call)?).await,
            Action::Cancel => {
                let status = Some(MeetingStatus::Cancelled);
                let change = MeetingChange { status, ..MeetingChange::default() };
                change_meeting(self, call, change).await
            }
            Action::FindFree => find_free(self, call).await,
        }
    }
}

fn new_meeting(call: &ToolCall) -> Result<Meeting> {
    Ok(read::<MeetingFields>(&call.arguments)?.into_new(&call.timezone, now(call))?)
}

fn changes(call: &ToolCall) -> Result<MeetingChange> {
    Ok(read::<MeetingFields>(&call.arguments)?.into_change()?)
}

async fn change_meeting(
    meetings: &Meetings,
    call: &ToolCall,
    change: MeetingChange,
) -> Result<ToolOutput> {
    let changed = meetings.update(call.user, id(call, MEETING)?, change, now(call)).await?;
    shown(&changed.ok_or_else(|| missing(call, MEETING))??, call)
}

async fn find_free(meetings: &Meetings, call: &ToolCall) -> Result<ToolOutput> {
    let wish = Wish::read(&read(&call.arguments)?, &call.timezone)?;
    let range = wish.range(call.now_micros)?;
    let busy = meetings.busy(call.user, Ts(range.start), Ts(range.end)).await?;
    let free = wish.free(&range, &busy);
    let zone = zone(call);
    let stretch = |(starts_at, ends_at)| {
        let text = words::free(starts_at, ends_at, &zone);
        json!({"startsAt": starts_at, "endsAt": ends_at, "text": text})
    };
    let stretches = free.iter().map(|gap| (Ts(gap.start), Ts(gap.end)));
    let items: Vec<Value> = stretches.take(FREE_LIMIT).map(stretch).collect();
    Ok(json!({"items": items, "hasMore": free.len() > FREE_LIMIT}).into())
}

/// Which meetings a list is to have: without a beginning those from today on.
fn wanted(list: &ListMeetings, timezone: &str, now: Ts) -> Checked<MeetingFilter> {
    let (from, to) = period(list.from.as_deref(), list.to.as_deref(), timezone)?;
    let from = from.or_else(|| Ts::start_of_day(&now.day(timezone), timezone));
    let (from, to) = in_order((from, to))?;
    Ok(MeetingFilter { from, to, query: list.q.clone(), status: None })
}

/// Whether somebody else may have written what is in it.
fn is_from_outside(meeting: &Meeting) -> bool {
    meeting.source != LOCAL
}

/// A meeting as the model reads it: with when it is in words besides, in the person's zone.
fn shown(meeting: &Meeting, call: &ToolCall) -> Result<ToolOutput> {
    let mut shown = output(meeting, is_from_outside(meeting))?;
    shown.value["when"] = words::of(meeting, &zone(call)).into();
    Ok(shown)
}

#[cfg(test)]
mod tests;
