//! Examples of what the API answers: each schema gets one that is put together from those of its
//! fields, so that no route repeats them.

use serde_json::{Map, Value, json};
use utoipa::openapi::schema::Schema;
use utoipa::openapi::{Components, RefOr};

/// The id that stands in examples, which nothing has.
const ID: &str = "01960000-0000-7000-8000-000000000000";

/// Gives every schema an example of its own, unless one of its fields must be filled and has none.
pub(crate) fn complete(components: &mut Components) {
    let schemas = match serde_json::to_value(&components.schemas) {
        Ok(schemas) => schemas,
        Err(error) => {
            tracing::error!(%error, "the API is described without examples");
            return;
        }
    };
    for (name, schema) in &mut components.schemas {
        match schema {
            RefOr::T(Schema::Object(object)) if !object.properties.is_empty() => {
                object.example = example_of(&schemas[name], &schemas);
            }
            RefOr::T(Schema::AllOf(all)) => all.example = example_of(&schemas[name], &schemas),
            RefOr::T(_) | RefOr::Ref(_) => {}
        }
    }
}

/// What fits a schema: its own example, or one of its parts'. A field that may be left out is shown
/// only if it has an example.
fn example_of(schema: &Value, schemas: &Value) -> Option<Value> {
    if let Some(own) = schema.get("example").or_else(|| schema["enum"].get(0)) {
        return Some(own.clone());
    }
    if let Some(name) = schema["$ref"].as_str().and_then(|path| path.rsplit('/').next()) {
        return example_of(&schemas[name], schemas);
    }
    if let Some(parts) = schema["allOf"].as_array() {
        let parts = parts.iter().map(|part| example_of(part, schemas)?.as_object().cloned());
        let whole: Option<Vec<Map<String, Value>>> = parts.collect();
        return Some(whole?.into_iter().flatten().collect());
    }
    match schema["type"].as_str() {
        Some("object") => {
            let fields = schema["properties"].as_object()?;
            let is_required = |name: &str| {
                schema["required"].as_array().is_some_and(|it| it.contains(&name.into()))
            };
            let shown = fields.iter().filter(|(name, field)| {
                is_required(name.as_str()) || field.get("example").is_some()
            });
            let filled =
                shown.map(|(name, field)| Some((name.clone(), example_of(field, schemas)?)));
            filled.collect::<Option<Map<String, Value>>>().map(Value::Object)
        }
        Some("array") => Some(json!([example_of(&schema["items"], schemas)?])),
        Some("boolean") => Some(json!(false)),
        Some("string") => match schema["format"].as_str() {
            Some("uuid") => Some(json!(ID)),
            Some("date-time") => Some(json!("2026-11-25T13:00:00Z")),
            _ => None,
        },
        Some(_) => None,
        // It may be null.
        None => Some(Value::Null),
    }
}
