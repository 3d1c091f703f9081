//! `smithers turn show`: the whole story of a turn, from the database.

use agent::message::plain_text;
use agent::{ToolCallId, TurnId};
use anyhow::Context as _;
use app::{App, Replay, Story};
use clap::{Args, Subcommand};
use serde_json::{Value, json};
use store::{Decision, StepRow, ToolCallRow};

use super::{beside, id_of};
use crate::config::DataArgs;
use crate::session::known_person;
use crate::terminal::{cell, line_of, say};

/// Look into an answer.
#[derive(Subcommand)]
pub(crate) enum Turn {
    /// Show what happened in a turn: steps, calls, decisions, tokens, cache, cost.
    Show(Show),
}

#[derive(Args)]
pub(crate) struct Show {
    /// The turn's id: `turnId` of an approval, or of the `start` that `ask --json` prints.
    id: String,
    /// Decide it again with the rules as they are now, from the recorded answers and decisions;
    /// code 1 if they decide otherwise than then.
    #[arg(long)]
    replay: bool,
    /// Whose it is, by e-mail address [default: the owner's].
    #[arg(long)]
    user: Option<String>,
}

impl Turn {
    pub(crate) async fn run(self, data: &DataArgs, is_json: bool) -> anyhow::Result<()> {
        let Self::Show(Show { id, replay, user }) = self;
        let id: TurnId = id_of(&id)?;
        let config = data.read()?;
        let look = async |app: &App| {
            let person = known_person(app, user.as_deref()).await?;
            let found = app.store().turns().story(person.id, id).await?;
            let whole = found.with_context(|| {
                let who = person.email;
                format!("{who} has no turn {id} in the data of this machine, which this looks at")
            })?;
            let turn = &whole.rows.turn;
            let (conversation, id) = (turn.conversation_id, turn.user_message_id.to_string());
            let asked = app.store().conversations().message(person.id, conversation, &id).await?;
            let replay = if replay { Some(app.replay(&whole).await?) } else { None };
            Ok((whole, asked, replay))
        };
        let (whole, asked, replay) = beside(&config, look).await?;
        let difference = replay.as_ref().and_then(|replay| replay.difference.clone());
        let mut told = told(&whole);
        let texts = asked.iter().flat_map(|message| &message.parts);
        let texts: Vec<&str> = texts.filter_map(|part| part["text"].as_str()).collect();
        told["question"] = json!(texts.join("\n"));
        if let Some(Replay { steps, difference }) = replay {
            told["replay"] = json!({"steps": steps, "difference": difference});
        }
        say(if is_json { format!("{told:#}") } else { in_words(&told) })?;
        match difference {
            Some(difference) => anyhow::bail!("the rules now decide otherwise: {difference}"),
            None => Ok(()),
        }
    }
}

/// The story in the contract's style.
fn told(story: &Story) -> Value {
    let rows = &story.rows;
    let mut steps: Vec<&StepRow> = rows.steps.iter().chain(&rows.broken).collect();
    steps.sort_by_key(|step| step.seq);
    let before = |step: &StepRow| rows.steps.iter().rfind(|it| it.seq < step.seq);
    let steps = steps.into_iter().map(|step| step_told(story, step, before(step)));
    let mut told = json!(rows.turn);
    told["modelCalls"] = json!(rows.model_calls);
    told["usage"] = json!(rows.spent);
    told["steps"] = steps.collect();
    told
}

fn step_told(story: &Story, step: &StepRow, before: Option<&StepRow>) -> Value {
    let (usage, seen) = (step.spent.usage, before.map(|step| step.spent.usage));
    let expected = seen.map(|usage| usage.cache_read_tokens + usage.cache_write_tokens);
    let calls = story.rows.calls.iter().filter(|call| call.step_id == step.id);
    let mut told = json!(step);
    told["cache"] = json!({
        "expectedTokens": expected,
        "readTokens": usage.cache_read_tokens,
        "missedTokens": expected.map(|all| all.saturating_sub(usage.cache_read_tokens)),
        "why": step.cache_note,
    });
    told["text"] = json!(plain_text(&step.content));
    told["calls"] = calls.map(|call| call_told(story, call)).collect();
    told
}

fn call_told(story: &Story, call: &ToolCallRow) -> Value {
    let decisions = story.decisions.iter().filter(|decision| decision.tool_call_id == call.id);
    let mut told = json!(call);
    told["approvals"] = json!(approvals_told(story, call.id));
    told["decisions"] = json!(decisions.collect::<Vec<&Decision>>());
    told
}

fn approvals_told(story: &Story, call: ToolCallId) -> Vec<Value> {
    let ours = story.rows.approvals.iter().filter(|approval| approval.tool_call_id == call);
    ours.map(|approval| {
        json!({
            "id": approval.id,
            "summary": approval.summary,
            "status": approval.status,
            "createdAt": approval.created_at,
            "decidedAt": approval.decided_at,
            "reason": approval.reason,
        })
    })
    .collect()
}

/// What is told of a thing: words, and the field that goes after them, if it is there.
type Fields = &'static [(&'static str, &'static str)];

const OF_TURN: Fields = &[
    ("conversation", "conversationId"),
    ("asked:", "question"),
    ("begun", "createdAt"),
    ("ended", "endedAt"),
    ("wanted was the model", "wanted"),
    ("it failed:", "error"),
    ("ended by the budget", "limitedBy"),
    ("nearly used up is the budget", "warnedOf"),
];
const OF_STEP: Fields = &[("note:", "note"), ("says:", "text")];
const OF_CALL: Fields = &[
    ("changed by the person to", "editedArguments"),
    ("reason:", "reason"),
    ("not run:", "defect"),
    ("result:", "result"),
];

fn say_fields(lines: &mut Vec<String>, indent: usize, thing: &Value, fields: Fields) {
    let found = fields.iter().map(|(words, name)| (words, cell(&thing[*name])));
    let found = found.filter(|(_, text)| !text.is_empty());
    lines.extend(found.map(|(words, text)| format!("{:indent$}{words} {text}", "")));
}

/// The same for people.
fn in_words(told: &Value) -> String {
    let mut lines = vec![format!("turn {}  {}", cell(&told["id"]), cell(&told["status"]))];
    say_fields(&mut lines, 0, told, OF_TURN);
    for (place, step) in each(&told["steps"]).enumerate() {
        lines.push(String::new());
        step_in_words(place + 1, step, &mut lines);
    }
    lines.push(String::new());
    lines.push(format!("{} calls of the model, {}", told["modelCalls"], tokens(&told["usage"])));
    if told["replay"].is_object() {
        lines.push(String::new());
        lines.extend(each(&told["replay"]["steps"]).map(|step| format!("replay: {}", cell(step))));
        if told["replay"]["difference"].is_null() {
            lines.push("the rules decide now as they did then".to_owned());
        }
    }
    lines.join("\n")
}

fn step_in_words(number: usize, step: &Value, lines: &mut Vec<String>) {
    let ended = if step["stop"].is_null() { &step["status"] } else { &step["stop"] };
    lines.push(format!("{number}. {}  {}", cell(&step["model"]), cell(ended)));
    say_fields(lines, 3, step, OF_STEP);
    lines.push(format!("   {}", tokens(&step["usage"])));
    if step["status"] == "broken" {
        return;
    }
    let cache = &step["cache"];
    lines.push(match (cache["expectedTokens"].as_u64(), cache["why"].as_str()) {
        (_, Some(why)) => format!("   cache: {why}"),
        (Some(expected), None) => {
            format!("   cache: {expected} tokens expected, {} read", cache["readTokens"])
        }
        (None, None) => format!("   cache: {} tokens read", cache["readTokens"]),
    });
    for call in each(&step["calls"]) {
        call_in_words(call, lines);
    }
}

fn call_in_words(call: &Value, lines: &mut Vec<String>) {
    let (tool, status) = (cell(&call["tool"]), cell(&call["status"]));
    lines.push(format!("   {tool} {}: {status}", line_of(&call["arguments"].to_string())));
    for approval in each(&call["approvals"]) {
        let (asked, status) = (cell(&approval["createdAt"]), cell(&approval["status"]));
        lines.push(format!("     asked {asked}: {} – {status}", cell(&approval["summary"])));
    }
    for decision in each(&call["decisions"]) {
        let by = &decision["by"];
        let who = format!("{} {}", cell(&by["kind"]), cell(&by["id"]));
        let (verdict, at) = (cell(&decision["verdict"]), cell(&decision["at"]));
        lines.push(format!("     {verdict} by {} at {at}", who.trim_end()));
    }
    say_fields(lines, 5, call, OF_CALL);
}

fn each(list: &Value) -> impl Iterator<Item = &Value> {
    list.as_array().into_iter().flatten()
}

fn tokens(usage: &Value) -> String {
    let cost =
        usage["costUsd"].as_f64().map_or("price unknown".to_owned(), |usd| format!("${usd}"));
    format!(
        "tokens: {} in, {} from the cache, {} to the cache, {} out; {cost}",
        usage["inputTokens"],
        usage["cacheReadTokens"],
        usage["cacheWriteTokens"],
        usage["outputTokens"],
    )
}
