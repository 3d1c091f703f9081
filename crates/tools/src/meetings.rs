//! Meeting tools: create, list, get, update, cancel, and find free time.

mod arguments;
mod free_time;
mod words;

use std::sync::Arc;

use agent::MeetingId;
use agent::digest::NotCanonical;
use agent::tool::{
    ArgumentProblem, BoxFuture, Effect, Tool, ToolCall, ToolError, ToolOutput, ToolSpec,
    check_arguments,
};
use serde_json::{Value, json};
use store::{
    FieldError, Meeting, MeetingChange, MeetingFilter, MeetingStatus, Meetings, PageRequest, Ts,
    in_order, period,
};

use crate::built_in::{
    LIST_LIMIT, LOCAL, broke, missing, parse, pointed, read, refused, spec, written, zone,
};
use arguments::{CreateMeeting, FindFreeTime, ListMeetings, MeetingIs, UpdateMeeting};
use free_time::Wish;

/// The most free stretches of one answer.
const FREE_LIMIT: usize = 20;

/// What one of the tools does.
#[derive(Clone, Copy)]
enum Action {
    Create,
    List,
    Get,
    Update,
    Cancel,
    FindFree,
}

struct MeetingTool {
    spec: ToolSpec,
    action: Action,
    meetings: Meetings,
}

/// The meeting tools.
pub(crate) fn tools(meetings: &Meetings) -> Result<Vec<Arc<dyn Tool>>, NotCanonical> {
    let tool = |action, spec| -> Arc<dyn Tool> {
        Arc::new(MeetingTool { spec, action, meetings: meetings.clone() })
    };
    Ok(vec![
        tool(
            Action::Create,
            spec::<CreateMeeting>(
                "create_meeting",
                "Add meeting",
                "Adds a meeting to the person's calendar in Smithers. Nobody is invited.",
                Effect::REVERSIBLE,
            )?,
        ),
        tool(
            Action::List,
            spec::<ListMeetings>(
                "list_meetings",
                "List meetings",
                "Lists the person's meetings by when they begin, also cancelled ones, at most 50 at a time.",
                Effect::Read,
            )?,
        ),
        tool(
            Action::Get,
            spec::<MeetingIs>(
                "get_meeting",
                "Look at meeting",
                "Gives one meeting with its notes.",
                Effect::Read,
            )?,
        ),
        tool(
            Action::Update,
            spec::<UpdateMeeting>(
                "update_meeting",
                "Change meeting",
                "Changes a meeting. Fields that are left out stay: to move a meeting, give its beginning and its end.",
                Effect::REVERSIBLE,
            )?,
        ),
        tool(
            Action::Cancel,
            spec::<MeetingIs>(
                "cancel_meeting",
                "Cancel meeting",
                "Marks a meeting as cancelled. Nobody is told.",
                Effect::REVERSIBLE,
            )?,
        ),
        tool(
            Action::FindFree,
            spec::<FindFreeTime>(
                "find_free_time",
                "Find free time",
                "Finds when the person has no meeting during working hours, earliest first, at most 20 stretches. Meetings that take whole days do not count.",
                Effect::Read,
            )?,
        ),
    ])
}

impl Tool for MeetingTool {
    fn spec(&self) -> &ToolSpec {
        &self.spec
    }

    fn check(&self, arguments: &Value) -> Vec<ArgumentProblem> {
        let problems = check_arguments(&self.spec.input_schema, arguments);
        if problems.is_empty() { self.check_meaning(arguments) } else { problems }
    }

    fn summary<'a>(&'a self, call: &'a ToolCall) -> BoxFuture<'a, String> {
        Box::pin(async move {
            let meeting = match call.arguments["id"].as_str().and_then(|id| id.parse().ok()) {
                Some(id) => self.meetings.get(call.user, id).await.ok().flatten(),
                None => None,
            };
            self.describe(call, meeting.as_ref())
        })
    }

    fn call(&self, call: ToolCall) -> BoxFuture<'_, Result<ToolOutput, ToolError>> {
        Box::pin(async move {
            match self.action {
                Action::Create => self.create(call).await,
                Action::List => self.list(call).await,
                Action::Get => self.get(call).await,
                Action::Update => self.update(call).await,
                Action::Cancel => self.cancel(call).await,
                Action::FindFree => self.find_free(call).await,
            }
        })
    }
}

impl MeetingTool {
    /// What the schema cannot say, and is so whatever the person's zone is.
    fn check_meaning(&self, arguments: &Value) -> Vec<ArgumentProblem> {
        let checked = match self.action {
            Action::Create => parse::<CreateMeeting>(arguments)
                .and_then(|create| create.into_fields().into_change().map(drop).map_err(pointed)),
            Action::Update => parse::<UpdateMeeting>(arguments)
                .and_then(|update| update.into_fields().into_change().map(drop).map_err(pointed)),
            Action::List => {
                parse::<ListMeetings>(arguments).and_then(|ListMeetings { from, to, .. }| {
                    period(from.as_deref(), to.as_deref(), "UTC").map(drop).map_err(pointed)
                })
            }
            Action::FindFree => parse::<FindFreeTime>(arguments)
                .and_then(|find| Wish::read(&find, "UTC").map(drop).map_err(pointed)),
            Action::Get | Action::Cancel => Ok(()),
        };
        checked.err().unwrap_or_default()
    }

    async fn create(&self, call: ToolCall) -> Result<ToolOutput, ToolError> {
        let fields = read::<CreateMeeting>(&call)?.into_fields();
        let mut meeting = fields.into_new(&call.timezone).map_err(refused)?;
        // The call is the key: run again after a crash, it finds the meeting that it made.
        meeting.made_by = Some(call.id);
        let made = self.meetings.create(call.user, meeting, Ts(call.now_micros)).await;
        shown(&made.map_err(broke)?, &call)
    }

    async fn list(&self, call: ToolCall) -> Result<ToolOutput, ToolError> {
        let list: ListMeetings = read(&call)?;
        let filter = wanted(&list, &call.timezone, Ts(call.now_micros)).map_err(refused)?;
        let page = PageRequest { limit: LIST_LIMIT, cursor: list.cursor };
        let found = self.meetings.list(call.user, &filter, &page).await.map_err(broke)?;
        let from_outside = found.items.iter().any(is_from_outside);
        let items: Result<Vec<Value>, ToolError> =
            found.items.iter().map(|meeting| told(meeting, &call)).collect();
        Ok(ToolOutput { value: json!({"items": items?, "nextCursor": found.next}), from_outside })
    }

    async fn get(&self, call: ToolCall) -> Result<ToolOutput, ToolError> {
        let id = read::<MeetingIs>(&call)?.id;
        let found = self.meetings.get(call.user, meeting_id(&id)?).await.map_err(broke)?;
        shown(&found.ok_or_else(|| missing("meeting", &id))?, &call)
    }

    async fn update(&self, call: ToolCall) -> Result<ToolOutput, ToolError> {
        let update = read::<UpdateMeeting>(&call)?;
        let id = update.id.clone();
        let change = update.into_fields().into_change().map_err(refused)?;
        self.change(&call, &id, change).await
    }

    async fn cancel(&self, call: ToolCall) -> Result<ToolOutput, ToolError> {
        let id = read::<MeetingIs>(&call)?.id;
        let status = Some(MeetingStatus::Cancelled);
        self.change(&call, &id, MeetingChange { status, ..MeetingChange::default() }).await
    }

    async fn change(
        &self,
        call: &ToolCall,
        id: &str,
        change: MeetingChange,
    ) -> Result<ToolOutput, ToolError> {
        let now = Ts(call.now_micros);
        let changed = self.meetings.update(call.user, meeting_id(id)?, change, now).await;
        let changed = changed.map_err(broke)?.ok_or_else(|| missing("meeting", id))?;
        shown(&changed.map_err(refused)?, call)
    }

    async fn find_free(&self, call: ToolCall) -> Result<ToolOutput, ToolError> {
        let wish = Wish::read(&read(&call)?, &call.timezone).map_err(refused)?;
        let range = wish.range(call.now_micros).map_err(|problem| refused(vec![problem]))?;
        let meetings = self.meetings.busy(call.user, Ts(range.start), Ts(range.end)).await;
        let free = wish.free(&range, &meetings.map_err(broke)?);
        let zone = zone(&call);
        let stretch = |(starts_at, ends_at)| {
            let text = words::free(starts_at, ends_at, &zone);
            json!({"startsAt": starts_at, "endsAt": ends_at, "text": text})
        };
        let stretches = free.iter().map(|gap| (Ts(gap.start), Ts(gap.end)));
        let items: Vec<Value> = stretches.take(FREE_LIMIT).map(stretch).collect();
        Ok(json!({"items": items, "hasMore": free.len() > FREE_LIMIT}).into())
    }

    fn describe(&self, call: &ToolCall, meeting: Option<&Meeting>) -> String {
        let zone = zone(call);
        let known = meeting.map_or_else(
            || "a meeting that does not exist".to_owned(),
            |meeting| format!("the meeting “{}”, {}", meeting.title, words::of(meeting, &zone)),
        );
        match self.action {
            Action::Create => read::<CreateMeeting>(call)
                .and_then(|create| create.into_fields().into_new(&call.timezone).map_err(refused))
                .map_or_else(|_| "Add a meeting".to_owned(), |new| words::create(&new, &zone)),
            Action::List => "List meetings".to_owned(),
            Action::Get => format!("Look at {known}"),
            Action::Update => {
                let change = read::<UpdateMeeting>(call)
                    .and_then(|update| update.into_fields().into_change().map_err(refused));
                match (change, meeting) {
                    (Ok(change), Some(meeting)) => {
                        format!("Change {known}: {}", words::changes(meeting, &change, &zone))
                    }
                    _ => format!("Change {known}"),
                }
            }
            Action::Cancel => format!("Cancel {known}"),
            Action::FindFree => "Find free time".to_owned(),
        }
    }
}

/// Which meetings a list is to have: without a beginning those from today on.
fn wanted(list: &ListMeetings, timezone: &str, now: Ts) -> Result<MeetingFilter, Vec<FieldError>> {
    let (from, to) = period(list.from.as_deref(), list.to.as_deref(), timezone)?;
    let from = from.or_else(|| Ts::start_of_day(&now.day(timezone), timezone));
    let (from, to) = in_order((from, to))?;
    Ok(MeetingFilter { from, to, query: list.q.clone(), status: None })
}

/// A meeting as the model reads it: with when it is in words besides, in the person's zone.
fn told(meeting: &Meeting, call: &ToolCall) -> Result<Value, ToolError> {
    let mut value = written(meeting)?;
    value["when"] = words::of(meeting, &zone(call)).into();
    Ok(value)
}

/// Whether somebody else may have written what is in it.
fn is_from_outside(meeting: &Meeting) -> bool {
    meeting.source != LOCAL
}

fn shown(meeting: &Meeting, call: &ToolCall) -> Result<ToolOutput, ToolError> {
    Ok(ToolOutput { value: told(meeting, call)?, from_outside: is_from_outside(meeting) })
}

fn meeting_id(text: &str) -> Result<MeetingId, ToolError> {
    text.parse().ok().ok_or_else(|| missing("meeting", text))
}

#[cfg(test)]
mod tests;
