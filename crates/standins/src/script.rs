use std::time::Duration;

use serde::Deserialize;
use serde_json::Value;

use crate::Reply;
use crate::reply::status_of;
use crate::scripted::{has_tool_result, newest_user_text, system_text};
use crate::state::{Matches, Rule};

/// A script file that could not be read.
#[derive(Debug)]
pub struct ScriptError(serde_json::Error);

impl std::fmt::Display for ScriptError {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "the script is not valid: {}", self.0)
    }
}

impl std::error::Error for ScriptError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.0)
    }
}

/// The rules of a script file: a JSON list of
/// `{"when": {"systemContains"?, "lastUserContains"?, "hasToolResult"?}, "times"?, "reply": {"thinking"?, "blocks"?, "text"?,
/// "tools"?: [{"name", "input"}], "stop"?, "usage"?, "deltaMs"?, "error"?: {"type", "status"?,
/// "errorCode"?, "retryAfter"?, "afterEvents"?}, "endAfter"?, "hangUpAfter"?, "stall"?:
/// {"afterEvents", "ms"}}}`. The first rule that matches wins; one with `times` that often. A request for the title of
/// a conversation, whose system prompt begins with `You name conversations.`, is answered by rules
/// with `systemContains` only; it comes when it likes, and would take another's answer away.
/// An error with `afterEvents` comes within the stream, one without instead of it. The others count
/// events too: the body ends early, the connection breaks, or nothing comes for a while.
#[derive(Debug)]
pub struct Script(Vec<RuleText>);

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct RuleText {
    #[serde(default)]
    when: When,
    times: Option<u32>,
    reply: ReplyText,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct When {
    system_contains: Option<String>,
    last_user_contains: Option<String>,
    has_tool_result: Option<bool>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct ReplyText {
    thinking: Option<String>,
    /// Blocks of any kind, sent whole.
    #[serde(default)]
    blocks: Vec<Value>,
    text: Option<String>,
    #[serde(default)]
    tools: Vec<ToolText>,
    stop: Option<String>,
    usage: Option<Value>,
    delta_ms: Option<u64>,
    error: Option<ErrorText>,
    end_after: Option<usize>,
    hang_up_after: Option<usize>,
    stall: Option<Stall>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Stall {
    after_events: usize,
    ms: u64,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ToolText {
    name: String,
    input: Value,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct ErrorText {
    r#type: String,
    status: Option<u16>,
    error_code: Option<String>,
    retry_after: Option<String>,
    after_events: Option<usize>,
}

impl Script {
    /// Reads the JSON text of a script.
    pub fn parse(text: &str) -> Result<Self, ScriptError> {
        serde_json::from_str(text).map(Self).map_err(ScriptError)
    }

    pub(crate) fn into_rules(self) -> impl Iterator<Item = Rule> {
        self.0.into_iter().map(|rule| Rule {
            names: rule.when.system_contains.is_some(),
            matches: matches(rule.when),
            reply: reply(&rule.reply),
            left: rule.times,
        })
    }
}

fn matches(when: When) -> Matches {
    Box::new(move |request| {
        let contains = |text: &str, part: &Option<String>| {
            part.as_ref().is_none_or(|part| text.contains(part.as_str()))
        };
        contains(system_text(request), &when.system_contains)
            && contains(&newest_user_text(request), &when.last_user_contains)
            && when.has_tool_result.is_none_or(|wanted| wanted == has_tool_result(request))
    })
}

fn reply(text: &ReplyText) -> Reply {
    let mut reply = match &text.error {
        Some(error) if error.after_events.is_none() => http_error(error),
        _ => Reply::new(),
    };
    if let Some(thinking) = &text.thinking {
        // Equal texts get equal signatures, different ones different.
        reply = reply.thinking(thinking, &format!("signed:{}", thinking.to_uppercase()));
    }
    reply = text.blocks.iter().cloned().fold(reply, Reply::raw_block);
    if let Some(text) = &text.text {
        reply = reply.text(text);
    }
    for tool in &text.tools {
        reply = reply.tool(&tool.name, tool.input.clone());
    }
    if let Some(stop) = &text.stop {
        reply = reply.stop(stop);
    }
    if let Some(ErrorText { r#type, after_events: Some(events), .. }) = &text.error {
        reply = reply.error_after(*events, r#type);
    }
    if let Some(usage) = &text.usage {
        reply = reply.usage(usage);
    }
    if let Some(events) = text.end_after {
        reply = reply.truncate_after(events);
    }
    if let Some(events) = text.hang_up_after {
        reply = reply.hang_up_after(events);
    }
    if let Some(Stall { after_events, ms }) = text.stall {
        reply = reply.stall_after(after_events, Duration::from_millis(ms));
    }
    reply.pace(Duration::from_millis(text.delta_ms.unwrap_or_default()))
}

fn http_error(error: &ErrorText) -> Reply {
    let status = error.status.unwrap_or_else(|| status_of(&error.r#type));
    let mut reply = Reply::http_error(status, &error.r#type);
    if let Some(code) = &error.error_code {
        reply = reply.error_code(code);
    }
    if let Some(time) = &error.retry_after {
        reply = reply.header("retry-after", time);
    }
    reply
}
