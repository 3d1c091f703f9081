//! Asking the person about a call that waits.

use agent::visible;
use serde_json::{Value, json};

use super::{Editor, Said, tell};
use crate::signals::Signals;

/// A call that waits for the person.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    /// The approval.
    pub(crate) id: String,
    /// The call it is about.
    pub(crate) call: String,
    /// What it would do.
    pub(crate) summary: String,
    /// The tool, for people.
    pub(crate) title: String,
    arguments: Value,
    digest: String,
}

/// What the person made of it.
pub(crate) enum Decision {
    /// What `POST /api/approvals/{id}` takes.
    Answer(Value),
    /// Nothing yet.
    Later,
}

impl Asked {
    /// One of a list of `GET /api/approvals`.
    pub(crate) fn of_approval(approval: &Value) -> Self {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        Self {
            id: text(&approval["id"]),
            call: text(&approval["toolCallId"]),
            summary: text(&approval["summary"]),
            title: text(&approval["tool"]["title"]),
            arguments: approval["arguments"].clone(),
            digest: text(&approval["digest"]),
        }
    }

    /// A `tool-approval-request` and the call it is about.
    pub(crate) fn of_chunk(chunk: &Value, title: &str, arguments: &Value) -> Self {
        let descriptor = &chunk["approvalDescriptor"];
        Self::of_approval(&json!({
            "id": chunk["approvalId"],
            "toolCallId": chunk["toolCallId"],
            "summary": descriptor["summary"],
            "tool": {"title": title},
            "arguments": arguments,
            "digest": descriptor["digest"],
        }))
    }

    /// What the person reads before they decide.
    pub(crate) fn card(&self) -> String {
        let mut card = format!("┌ {}: {}\n", visible(&self.title), visible(&self.summary));
        for (name, value) in self.arguments.as_object().into_iter().flatten() {
            card.push_str(&visible(&format!("│ {name}: {value}")));
            card.push('\n');
        }
        card.push_str("└ [y]es, [n]o, [e]dit, [r]eason to refuse, Enter for later");
        card
    }

    /// Asks until there is an answer.
    pub(crate) fn decide(
        &self,
        editor: &mut Editor,
        signals: &mut Signals,
    ) -> anyhow::Result<Decision> {
        let mut ask = |prompt: &str, initial: &str| editor.ask(prompt, initial, signals);
        loop {
            let Said::Line(line) = ask("allow? ", "")? else { return Ok(Decision::Later) };
            let answer = match line.trim() {
                "" => return Ok(Decision::Later),
                "y" | "yes" => json!({"decision": "approve"}),
                "n" | "no" => json!({"decision": "deny"}),
                "r" | "reason" => match ask("why not? ", "")? {
                    Said::Line(reason) => json!({"decision": "deny", "reason": reason.trim()}),
                    Said::Interrupted | Said::End => continue,
                },
                "e" | "edit" => match ask("edit: ", &self.arguments.to_string())? {
                    Said::Line(text) => match serde_json::from_str::<Value>(&text) {
                        Ok(edited) => json!({"decision": "approve", "arguments": edited}),
                        Err(error) => {
                            tell(format_args!("this is not valid JSON: {error}"));
                            continue;
                        }
                    },
                    Said::Interrupted | Said::End => continue,
                },
                command if command.starts_with('/') => {
                    editor.give_back(line);
                    return Ok(Decision::Later);
                }
                _ => {
                    tell("write y, n, e or r");
                    continue;
                }
            };
            let mut answer = answer;
            answer["digest"] = json!(self.digest);
            return Ok(Decision::Answer(answer));
        }
    }
}
