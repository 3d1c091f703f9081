//! What the built-in tools share: declaring themselves, reading arguments, and saying what is wrong.

use agent::digest::NotCanonical;
use agent::tool::{ArgumentProblem, Effect, ToolCall, ToolError, ToolSpec};
use jiff::tz::TimeZone;
use schemars::{JsonSchema, schema_for};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use store::{FieldError, StoreError};

/// The source of what was made here.
pub(crate) const LOCAL: &str = "local";

/// The most items of one list.
pub(crate) const LIST_LIMIT: u32 = 50;

/// The declaration of a tool whose arguments are a `T`.
pub(crate) fn spec<T: JsonSchema>(
    name: &str,
    title: &str,
    description: &str,
    effect: Effect,
) -> Result<ToolSpec, NotCanonical> {
    let mut schema = schema_for!(T).to_value();
    if let Some(fields) = schema.as_object_mut() {
        // Neither tells the model anything, and both would be paid for in every request.
        fields.remove("$schema");
        fields.remove("title");
    }
    ToolSpec::new(name, title, description, schema, effect)
}

/// The arguments of a call.
pub(crate) fn read<T: DeserializeOwned>(call: &ToolCall) -> Result<T, ToolError> {
    serde_json::from_value(call.arguments.clone())
        .map_err(|error| ToolError::TellModel(format!("The arguments do not fit: {error}")))
}

/// Arguments that are only looked at.
pub(crate) fn parse<T: DeserializeOwned>(arguments: &Value) -> Result<T, Vec<ArgumentProblem>> {
    T::deserialize(arguments).map_err(|error| {
        vec![ArgumentProblem { pointer: String::new(), problem: error.to_string() }]
    })
}

/// A result as the model reads it.
pub(crate) fn written(result: &impl Serialize) -> Result<Value, ToolError> {
    serde_json::to_value(result).map_err(|error| ToolError::Fatal(error.to_string()))
}

/// Wrong fields by their place in the arguments.
pub(crate) fn pointed(problems: Vec<FieldError>) -> Vec<ArgumentProblem> {
    let at_field = |(field, problem)| ArgumentProblem { pointer: format!("/{field}"), problem };
    problems.into_iter().map(at_field).collect()
}

/// Wrong fields, for the model.
pub(crate) fn refused(problems: Vec<FieldError>) -> ToolError {
    let list: Vec<String> =
        problems.into_iter().map(|(field, problem)| format!("{field}: {problem}")).collect();
    ToolError::TellModel(format!("Nothing was changed. {}", list.join("; ")))
}

/// A database that failed may have committed.
pub(crate) fn broke(error: StoreError) -> ToolError {
    match error {
        StoreError::UnknownCursor => ToolError::TellModel(error.to_string()),
        error => ToolError::Uncertain(format!("the database failed: {error}")),
    }
}

/// There is nothing of this kind with this id, as far as the person can see.
pub(crate) fn missing(kind: &str, id: &str) -> ToolError {
    ToolError::TellModel(format!(
        "There is no {kind} with the id {id}. List the {kind}s for their ids."
    ))
}

/// The zone of the person whose call it is.
pub(crate) fn zone(call: &ToolCall) -> TimeZone {
    TimeZone::get(&call.timezone).unwrap_or(TimeZone::UTC)
}
