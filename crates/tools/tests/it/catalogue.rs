//! The catalogue is part of the cached prefix of every conversation: a change of one byte is paid
//! for by everybody once, so it is made on purpose.

use serde_json::json;

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
