use agent::model::{BlockKind, ModelEvent};
use serde_json::{Map, Value, json};

/// A tool call while it grows.
pub(super) struct Call {
    /// Its place in the answer.
    pub(super) block: usize,
    /// The server's own number of the call, if it gives one.
    number: Option<u64>,
    /// The server's id, empty if it gives none.
    given: String,
    id: String,
    name: String,
    json: String,
}

/// One piece of a call, with what servers may leave out.
pub(super) struct Piece<'a> {
    number: Option<u64>,
    id: &'a str,
    name: &'a str,
    json: String,
}

impl<'a> Piece<'a> {
    pub(super) fn of(raw: &'a Value) -> Self {
        let text = |value: &'a Value| value.as_str().unwrap_or_default();
        let function = &raw["function"];
        let json = match &function["arguments"] {
            Value::Null => String::new(),
            Value::String(json) => json.clone(),
            // Some servers send the arguments as they are.
            other => other.to_string(),
        };
        let number = raw["index"].as_u64();
        Self { number, id: text(&raw["id"]), name: text(&function["name"]), json }
    }

    /// Whether the piece goes on with a call. Servers differ: some number the pieces, some give all
    /// calls the same number, some repeat id and name in each piece, some have no ids.
    pub(super) fn belongs_to(&self, call: &Call) -> bool {
        if self.name.is_empty() {
            return self.number.is_none_or(|number| call.number == Some(number));
        }
        // Within one JSON object no brace opens right after one has closed.
        let is_another = call.json.trim_end().ends_with('}') && self.json.starts_with('{');
        self.number == call.number
            && self.name == call.name
            && if self.id.is_empty() { !is_another } else { self.id == call.given }
    }

    /// Whether a call can begin with the piece.
    pub(super) const fn is_opening(&self) -> bool {
        !self.name.is_empty()
    }
}

impl Call {
    pub(super) fn open(block: usize, piece: &Piece<'_>, out: &mut impl Extend<ModelEvent>) -> Self {
        let given = piece.id.to_owned();
        // Ids must differ in the whole conversation.
        let id = if given.is_empty() {
            format!("call_{:032x}", rand::random::<u128>())
        } else {
            given.clone()
        };
        let name = piece.name.to_owned();
        let kind = BlockKind::ToolInput { id: id.clone(), name: name.clone() };
        out.extend([ModelEvent::BlockStart { index: block, kind }]);
        Self { block, number: piece.number, given, id, name, json: String::new() }
    }

    pub(super) fn add(&mut self, piece: Piece<'_>, out: &mut impl Extend<ModelEvent>) {
        if !piece.json.is_empty() {
            self.json.push_str(&piece.json);
            out.extend([ModelEvent::BlockDelta { index: self.block, delta: piece.json }]);
        }
    }

    /// The call as a block, and its id if its arguments are no JSON object.
    pub(super) fn into_block(self) -> (Value, Option<String>) {
        let given = if self.json.trim().is_empty() { "{}" } else { &self.json };
        let input = serde_json::from_str::<Map<String, Value>>(given);
        let invalid = input.is_err().then(|| self.id.clone());
        let input = input.unwrap_or_default();
        (json!({"type": "tool_use", "id": self.id, "name": self.name, "input": input}), invalid)
    }
}
