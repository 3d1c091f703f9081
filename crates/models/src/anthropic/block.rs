use agent::message::VendorTool;
use agent::model::BlockKind;
use serde_json::{Map, Value};

use crate::fault::Fault;

/// A content block while it grows. It stays the vendor's JSON, because it is sent back unchanged.
pub(crate) struct Block {
    raw: Map<String, Value>,
    form: Form,
    /// The arguments of a call as far as they came.
    json: String,
    open: bool,
    invalid: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    Text,
    Thinking,
    ToolUse,
    Other,
}

/// How a delta of that type makes a block longer: the form of the block, and the delta's field with
/// the piece.
pub(crate) fn growth(kind: &str) -> Option<(Form, &'static str)> {
    match kind {
        "text_delta" => Some((Form::Text, "text")),
        "thinking_delta" => Some((Form::Thinking, "thinking")),
        "input_json_delta" => Some((Form::ToolUse, "partial_json")),
        _ => None,
    }
}

/// What people see of a block at its beginning.
pub(crate) struct Opening {
    pub(crate) kind: BlockKind,
    pub(crate) content: String,
}

impl Block {
    /// Begins a block with what `content_block_start` holds of it.
    pub(crate) fn open(raw: Value) -> Result<(Self, Option<Opening>), Fault> {
        let Value::Object(raw) = raw else {
            return Err(Fault::protocol("a block that is no object"));
        };
        let field = |name: &str| raw.get(name).and_then(Value::as_str);
        let content = |name: &str| field(name).unwrap_or_default().to_owned();
        let (form, opening) = match field("type") {
            None => return Err(Fault::protocol("a block without a type")),
            Some("text") => {
                (Form::Text, Some(Opening { kind: BlockKind::Text, content: content("text") }))
            }
            Some("thinking") => {
                let content = content("thinking");
                (Form::Thinking, Some(Opening { kind: BlockKind::Reasoning, content }))
            }
            Some("tool_use") => {
                let (Some(id), Some(name)) = (field("id"), field("name")) else {
                    return Err(Fault::protocol("a tool call without id or name"));
                };
                let kind = BlockKind::ToolInput { id: id.to_owned(), name: name.to_owned() };
                (Form::ToolUse, Some(Opening { kind, content: given_input(&raw) }))
            }
            Some(_) => (Form::Other, None),
        };
        Ok((Self { raw, form, json: String::new(), open: true, invalid: false }, opening))
    }

    /// Adds a delta; gives back what of it people see.
    pub(crate) fn add(&mut self, mut delta: Map<String, Value>) -> Result<Option<String>, Fault> {
        let kind = delta.remove("type").unwrap_or_default();
        match kind.as_str().unwrap_or_default() {
            "signature_delta" => {
                self.must_be(Form::Thinking)?;
                let signature = text(&mut delta, "signature")?;
                self.raw.insert("signature".to_owned(), Value::String(signature));
                Ok(None)
            }
            "citations_delta" => {
                self.must_be(Form::Text)?;
                self.cite(delta.remove("citation").unwrap_or_default());
                Ok(None)
            }
            kind => {
                if let Some((form, field)) = growth(kind) {
                    return self.grow(form, text(&mut delta, field)?);
                }
                self.merge(delta);
                Ok(None)
            }
        }
    }

    /// Adds a piece of text; gives back what of it people see.
    pub(crate) fn grow(&mut self, form: Form, piece: String) -> Result<Option<String>, Fault> {
        self.must_be(form)?;
        let shown = match form {
            Form::Text => self.append("text", piece),
            Form::Thinking => self.append("thinking", piece),
            Form::ToolUse | Form::Other => {
                self.json.push_str(&piece);
                piece
            }
        };
        Ok(Some(shown).filter(|_| self.is_shown()))
    }

    /// A wrong delta would make a block that the vendor refuses for ever after.
    fn must_be(&self, form: Form) -> Result<(), Fault> {
        if self.form == form || self.form == Form::Other {
            return Ok(());
        }
        Err(Fault::protocol("a delta in a block of another type"))
    }

    /// Ends the block: reads the arguments of a call.
    pub(crate) fn close(&mut self) {
        self.open = false;
        if self.json.is_empty() {
            if self.form == Form::ToolUse {
                let input = self.raw.entry("input").or_insert(Value::Null);
                if !input.is_object() {
                    *input = Value::Object(Map::new());
                }
            }
            return;
        }
        let input = serde_json::from_str::<Map<String, Value>>(&self.json);
        self.invalid = input.is_err();
        self.raw.insert("input".to_owned(), Value::Object(input.unwrap_or_else(|_cut| Map::new())));
    }

    /// Whether more may come.
    pub(crate) fn is_open(&self) -> bool {
        self.open
    }

    /// Whether the block causes events.
    pub(crate) fn is_shown(&self) -> bool {
        self.form != Form::Other
    }

    /// The id of a tool call whose arguments are no JSON object.
    pub(crate) fn invalid_call(&self) -> Option<String> {
        let id = self.raw.get("id").and_then(Value::as_str);
        id.filter(|_| self.invalid && self.form == Form::ToolUse).map(str::to_owned)
    }

    /// The block, if it is one of a tool that the vendor runs by itself.
    pub(crate) fn of_vendor_tool(&self) -> Option<Value> {
        let whole = Value::Object(self.raw.clone());
        VendorTool::of(&whole).is_some().then_some(whole)
    }

    /// The block as it is stored and sent back.
    pub(crate) fn into_raw(self) -> Value {
        Value::Object(self.raw)
    }

    fn append(&mut self, field: &str, piece: String) -> String {
        match self.raw.get_mut(field) {
            Some(Value::String(whole)) => whole.push_str(&piece),
            _ => drop(self.raw.insert(field.to_owned(), Value::String(piece.clone()))),
        }
        piece
    }

    fn cite(&mut self, citation: Value) {
        match self.raw.get_mut("citations") {
            Some(Value::Array(citations)) => citations.push(citation),
            _ => drop(self.raw.insert("citations".to_owned(), Value::Array(vec![citation]))),
        }
    }

    /// A delta of a type that is not known: texts and lists grow, the rest is replaced.
    fn merge(&mut self, delta: Map<String, Value>) {
        for (field, value) in delta {
            match (self.raw.get_mut(&field), value) {
                (Some(Value::String(whole)), Value::String(piece)) => whole.push_str(&piece),
                (Some(Value::Array(whole)), Value::Array(piece)) => whole.extend(piece),
                (_, value) => drop(self.raw.insert(field, value)),
            }
        }
    }
}

/// Arguments that are there from the start, as JSON; the vendor sends `{}` and then deltas.
fn given_input(raw: &Map<String, Value>) -> String {
    match raw.get("input") {
        Some(Value::Object(input)) if !input.is_empty() => {
            raw.get("input").map(Value::to_string).unwrap_or_default()
        }
        _ => String::new(),
    }
}

fn text(delta: &mut Map<String, Value>, field: &str) -> Result<String, Fault> {
    match delta.remove(field) {
        Some(Value::String(text)) => Ok(text),
        _ => Err(Fault::protocol(format!("a delta without {field}"))),
    }
}
