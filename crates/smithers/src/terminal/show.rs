//! An answer as it comes: text on stdout, everything else on stderr.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, IsTerminal as _, Write as _};

use agent::visible;
use serde_json::{Value, json};

use super::{Asked, Markdown, has_colours, tell};

/// The most characters of what stands on a line for something longer.
const LINE: usize = 100;

/// What goes to stdout.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    /// The chunks as they are, one a line.
    Json,
    /// Text, laid out for a terminal.
    LaidOut,
    /// Text as it is.
    Plain,
}

/// What has been shown of one answer, in case that it comes again from its start.
#[derive(Default)]
struct Shown {
    text: String,
    /// Where in the text the step begins that comes now.
    step: usize,
    /// Thoughts, calls and notices.
    notes: BTreeSet<String>,
    /// How much of the text has come again; none if it comes for the first time.
    again: Option<usize>,
}

impl Shown {
    /// What of a piece of text is new. If it is not what was shown, all of its step is, and comes
    /// after a notice.
    fn new_text(&mut self, delta: &str) -> (bool, String) {
        let at = self.again.take().unwrap_or(self.text.len());
        let known = &self.text[at..];
        if known.starts_with(delta) {
            let at = at + delta.len();
            self.again = (at < self.text.len()).then_some(at);
            return (false, String::new());
        }
        let has_changed = !delta.starts_with(known);
        let shown = if has_changed { self.step } else { self.text.len() };
        self.text.truncate(at);
        self.text.push_str(delta);
        (has_changed, self.text[shown..].to_owned())
    }

    /// The step is made anew, and so is its text.
    fn forget_step(&mut self) {
        self.text.truncate(self.step);
        self.again = None;
    }

    /// Whether a note is to be shown that has this name.
    fn is_new(&mut self, note: &str) -> bool {
        self.notes.insert(note.to_owned())
    }
}

/// Shows the chunks of answers, and keeps what of them matters afterwards.
pub(crate) struct Show {
    form: Form,
    /// Notices are.
    is_dim: bool,
    markdown: Markdown,
    reasoning: String,
    shown: Shown,
    /// Something was written that did not end its line.
    is_open: bool,
    is_told_offline: bool,
    /// Title and arguments of each call.
    calls: BTreeMap<String, (String, Value)>,
    /// What waits for the person.
    pub(crate) asked: Vec<Asked>,
    /// The conversation.
    pub(crate) conversation: Option<String>,
    /// Why the answer ended, if it has.
    pub(crate) finish: String,
}

impl Show {
    /// For stdout and stderr as they are.
    pub(crate) fn new(is_json: bool) -> Self {
        Self {
            form: match io::stdout().is_terminal() {
                _ if is_json => Form::Json,
                true => Form::LaidOut,
                false => Form::Plain,
            },
            is_dim: has_colours(&io::stderr()),
            markdown: Markdown::new(has_colours(&io::stdout())),
            reasoning: String::new(),
            shown: Shown::default(),
            is_open: false,
            is_told_offline: false,
            calls: BTreeMap::new(),
            asked: Vec::new(),
            conversation: None,
            finish: String::new(),
        }
    }

    /// Shows a chunk.
    pub(crate) fn chunk(&mut self, chunk: &Value) -> io::Result<()> {
        if self.form == Form::Json {
            writeln!(io::stdout(), "{chunk}")?;
        }
        let text = |name: &str| chunk[name].as_str().unwrap_or_default();
        match text("type") {
            "start" => self.start(&chunk["messageMetadata"])?,
            "start-step" => self.shown.step = self.shown.again.unwrap_or(self.shown.text.len()),
            "text-delta" => {
                let (has_changed, new) = self.shown.new_text(text("delta"));
                if has_changed {
                    self.end_text()?;
                    self.note("· the answer begins again")?;
                }
                self.text(&new)?;
            }
            "text-end" if self.shown.again.is_none() => self.end_text()?,
            "reasoning-delta" => self.reasoning.push_str(text("delta")),
            "reasoning-end" => {
                let thought = std::mem::take(&mut self.reasoning);
                let thought = format!("· thought: {}", line_of(&thought));
                if self.shown.is_new(&thought) {
                    self.note(&thought)?;
                }
            }
            "reset-step" => {
                self.shown.forget_step();
                self.end_text()?;
                self.note("· the connection to the model broke off; the answer begins again")?;
            }
            "tool-input-available" => {
                let title = chunk["title"].as_str().unwrap_or(text("toolName"));
                self.know(text("toolCallId"), title, &chunk["input"]);
            }
            "tool-approval-request" => {
                let (title, input) = self.call(text("toolCallId"));
                self.asked.retain(|asked| asked.id != text("approvalId"));
                self.asked.push(Asked::of_chunk(chunk, &title, &input));
            }
            "tool-output-available" => self.outcome("✓", text("toolCallId"), "")?,
            "tool-output-error" => self.outcome("✗", text("toolCallId"), text("errorText"))?,
            "tool-output-denied" => self.outcome("–", text("toolCallId"), "refused")?,
            "data-notice" if self.shown.is_new(text("id")) => {
                self.note(&visible(chunk["data"]["text"].as_str().unwrap_or_default()))?;
            }
            "abort" => self.note("· stopped")?,
            "error" => {
                self.note(&visible(text("errorText")))?;
                "error".clone_into(&mut self.finish);
                self.shown.again = None;
            }
            "finish" => self.end(text("finishReason"))?,
            _ => {}
        }
        Ok(())
    }

    /// Shows a stored answer by the chunks that would make it.
    pub(crate) fn stored(&mut self, message: &Value) -> io::Result<()> {
        let metadata = &message["metadata"];
        let id = &message["id"];
        self.chunk(&json!({"type": "start", "messageId": id, "messageMetadata": metadata}))?;
        for part in message["parts"].as_array().into_iter().flatten() {
            let kinds = match text_of(&part["type"]) {
                "step-start" => vec!["start-step".to_owned()],
                "text" => vec!["text-delta".to_owned(), "text-end".to_owned()],
                "reasoning" => vec!["reasoning-delta".to_owned(), "reasoning-end".to_owned()],
                "dynamic-tool" => {
                    let state = format!("tool-{}", text_of(&part["state"]));
                    vec!["tool-input-available".to_owned(), state]
                }
                other => vec![other.to_owned()],
            };
            let mut chunk = part.clone();
            chunk["delta"] = part["text"].clone();
            for kind in kinds {
                chunk["type"] = json!(kind);
                self.chunk(&chunk)?;
            }
        }
        let reason = match text_of(&metadata["status"]) {
            "completed" => "stop",
            "waiting" => "tool-calls",
            "limited" => "length",
            "failed" => {
                let error = &metadata["error"];
                return self.chunk(&json!({"type": "error", "errorText": error}));
            }
            _ => "other",
        };
        self.chunk(&json!({"type": "finish", "finishReason": reason}))
    }

    /// Says that the connection was lost: the answer will come again from its start.
    pub(crate) fn begin_again(&mut self) -> io::Result<()> {
        self.shown.again = Some(0);
        self.reasoning.clear();
        let words = "· the connection to the server broke off; trying to get back to the answer";
        if self.form == Form::Json {
            // Of the chunks that come again nothing else says why.
            tell(words);
        }
        self.note(words)
    }

    /// Keeps what a call is called and what it is given.
    pub(crate) fn know(&mut self, call: &str, title: &str, arguments: &Value) {
        self.calls.insert(call.to_owned(), (title.to_owned(), arguments.clone()));
    }

    /// A line for the person that is no part of the answer.
    pub(crate) fn note(&mut self, text: &str) -> io::Result<()> {
        if self.form == Form::Json {
            return Ok(());
        }
        if self.is_open && self.form == Form::LaidOut {
            writeln!(io::stdout())?;
            self.is_open = false;
        }
        let mut stderr = io::stderr();
        if self.is_dim {
            writeln!(stderr, "\x1b[2m{text}\x1b[0m")
        } else {
            writeln!(stderr, "{text}")
        }
    }

    /// A whole text, laid out as an answer is.
    pub(crate) fn whole(&mut self, text: &str) -> io::Result<()> {
        self.text(text)?;
        self.end_text()
    }

    fn start(&mut self, metadata: &Value) -> io::Result<()> {
        self.finish.clear();
        match self.shown.again {
            Some(_) => self.shown.step = 0,
            None => self.shown = Shown::default(),
        }
        if let Some(id) = metadata["conversationId"].as_str() {
            self.conversation = Some(id.to_owned());
        }
        if metadata["model"] == "offline" && !self.is_told_offline {
            self.is_told_offline = true;
            let words = "· the built-in offline model answers, which is no language model; ANTHROPIC_API_KEY, set where Smithers runs, connects Claude";
            self.note(words)?;
        }
        Ok(())
    }

    fn end(&mut self, reason: &str) -> io::Result<()> {
        reason.clone_into(&mut self.finish);
        self.shown.again = None;
        match reason {
            "length" => self.note("· the answer ends here, because a limit is met"),
            "content-filter" => self.note("· the model refused to answer"),
            _ => Ok(()),
        }
    }

    fn text(&mut self, delta: &str) -> io::Result<()> {
        if self.form == Form::Json || delta.is_empty() {
            return Ok(());
        }
        let mut stdout = io::stdout();
        if self.form == Form::LaidOut {
            stdout.write_all(self.markdown.push(delta).as_bytes())?;
        } else {
            stdout.write_all(delta.as_bytes())?;
        }
        self.is_open = !delta.ends_with('\n');
        stdout.flush()
    }

    fn end_text(&mut self) -> io::Result<()> {
        if self.form == Form::Json {
            return Ok(());
        }
        let mut stdout = io::stdout();
        stdout.write_all(self.markdown.finish().as_bytes())?;
        if std::mem::take(&mut self.is_open) {
            writeln!(stdout)?;
        }
        stdout.flush()
    }

    fn call(&self, id: &str) -> (String, Value) {
        self.calls.get(id).cloned().unwrap_or_default()
    }

    fn outcome(&mut self, mark: &str, id: &str, more: &str) -> io::Result<()> {
        if !self.shown.is_new(id) {
            return Ok(());
        }
        let (title, input) = self.call(id);
        let about = if more.is_empty() { input.to_string() } else { more.to_owned() };
        self.note(&format!("{mark} {}: {}", visible(&title), line_of(&about)))
    }
}

fn text_of(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// The beginning of a text, on one line.
pub(crate) fn line_of(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut cut: String = visible(&line).chars().take(LINE).collect();
    if line.chars().count() > LINE {
        cut.push('…');
    }
    cut
}

#[cfg(test)]
mod tests;
