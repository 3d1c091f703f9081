//! The description of the API.

use std::process::Command;

use serde_json::Value;

use crate::data::{Db, journeys};
use crate::world::World;

journeys! {
    the_server_gives_its_description,
}

/// What `smithers openapi` printed when it was last looked at.
const KEPT: &str = include_str!("openapi.json");

/// The id that stands in examples, which nothing has.
pub(crate) const EXAMPLE_ID: &str = "01960000-0000-7000-8000-000000000000";

pub(crate) fn document() -> Value {
    serde_json::from_str(KEPT).unwrap()
}

/// Method and path of every route that is described.
pub(crate) fn routes() -> Vec<(String, String)> {
    let document = document();
    let paths = document["paths"].as_object().unwrap();
    let of_path = |(path, methods): (&String, &Value)| {
        let methods: Vec<String> = methods.as_object().unwrap().keys().cloned().collect();
        let path = path.clone();
        methods.into_iter().map(move |method| (method, path.clone()))
    };
    paths.iter().flat_map(of_path).collect()
}

#[test]
fn the_description_is_the_one_that_was_looked_at() {
    let output = Command::new(env!("CARGO_BIN_EXE_smithers")).arg("openapi").output().unwrap();
    assert!(output.status.success());
    let printed = String::from_utf8(output.stdout).unwrap();
    assert!(
        printed == KEPT,
        "the API has changed. Look at the difference, and keep it with:\n  \
         cargo run -p smithers -- openapi > crates/smithers/tests/it/openapi.json"
    );
}

#[test]
fn every_route_of_the_contract_is_described() {
    let described: Vec<String> =
        routes().iter().map(|(method, path)| format!("{method} {path}")).collect();
    let wanted = [
        "get /api/config",
        "get /healthz",
        "get /readyz",
        "post /api/auth/setup",
        "post /api/auth/login",
        "post /api/auth/sign-in",
        "post /api/auth/logout",
        "get /api/me",
        "patch /api/me",
        "get /api/tokens",
        "post /api/tokens",
        "delete /api/tokens/{id}",
        "post /api/agent",
        "get /api/agent/{conversation}/stream",
        "post /api/agent/{conversation}/stop",
        "get /api/approvals",
        "post /api/approvals/batch",
        "get /api/approvals/{id}",
        "post /api/approvals/{id}",
        "get /api/permissions",
        "put /api/permissions",
        "get /api/admin/permissions",
        "put /api/admin/permissions",
        "get /api/decisions",
        "get /api/events",
        "get /api/usage",
        "get /api/conversations",
        "post /api/conversations",
        "get /api/conversations/{id}",
        "patch /api/conversations/{id}",
        "delete /api/conversations/{id}",
        "get /api/conversations/{id}/messages",
        "post /api/conversations/{id}/compact",
        "get /api/search",
        "get /api/memories",
        "post /api/memories",
        "get /api/memories/{id}",
        "patch /api/memories/{id}",
        "delete /api/memories/{id}",
        "post /api/memories/{id}/restore",
        "get /api/conversations/{id}/export",
        "get /api/imports",
        "post /api/imports",
        "get /api/imports/{id}",
        "post /api/files",
        "get /api/files/{id}",
        "delete /api/files/{id}",
        "get /api/tasks",
        "post /api/tasks",
        "get /api/tasks/{id}",
        "patch /api/tasks/{id}",
        "delete /api/tasks/{id}",
        "get /api/meetings",
        "post /api/meetings",
        "get /api/meetings/{id}",
        "patch /api/meetings/{id}",
        "delete /api/meetings/{id}",
    ];
    for route in wanted {
        assert!(described.iter().any(|known| known == route), "{route}");
    }
    assert_eq!(described.len(), wanted.len(), "a new route needs its journeys: {described:?}");
}

/// The example of what a route takes as its JSON body, if it takes one.
pub(crate) fn example_body(document: &Value, method: &str, path: &str) -> Option<Value> {
    let content = &document["paths"][path][method]["requestBody"]["content"];
    let schema = &content["application/json"]["schema"];
    let name = schema["$ref"].as_str()?.strip_prefix("#/components/schemas/")?;
    Some(document["components"]["schemas"][name]["example"].clone())
}

#[test]
fn every_body_and_parameter_has_an_example() {
    let document = document();
    for (method, path) in routes() {
        let body = example_body(&document, &method, &path);
        assert!(body.is_none_or(|body| body.is_object()), "body of {method} {path}");
        let operation = &document["paths"][&path][&method];
        for parameter in operation["parameters"].as_array().into_iter().flatten() {
            let has_example =
                parameter.get("example").is_some() || parameter["schema"].get("example").is_some();
            assert!(has_example, "{} of {method} {path}", parameter["name"]);
        }
    }
}

#[test]
fn every_answer_has_an_example_that_fits() {
    let document = document();
    for (method, path) in routes() {
        let responses = document["paths"][&path][&method]["responses"].as_object().unwrap();
        for (status, response) in responses.iter().filter(|(status, _)| status.starts_with('2')) {
            let Some(content) = response["content"].get("application/json") else { continue };
            let name = content["schema"]["$ref"].as_str().unwrap_or_default();
            let named = document.pointer(name.trim_start_matches('#')).unwrap();
            let example = content.get("example").or_else(|| named.get("example"));
            let example = example.unwrap_or_else(|| panic!("{method} {path} {status}: no example"));
            let mut schema = content["schema"].clone();
            schema["components"] = document["components"].clone();
            let validator = jsonschema::validator_for(&schema).unwrap();
            let problems: Vec<String> =
                validator.iter_errors(example).map(|error| error.to_string()).collect();
            assert!(problems.is_empty(), "{method} {path} {status}: {problems:?} in {example}");
        }
    }
}

async fn the_server_gives_its_description(db: Db) {
    let world = World::start(db).await;
    let answer = world.me.signed_out().get("/api/openapi.json").await;
    let served = answer.expect(200);
    assert!(served["openapi"].as_str().unwrap().starts_with("3.1"));
    assert_eq!(served, document());
}
