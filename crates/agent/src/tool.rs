//! The port to tools: what a tool declares, and how one call of it is carried out.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{ToolCallId, UserId, digest};

/// A boxed future, so that tools of different crates fit in one list.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// What a tool may change. A tool that declares nothing counts as [`Effect::OUTWARD`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum Effect {
    /// Changes nothing.
    Read,
    /// Changes something.
    Write {
        /// Running it again with the same idempotency key has no further effect.
        idempotent: bool,
        /// What it does cannot be undone by another call.
        destructive: bool,
        /// It reaches beyond Smithers' own rows.
        outward: bool,
        /// A person can take it back with one click, so they need not be asked first.
        undoable: bool,
    },
}

impl Effect {
    /// The most careful assumption: a write to the outside that cannot be repeated or undone.
    pub const OUTWARD: Self =
        Self::Write { idempotent: false, destructive: true, outward: true, undoable: false };

    /// A write to Smithers' own rows that another call can take back.
    pub const REVERSIBLE: Self =
        Self::Write { idempotent: true, destructive: false, outward: false, undoable: false };

    /// A write to Smithers' own rows that nothing takes back.
    pub const DESTRUCTIVE: Self =
        Self::Write { idempotent: true, destructive: true, outward: false, undoable: false };

    /// A write to Smithers' own rows that a person takes back with one click.
    pub const UNDOABLE: Self =
        Self::Write { idempotent: true, destructive: false, outward: false, undoable: true };

    /// The word of the contract: `read`, `write`, `destructive` or `outward`.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write { outward: true, .. } => "outward",
            Self::Write { destructive: true, .. } => "destructive",
            Self::Write { .. } => "write",
        }
    }

    /// Whether a call whose outcome was lost may simply be run again.
    pub const fn may_rerun(self) -> bool {
        matches!(self, Self::Read | Self::Write { idempotent: true, .. })
    }

    /// Whether it changes nothing.
    pub const fn is_read(self) -> bool {
        matches!(self, Self::Read)
    }
}

/// What a tool declares about itself.
#[derive(Clone, Debug, PartialEq)]
pub struct ToolSpec {
    /// Name on the wire, `[A-Za-z0-9_-]{1,64}`.
    pub name: String,
    /// Name for people.
    pub title: String,
    /// Where it comes from: `smithers` for the built-in ones.
    pub source: String,
    /// What the model is told.
    pub description: String,
    /// JSON Schema of the arguments, an object.
    pub input_schema: Arc<Value>,
    /// Hash of the canonical form of `input_schema`.
    pub schema_hash: String,
    /// What it may change.
    pub effect: Effect,
    /// JSON Pointers of the arguments that say where it acts: the channel, calendar or project. A
    /// remembered approval of an outward tool holds for the same values only.
    pub scope: Vec<String>,
}

impl ToolSpec {
    /// Completes a declaration with the hash of its schema.
    pub fn new(
        name: &str,
        title: &str,
        description: &str,
        input_schema: Value,
        effect: Effect,
    ) -> Result<Self, digest::NotCanonical> {
        Ok(Self {
            name: name.to_owned(),
            title: title.to_owned(),
            source: "smithers".to_owned(),
            description: description.to_owned(),
            schema_hash: digest::of_value(&input_schema)?,
            input_schema: Arc::new(input_schema),
            effect,
            scope: Vec::new(),
        })
    }
}

/// One call, as a tool gets it.
#[derive(Clone, Debug)]
pub struct ToolCall {
    /// The call; its id is the idempotency key of a write.
    pub id: ToolCallId,
    /// Whose rows it works on.
    pub user: UserId,
    /// Arguments that were checked against the schema.
    pub arguments: Value,
    /// The person's time zone, an IANA name.
    pub timezone: String,
    /// Now, microseconds since the Unix epoch.
    pub now_micros: i64,
}

/// What a call gave.
#[derive(Clone, Debug, PartialEq)]
pub struct ToolOutput {
    /// The result.
    pub value: Value,
    /// It holds text that somebody else may have written, so the turn is tainted from here on.
    pub from_outside: bool,
}

impl From<Value> for ToolOutput {
    /// A result of the person's own making.
    fn from(value: Value) -> Self {
        Self { value, from_outside: false }
    }
}

/// Why a call has no result.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ToolError {
    /// Nothing happened, and the model can do something about it.
    #[error("{0}")]
    TellModel(String),
    /// It was begun and may have taken effect.
    #[error("{0}")]
    Uncertain(String),
    /// The turn cannot go on.
    #[error("{0}")]
    Fatal(String),
}

/// A tool.
pub trait Tool: Send + Sync {
    /// What it declares.
    fn spec(&self) -> &ToolSpec;

    /// What is wrong with arguments. A tool that refuses more than its schema does says so here, so
    /// that nobody is asked about a call that cannot be carried out.
    fn check(&self, arguments: &Value) -> Vec<ArgumentProblem> {
        check_arguments(&self.spec().input_schema, arguments)
    }

    /// What this call would do, in one short line for the person who is asked about it.
    fn summary<'a>(&'a self, call: &'a ToolCall) -> BoxFuture<'a, String>;

    /// Carries out one call.
    fn call(&self, call: ToolCall) -> BoxFuture<'_, Result<ToolOutput, ToolError>>;
}

/// Where tools come from; asked once per claim of a turn.
pub trait ToolSource: Send + Sync {
    /// The tools this person may use.
    fn tools(&self, user: UserId) -> BoxFuture<'_, Vec<Arc<dyn Tool>>>;
}

/// One way in which arguments do not fit a schema.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ArgumentProblem {
    /// JSON Pointer to the offending place.
    pub pointer: String,
    /// What is wrong with it.
    pub problem: String,
}

/// Checks arguments against a tool's schema. An invalid schema is itself a problem.
pub fn check_arguments(schema: &Value, arguments: &Value) -> Vec<ArgumentProblem> {
    match jsonschema::validator_for(schema) {
        Ok(validator) => validator
            .iter_errors(arguments)
            .map(|error| ArgumentProblem {
                pointer: error.instance_path().to_string(),
                problem: error.to_string(),
            })
            .collect(),
        Err(error) => vec![ArgumentProblem {
            pointer: String::new(),
            problem: format!("the tool's own schema is invalid: {error}"),
        }],
    }
}
