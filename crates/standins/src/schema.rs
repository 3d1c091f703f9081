//! Answers that are held to a JSON Schema.

use serde_json::{Map, Value, json};

use crate::reply::{Part, Refusal, Reply};
use crate::service::Checked;

/// The schema that a request asks for, in either vendor's form.
pub(crate) fn of(request: &Value) -> Option<&Value> {
    let paths = ["/output_config/format/schema", "/response_format/json_schema/schema"];
    paths.into_iter().find_map(|path| request.pointer(path))
}

/// Both vendors want an object that has no other fields than those it names.
pub(crate) fn check(schema: &Value) -> Checked {
    if schema["type"] == "object" && schema["additionalProperties"] == false {
        return Ok(());
    }
    Err(Refusal::invalid("schema: must be of type object, with additionalProperties false"))
}

/// The reply with each text as an object of that form, whose fields say what the text said.
pub(crate) fn hold(reply: &mut Reply, schema: &Value) {
    for part in &mut reply.parts {
        let Part::Block(block) = part else { continue };
        let Some(text) = block.whole["text"].as_str() else { continue };
        if serde_json::from_str::<Map<String, Value>>(text).is_ok() {
            continue;
        }
        let fields = schema["required"].as_array().into_iter().flatten();
        let fields = fields.filter_map(|name| Some((name.as_str()?.to_owned(), json!(text))));
        let object = Value::Object(fields.collect()).to_string();
        let held = Reply::new().text(&object).parts.pop();
        *part = held.unwrap_or_else(|| part.clone());
    }
}
