//! What the built-in tools share. What a model reads of each stands in `catalogue.json`, word for
//! word; a desk carries its calls out.

use std::str::FromStr;
use std::sync::Arc;

use agent::digest::NotCanonical;
use agent::tool::{
    ArgumentProblem, BoxFuture, Effect, Tool, ToolCall, ToolError, ToolOutput, ToolSpec,
    check_arguments,
};
use jiff::tz::TimeZone;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use store::{FieldError, PageRequest, StoreError, Ts};

const CATALOGUE: &str = include_str!("catalogue.json");

/// What the catalogue says of a tool.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Declaration {
    name: String,
    title: String,
    description: String,
    effect: Effect,
    input_schema: Value,
}

/// The handle of one kind of rows, and what its tools do with them.
pub(crate) trait Desk: Clone + Send + Sync + 'static {
    /// What one of the tools does.
    type Action: Copy + Send + Sync + 'static;

    /// Refuses what the schema cannot say, and what is wrong whoever calls.
    fn check(&self, _action: Self::Action, _arguments: &Value) -> Result<()> {
        Ok(())
    }

    /// What a call would do, in words for the person who is asked.
    fn describe(
        &self,
        action: Self::Action,
        call: &ToolCall,
    ) -> impl Future<Output = String> + Send;

    /// Carries out a call.
    fn call(
        &self,
        action: Self::Action,
        call: &ToolCall,
    ) -> impl Future<Output = Result<ToolOutput>> + Send;
}

/// The tools of a desk, by their names in the catalogue.
pub(crate) fn tools<D: Desk>(
    desk: &D,
    actions: &[(&str, D::Action)],
) -> Result<Vec<Arc<dyn Tool>>, NotCanonical> {
    let catalogue: Vec<Declaration> = serde_json::from_str(CATALOGUE)?;
    let mut tools: Vec<Arc<dyn Tool>> = Vec::new();
    for Declaration { name, title, description, effect, input_schema } in catalogue {
        if let Some((_, action)) = actions.iter().find(|(known, _)| *known == name) {
            let spec = ToolSpec::new(&name, &title, &description, input_schema, effect)?;
            tools.push(Arc::new(DeskTool { spec, action: *action, desk: desk.clone() }));
        }
    }
    Ok(tools)
}

struct DeskTool<D: Desk> {
    spec: ToolSpec,
    action: D::Action,
    desk: D,
}

impl<D: Desk> Tool for DeskTool<D> {
    fn spec(&self) -> &ToolSpec {
        &self.spec
    }

    fn check(&self, arguments: &Value) -> Vec<ArgumentProblem> {
        let problems = check_arguments(&self.spec.input_schema, arguments);
        if !problems.is_empty() {
            return problems;
        }
        self.desk.check(self.action, arguments).err().map(Vec::from).unwrap_or_default()
    }

    fn summary<'a>(&'a self, call: &'a ToolCall) -> BoxFuture<'a, String> {
        Box::pin(self.desk.describe(self.action, call))
    }

    fn call(&self, call: ToolCall) -> BoxFuture<'_, Result<ToolOutput, ToolError>> {
        Box::pin(async move { Ok(self.desk.call(self.action, &call).await?) })
    }
}

/// Why a call is not carried out.
#[derive(Debug)]
pub(crate) enum Refusal {
    /// The arguments are not what the tool reads.
    Unreadable(serde_json::Error),
    /// Fields are wrong.
    Fields(Vec<FieldError>),
    /// There is nothing of this kind with this id, as far as the person can see.
    Missing { kind: Kind, id: String },
    /// Something else that the model can do something about.
    Told(String),
    /// The database failed, which may have committed.
    Store(StoreError),
}

/// What a desk is about: one such thing, and all of them.
pub(crate) type Kind = (&'static str, &'static str);

pub(crate) type Result<T, E = Refusal> = std::result::Result<T, E>;

impl From<serde_json::Error> for Refusal {
    fn from(error: serde_json::Error) -> Self {
        Self::Unreadable(error)
    }
}

impl From<Vec<FieldError>> for Refusal {
    fn from(problems: Vec<FieldError>) -> Self {
        Self::Fields(problems)
    }
}

impl From<StoreError> for Refusal {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<Refusal> for ToolError {
    fn from(refusal: Refusal) -> Self {
        Self::TellModel(match refusal {
            Refusal::Unreadable(error) => format!("The arguments do not fit: {error}"),
            Refusal::Fields(problems) => {
                let list: Vec<String> = problems
                    .into_iter()
                    .map(|(field, problem)| format!("{field}: {problem}"))
                    .collect();
                format!("Nothing was changed. {}", list.join("; "))
            }
            Refusal::Missing { kind: (one, all), id } => {
                format!("There is no {one} with the id {id}. List {all} for their ids.")
            }
            Refusal::Told(text) => text,
            Refusal::Store(error @ StoreError::UnknownCursor) => error.to_string(),
            Refusal::Store(error) => {
                return Self::Uncertain(format!("the database failed: {error}"));
            }
        })
    }
}

impl From<Refusal> for Vec<ArgumentProblem> {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Fields(problems) => {
                let at_field =
                    |(field, problem)| ArgumentProblem { pointer: format!("/{field}"), problem };
                problems.into_iter().map(at_field).collect()
            }
            Refusal::Unreadable(error) => {
                vec![ArgumentProblem { pointer: String::new(), problem: error.to_string() }]
            }
            other => {
                let problem = ToolError::from(other).to_string();
                vec![ArgumentProblem { pointer: String::new(), problem }]
            }
        }
    }
}

/// Arguments as what they stand for; the id of a row is none of its fields.
pub(crate) fn read<T: DeserializeOwned>(arguments: &Value) -> Result<T> {
    let mut fields = arguments.clone();
    if let Some(fields) = fields.as_object_mut() {
        fields.shift_remove("id");
    }
    Ok(serde_json::from_value(fields)?)
}

/// The row that a call is about.
pub(crate) fn id<T: FromStr>(call: &ToolCall, kind: Kind) -> Result<T> {
    let id = call.arguments["id"].as_str().unwrap_or_default();
    id.parse().map_err(|_malformed| missing(call, kind))
}

/// That there is no such row.
pub(crate) fn missing(call: &ToolCall, kind: Kind) -> Refusal {
    Refusal::Missing { kind, id: call.arguments["id"].as_str().unwrap_or_default().to_owned() }
}

/// A page of at most 50 items.
pub(crate) fn page(cursor: Option<String>) -> PageRequest {
    PageRequest { limit: 50, cursor }
}

/// A result as the model reads it. `from_outside` says that somebody else may have written it.
pub(crate) fn output(result: &impl Serialize, from_outside: bool) -> Result<ToolOutput> {
    Ok(ToolOutput { value: serde_json::to_value(result)?, from_outside })
}

/// The moment of a call.
pub(crate) fn now(call: &ToolCall) -> Ts {
    Ts(call.now_micros)
}

/// The zone of the person whose call it is.
pub(crate) fn zone(call: &ToolCall) -> TimeZone {
    TimeZone::get(&call.timezone).unwrap_or(TimeZone::UTC)
}
