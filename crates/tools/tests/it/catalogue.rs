//! The catalogue is part of the cached prefix of every conversation: a change of one byte is paid
//! for by everybody once, so it is made on purpose.

use agent::tool::check_arguments;
use serde_json::{Value, json};

use crate::tasks::Desk;

#[tokio::test]
async fn the_catalogue_is_what_it_was() {
    let desk = Desk::open().await;

    let tools: Vec<_> = desk
        .tools()
        .await
        .iter()
        .map(|tool| {
            let spec = tool.spec();
            json!({
                "name": spec.name,
                "title": spec.title,
                "source": spec.source,
                "description": spec.description,
                "effect": spec.effect,
                "inputSchema": spec.input_schema,
                "schemaHash": spec.schema_hash,
            })
        })
        .collect();

    insta::assert_json_snapshot!("catalogue", tools);
}

/// Something that fits the schema of an argument.
fn sample(argument: &Value) -> Value {
    if let Some(word) = argument["enum"].get(0) {
        return word.clone();
    }
    let kind = argument["type"].as_str().or_else(|| argument["type"][0].as_str());
    match (kind.unwrap(), argument["format"].as_str()) {
        ("string", Some("date")) => json!("2026-12-03"),
        ("string", Some("date-time")) => json!("2026-12-03T14:00:00Z"),
        ("string", _) => json!("08:00"),
        ("boolean", _) => json!(true),
        ("integer", _) => argument["minimum"].clone(),
        ("array", _) => json!([sample(&argument["items"])]),
        ("object", _) => {
            let parts = argument["properties"].as_object().unwrap();
            parts.iter().map(|(name, part)| (name.clone(), sample(part))).collect()
        }
        (other, _) => panic!("no sample of {other}"),
    }
}

/// The catalogue and the code that reads arguments are apart, and must say the same.
#[tokio::test]
async fn every_argument_of_the_catalogue_is_read() {
    let desk = Desk::open().await;
    for tool in desk.tools().await {
        let (name, schema) = (&tool.spec().name, &tool.spec().input_schema);
        let arguments = schema["properties"].as_object().unwrap();
        for (argument, one) in arguments {
            let needed = arguments.iter().filter(|(name, _)| {
                schema["required"].as_array().is_some_and(|it| it.contains(&json!(name)))
            });
            let all = needed.chain([(argument, one)]);
            let call: Value = all.map(|(name, it)| (name.clone(), sample(it))).collect();
            assert_eq!(check_arguments(schema, &call), [], "{name} {argument}");
            if let Err(error) = desk.call(name, call).await {
                let error = error.to_string();
                assert!(!error.contains("do not fit"), "{name} {argument}: {error}");
            }
        }
    }
}
