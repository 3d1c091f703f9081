use agent::Role;
use agent::message::{plain_text, read_json, text_block};
use agent::model::{ModelMessage, ModelReply, ModelRequest, ToolDefinition};
use models::ApiKey;
use models::anthropic::{
    Anthropic, AnthropicConfig, AuthStyle, CacheTtl, Effort, ServerTool, Thinking, encode,
};
use models::openai::{OpenAi, OpenAiConfig};
use serde_json::{Value, json};
use standins::anthropic::Reply;
use standins::openai::OpenAi as OpenAiStandIn;

use crate::setup::{KEY, ask, config, connection, conversation, message, run, scripted};

fn settings() -> AnthropicConfig {
    AnthropicConfig::new(ApiKey::new(KEY))
}

fn tool(name: &str) -> ToolDefinition {
    ToolDefinition {
        name: name.to_owned(),
        description: "Does it.".to_owned(),
        input_schema: json!({"type": "object", "properties": {"z": {}, "a": {}}}).into(),
    }
}

fn marked(role: Role, content: Vec<Value>) -> ModelMessage {
    ModelMessage { cache_here: true, ..message(role, content) }
}

#[test]
fn the_body_is_always_the_same() {
    let request = ModelRequest {
        tools: vec![tool("b"), tool("a")].into(),
        ..conversation(vec![marked(Role::User, vec![text_block("Hi")])])
    };
    let config = AnthropicConfig {
        thinking: Some(Thinking::Summarized),
        effort: Some(Effort::High),
        ..settings()
    };
    let schema = r#""input_schema":{"type":"object","properties":{"z":{},"a":{}}}"#;
    let wanted = [
        r#"{"model":"claude-sonnet-5-5","max_tokens":1000,"stream":true,"#,
        r#""thinking":{"type":"adaptive","display":"summarized"},"output_config":{"effort":"high"},"#,
        &format!(r#""tools":[{{"name":"b","description":"Does it.",{schema}}},"#),
        &format!(r#"{{"name":"a","description":"Does it.",{schema}}}],"#),
        r#""system":[{"type":"text","text":"You help a team.","cache_control":{"type":"ephemeral"}}],"#,
        r#""messages":[{"role":"user","content":[{"type":"text","text":"Hi","#,
        r#""cache_control":{"type":"ephemeral"}}]}]}"#,
    ];
    assert_eq!(serde_json::to_string(&encode(request, &config)).unwrap(), wanted.concat());
}

#[test]
fn what_is_absent_is_left_out() {
    let request = ModelRequest { system: "".into(), ..ask("Hi") };
    assert_eq!(
        json!(encode(request, &settings())),
        json!({"model": "claude-sonnet-5-5", "max_tokens": 1000, "stream": true,
            "messages": [{"role": "user", "content": [{"type": "text", "text": "Hi"}]}]})
    );
}

#[test]
fn each_way_of_thinking_has_its_words() {
    let cases = [
        (Thinking::Adaptive, json!({"type": "adaptive"})),
        (Thinking::BetweenTools, json!({"type": "between_tools"})),
        (Thinking::Budget(2048), json!({"type": "enabled", "budget_tokens": 2048})),
        (Thinking::Disabled, json!({"type": "disabled"})),
    ];
    for (thinking, wanted) in cases {
        let config = AnthropicConfig { thinking: Some(thinking), ..settings() };
        let request = ModelRequest { max_tokens: 4000, ..ask("Hi") };
        assert_eq!(json!(encode(request, &config))["thinking"], wanted);
    }
}

#[test]
fn a_budget_leaves_room_for_the_answer() {
    let config = AnthropicConfig { thinking: Some(Thinking::Budget(9000)), ..settings() };
    let budget = |max_tokens| {
        let body = json!(encode(ModelRequest { max_tokens, ..ask("Hi") }, &config));
        body["thinking"]["budget_tokens"].as_u64()
    };
    assert_eq!([budget(10_000), budget(2000), budget(1024)], [Some(9000), Some(1999), None]);
}

#[test]
fn the_vendors_own_tools_and_the_longer_cache_are_asked_for_by_the_settings() {
    let config = AnthropicConfig {
        server_tools: vec![ServerTool::WebSearch(5), ServerTool::WebFetch(2)],
        cache_ttl: CacheTtl::Hour,
        ..settings()
    };
    let request = ModelRequest { tools: vec![tool("a")].into(), ..ask("Hi") };
    let body = json!(encode(request, &config));
    let tools = body["tools"].as_array().unwrap();
    assert_eq!(tools[0]["name"], "a");
    assert_eq!(
        tools[1..],
        [
            json!({"type": "web_search_20260318", "name": "web_search", "max_uses": 5}),
            json!({"type": "web_fetch_20260318", "name": "web_fetch", "max_uses": 2}),
        ]
    );
    let mark = &body["system"][0]["cache_control"];
    assert_eq!(*mark, json!({"type": "ephemeral", "ttl": "1h"}));
}

#[test]
fn the_oldest_marks_are_dropped_and_thinking_has_none() {
    let thinking = json!({"type": "thinking", "thinking": "a", "signature": "b"});
    let text = text_block("Hi");
    let body = json!(encode(
        conversation(vec![
            marked(Role::User, vec![text.clone()]),
            marked(Role::Assistant, vec![text.clone(), thinking.clone()]),
            marked(Role::User, vec![text.clone(), text.clone()]),
            marked(Role::Assistant, vec![thinking]),
            marked(Role::User, vec![text]),
        ]),
        &settings(),
    ));
    let marks: Vec<Vec<bool>> = body["messages"]
        .as_array()
        .unwrap()
        .iter()
        .map(|message| message["content"].as_array().unwrap())
        .map(|blocks| blocks.iter().map(|block| block.get("cache_control").is_some()).collect())
        .collect();
    assert_eq!(marks, [vec![false], vec![true, false], vec![false, true], vec![false], vec![true]]);
}

#[test]
fn neighbours_of_one_role_stay_apart() {
    let user = |text: &str| message(Role::User, vec![text_block(text)]);
    let body = json!(encode(conversation(vec![user("a"), user("b")]), &settings()));
    assert_eq!(body["messages"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn the_headers_are_the_vendors() {
    let (server, model) = scripted([Reply::new().text("a"), Reply::new().text("b")]).await;
    run(&model, ask("Hi")).await.1.unwrap();
    let model =
        Anthropic::new(AnthropicConfig { auth: AuthStyle::XApiKey, ..config(&server) }).unwrap();
    run(&model, ask("Hi")).await.1.unwrap();

    let requests = server.requests();
    let header = |nth: usize, name: &str| {
        requests[nth].headers.get(name).map(|value| value.to_str().unwrap().to_owned())
    };
    assert_eq!(header(0, "authorization"), Some(format!("Bearer {KEY}")));
    assert_eq!(header(0, "x-api-key"), None);
    assert_eq!(header(1, "authorization"), None);
    assert_eq!(header(1, "x-api-key"), Some(KEY.to_owned()));
    assert_eq!(header(0, "anthropic-version"), Some("2026-10-21".to_owned()));
    assert_eq!(header(0, "content-type"), Some("application/json".to_owned()));
    assert_eq!(header(0, "accept"), Some("application/json".to_owned()));
}

fn named() -> ModelRequest {
    let schema = json!({"type": "object", "properties": {"title": {"type": "string"}},
        "required": ["title"], "additionalProperties": false});
    ModelRequest { schema: Some(schema.into()), ..ask("A conversation about bicycles") }
}

#[derive(serde::Deserialize)]
struct Named {
    title: String,
}

fn title(reply: &ModelReply) -> String {
    read_json::<Named>(&plain_text(&reply.content)).unwrap().title
}

#[tokio::test]
async fn an_answer_is_held_to_a_schema() {
    let (server, model) = scripted([Reply::new().text("Bicycles")]).await;

    let reply = run(&model, named()).await.1.unwrap();

    assert_eq!(title(&reply), "Bicycles");
    let body = &server.requests()[0].body;
    let wanted = json!({"type": "json_schema", "schema": *named().schema.unwrap()});
    assert_eq!(body["output_config"], json!({"format": wanted}));
}

#[tokio::test]
async fn a_server_that_refuses_a_schema_gets_it_in_words() {
    let server = OpenAiStandIn::start().await;
    server.when(
        |body| !body["response_format"].is_null() && body["model"] == "gpt-5.5",
        Reply::http_error(400, "invalid_request_error"),
    );
    server.when(|body| body["model"] == "qwen3:8b", Reply::new().text("Bicycles"));
    server.otherwise(Reply::new().text("Here it is:\n```json\n{\"title\": \"Bicycles\"}\n```"));
    for (id, asked) in [("qwen3:8b", [true, true].as_slice()), ("gpt-5.5", &[true, false, false])] {
        let connection = connection(&server.base_url());
        let config = OpenAiConfig { connection, ..OpenAiConfig::new(id, None) };
        let model = OpenAi::new(config).unwrap();
        let before = server.requests().len();

        for _ in 0..2 {
            let reply = run(&model, named()).await.1.unwrap();
            assert_eq!(title(&reply), "Bicycles");
        }

        let requests = server.requests().split_off(before);
        let held: Vec<bool> =
            requests.iter().map(|it| it.body["response_format"].is_object()).collect();
        assert_eq!(held, asked, "{id}");
        for request in requests.iter().filter(|it| it.body["response_format"].is_null()) {
            let system = request.body["messages"][0]["content"].as_str().unwrap();
            assert!(
                system.starts_with("You help a team.") && system.contains("additionalProperties")
            );
        }
    }
}
