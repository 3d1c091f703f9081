use agent::Role;
use agent::model::{BlockKind, ModelErrorKind, ModelEvent, ModelReply, StopReason, Usage};
use models::openai::{OpenAi, OpenAiConfig};
use models::{ApiKey, ConfigError, Connection};
use serde_json::{Value, json};
use standins::Reply;
use standins::openai::OpenAi as StandIn;

use crate::setup::{KEY, ask, connection, conversation, message, run};

fn config(server: &StandIn) -> OpenAiConfig {
    OpenAiConfig {
        connection: connection(&server.base_url()),
        ..OpenAiConfig::new("qwen3:8b", None)
    }
}

/// A stand-in that gives these replies, and a client of it.
async fn scripted(replies: impl IntoIterator<Item = Reply>) -> (StandIn, OpenAi) {
    let server = StandIn::start().await;
    server.script(replies);
    let model = OpenAi::new(config(&server)).unwrap();
    (server, model)
}

async fn answer(reply: Reply) -> ModelReply {
    let (_server, model) = scripted([reply]).await;
    run(&model, ask("Hello")).await.1.unwrap()
}

/// The answer to chunks as a server sent them.
async fn heard(chunks: impl IntoIterator<Item = Value>) -> ModelReply {
    let bare = Reply::new().bare();
    answer(chunks.into_iter().fold(bare, |reply, chunk| reply.event("", chunk))).await
}

fn delta(delta: Value) -> Value {
    let mut chunk = json!({"choices": [{"index": 0, "finish_reason": null}]});
    chunk["choices"][0]["delta"] = delta;
    chunk
}

fn finish(reason: &str) -> Value {
    json!({"choices": [{"index": 0, "delta": {}, "finish_reason": reason}]})
}

#[tokio::test]
async fn reasoning_text_and_parallel_calls_come_in_order() {
    let (server, model) = scripted([Reply::new()
        .thinking("Both are needed.", "")
        .text("Two things.")
        .tool_with_id("call_a", "tasks__create", json!({"title": "Prüfe „alles“"}))
        .tool_with_id("call_b", "tasks__list", json!({}))])
    .await;
    let (events, end) = run(&model, ask("Do both")).await;
    let starts: Vec<_> = events
        .iter()
        .filter_map(|event| match event {
            ModelEvent::BlockStart { index, kind } => Some((*index, kind.clone())),
            _ => None,
        })
        .collect();
    let tool = |id: &str, name: &str| BlockKind::ToolInput { id: id.into(), name: name.into() };
    assert_eq!(
        starts,
        [
            (0, BlockKind::Reasoning),
            (1, BlockKind::Text),
            (2, tool("call_a", "tasks__create")),
            (3, tool("call_b", "tasks__list")),
        ]
    );
    let ends = events.iter().filter(|event| matches!(event, ModelEvent::BlockEnd { .. }));
    assert_eq!(ends.count(), 4);
    let reply = end.unwrap();
    assert_eq!(
        reply.content,
        [
            json!({"type": "thinking", "thinking": "Both are needed.", "field": "reasoning_content"}),
            json!({"type": "text", "text": "Two things."}),
            json!({"type": "tool_use", "id": "call_a", "name": "tasks__create",
                "input": {"title": "Prüfe „alles“"}}),
            json!({"type": "tool_use", "id": "call_b", "name": "tasks__list", "input": {}}),
        ]
    );
    assert_eq!((reply.stop, reply.model.as_str()), (StopReason::ToolUse, "qwen3:8b"));
    assert!(reply.request_id.unwrap().starts_with("req_"));
    assert!(reply.usage.input_tokens > 10 && reply.usage.output_tokens > 10);
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn blocks_become_chat_messages() {
    let (server, model) = scripted([Reply::new().text("Done.")]).await;
    let image = |kind: &str| json!({"type": "image", "source": {"type": "base64", "media_type": kind, "data": "AAAA"}});
    let pdf = json!({"type": "document", "title": "a.pdf",
        "source": {"type": "base64", "media_type": "application/pdf", "data": "JVBE"}});
    let notes = json!({"type": "document", "title": "notes.txt",
        "source": {"type": "text", "media_type": "text/plain", "data": "Buy milk"}});
    let text = |text: &str| json!({"type": "text", "text": text});
    let call = |id: &str| json!({"type": "tool_use", "id": id, "name": "list", "input": {"n": 1}});
    run(
        &model,
        conversation(vec![
            message(Role::User, vec![text("Look"), image("image/png"), pdf, notes]),
            message(
                Role::Assistant,
                vec![
                    json!({"type": "thinking", "thinking": "Hm", "field": "reasoning_content"}),
                    json!({"type": "thinking", "thinking": "No", "signature": "another vendor's"}),
                    text("I see."),
                    call("a"),
                    call("b"),
                ],
            ),
            message(
                Role::User,
                vec![
                    json!({"type": "tool_result", "tool_use_id": "a", "content": "one"}),
                    json!({"type": "tool_result", "tool_use_id": "b",
                        "content": [text("two"), image("image/gif")]}),
                    text("It is Monday."),
                ],
            ),
        ]),
    )
    .await
    .1
    .unwrap();
    let body = &server.requests()[0].body;
    let call = |id: &str| {
        let function = json!({"name": "list", "arguments": "{\"n\":1}"});
        json!({"id": id, "type": "function", "function": function})
    };
    let url = |kind: &str| json!({"type": "image_url", "image_url": {"url": format!("data:{kind};base64,AAAA")}});
    assert_eq!(
        body["messages"],
        json!([
            {"role": "system", "content": "You help a team."},
            {"role": "user", "content": [
                {"type": "text", "text": "Look"},
                url("image/png"),
                {"type": "file", "file": {"filename": "a.pdf",
                    "file_data": "data:application/pdf;base64,JVBE"}},
                {"type": "text", "text": "notes.txt:\n\nBuy milk"},
            ]},
            {"role": "assistant", "content": "I see.", "reasoning_content": "Hm",
                "tool_calls": [call("a"), call("b")]},
            {"role": "tool", "tool_call_id": "a", "content": "one"},
            {"role": "tool", "tool_call_id": "b", "content": "two"},
            {"role": "user", "content": [
                url("image/gif"),
                {"type": "text", "text": "It is Monday."},
            ]},
        ])
    );
    assert_eq!(body["max_tokens"], 1000);
    assert_eq!(body["stream_options"], json!({"include_usage": true}));
    assert!(body.get("temperature").is_none());
}

#[test]
fn the_vendor_itself_has_another_word_for_the_limit() {
    let body = models::openai::encode(&ask("Hi"), "gpt-5.5", true);
    assert_eq!((&body["max_completion_tokens"], &body["max_tokens"]), (&json!(1000), &Value::Null));
}

#[tokio::test]
async fn the_key_is_sent_if_there_is_one() {
    let (server, model) = scripted([Reply::new().text("a"), Reply::new().text("b")]).await;
    run(&model, ask("Hi")).await.1.unwrap();
    let with_key = OpenAiConfig { key: Some(ApiKey::new(KEY)), ..config(&server) };
    run(&OpenAi::new(with_key).unwrap(), ask("Hi")).await.1.unwrap();
    let sent = |nth: usize| server.requests()[nth].headers.get("authorization").cloned();
    assert_eq!(sent(0), None);
    assert_eq!(sent(1).unwrap().to_str().unwrap(), format!("Bearer {KEY}"));
}

#[tokio::test]
async fn what_servers_leave_out_is_done_without() {
    // No role, id, model, usage, `[DONE]`.
    let reply = heard([delta(json!({"content": "Hi"})), finish("stop")]).await;
    assert_eq!(reply.content, [json!({"type": "text", "text": "Hi"})]);
    assert_eq!((reply.stop, reply.model.as_str()), (StopReason::EndTurn, "qwen3:8b"));
    assert!(reply.usage.input_tokens > 10, "an estimate: {:?}", reply.usage);

    // No finish_reason, but `[DONE]`.
    let done = Reply::new().bare().event("", delta(json!({"content": "Hi"})));
    assert_eq!(answer(done.bytes("data: [DONE]\n\n")).await.stop, StopReason::EndTurn);

    // Neither.
    let (_server, model) = scripted([Reply::new().text("Hello").truncate_after(2)]).await;
    let error = run(&model, ask("Hello")).await.1.unwrap_err();
    assert_eq!(error.kind, ModelErrorKind::Truncated);
    assert!(error.started && error.usage.input_tokens > 10);
}

#[tokio::test]
async fn content_may_be_a_list_of_parts() {
    let parts = json!([{"type": "text", "text": "Hel"}, {"type": "other"}, {"text": "lo"}]);
    let reply = heard([delta(json!({"content": parts})), finish("stop")]).await;
    assert_eq!(reply.content, [json!({"type": "text", "text": "Hello"})]);
}

/// The calls of an answer: name and arguments. Their ids must differ.
fn calls(reply: &ModelReply) -> Vec<(String, Value)> {
    let calls: Vec<_> = reply.content.iter().filter(|block| block["type"] == "tool_use").collect();
    let mut ids: Vec<_> = calls.iter().map(|call| call["id"].as_str().unwrap()).collect();
    assert!(ids.iter().all(|id| !id.is_empty()));
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), calls.len());
    assert_eq!(reply.stop, StopReason::ToolUse);
    calls
        .iter()
        .map(|call| (call["name"].as_str().unwrap().to_owned(), call["input"].clone()))
        .collect()
}

/// A piece of a call as a server sends it: index, id, name and arguments.
type Piece<'a> = (Option<u32>, Option<&'a str>, Option<&'a str>, &'a str);

fn piece(&(index, id, name, arguments): &Piece<'_>) -> Value {
    let function = json!({"name": name, "arguments": arguments});
    json!({"index": index, "id": id, "type": "function", "function": function})
}

#[tokio::test]
async fn every_servers_way_to_send_calls_is_understood() {
    let (add, list) = (Some("add"), Some("list"));
    let (one, two) = (r#"{"n":1}"#, r#"{"n":2}"#);
    let wanted = [("add".to_owned(), json!({"n": 1})), ("list".to_owned(), json!({"n": 2}))];
    let ways: [(&str, &[Piece<'_>]); 6] = [
        (
            "pieces by index, mixed",
            &[
                (Some(0), Some("a"), add, ""),
                (Some(1), Some("b"), list, r#"{"n":"#),
                (Some(0), None, None, one),
                (Some(1), None, None, "2}"),
            ],
        ),
        ("whole calls", &[(Some(0), Some("a"), add, one), (Some(1), Some("b"), list, two)]),
        (
            "Ollama: one index, ids differ",
            &[(Some(0), Some("a"), add, one), (Some(0), Some("b"), list, two)],
        ),
        ("empty ids", &[(Some(0), Some(""), add, one), (Some(1), Some(""), list, two)]),
        (
            "id and name in every piece",
            &[
                (Some(0), Some("a"), add, r#"{"n""#),
                (Some(0), Some("a"), add, ":1}"),
                (Some(1), Some("b"), list, two),
            ],
        ),
        (
            "name in every piece, no id",
            &[
                (Some(0), None, add, r#"{"n""#),
                (Some(0), Some(""), add, ":1}"),
                (Some(0), None, list, two),
            ],
        ),
    ];
    let mut ways = ways.map(|(way, pieces)| (way, pieces.iter().map(piece).collect())).to_vec();
    let object = |name: &str, n: u8| json!({"function": {"name": name, "arguments": {"n": n}}});
    ways.push(("only name and object", vec![object("add", 1), object("list", 2)]));
    for (way, pieces) in ways {
        let chunks = pieces.iter().map(|piece| delta(json!({"tool_calls": [piece]})));
        for reason in ["tool_calls", "stop"] {
            let reply = heard(chunks.clone().chain([finish(reason)])).await;
            assert_eq!(calls(&reply), wanted, "{way}");
        }
        let at_once = delta(json!({"tool_calls": pieces}));
        let reply = heard([at_once, finish("tool_calls")]).await;
        assert_eq!(calls(&reply), wanted, "{way}, in one chunk");
    }
    let same = [one, two].map(|arguments| piece(&(None, None, add, arguments)));
    let reply = heard([delta(json!({"tool_calls": same})), finish("stop")]).await;
    assert_eq!(calls(&reply).len(), 2, "the same tool twice");
}

#[tokio::test]
async fn arguments_that_are_no_json_object_are_told_apart() {
    let (_server, model) =
        scripted([Reply::new().broken_tool("a", "add", r#"{"title": "Bu"#).stop("length")]).await;
    let reply = run(&model, ask("Hello")).await.1.unwrap();
    assert_eq!((reply.stop, reply.invalid_calls), (StopReason::MaxTokens, vec!["a".to_owned()]));
    assert_eq!(reply.content[0]["input"], json!({}));
}

#[tokio::test]
async fn reasoning_keeps_the_name_it_came_under() {
    for field in ["reasoning", "reasoning_content"] {
        let chunks = [delta(json!({field: "Hm"})), delta(json!({field: "…"})), finish("stop")];
        let reply = heard(chunks).await;
        let wanted = json!({"type": "thinking", "thinking": "Hm…", "field": field});
        assert_eq!(reply.content, [wanted]);
    }
    let both = json!({"reasoning": "Hm", "reasoning_content": "Hm"});
    let reply = heard([delta(both), finish("stop")]).await;
    assert_eq!(reply.content[0]["thinking"], "Hm");
}

#[tokio::test]
async fn usage_is_read_wherever_servers_put_it() {
    let with = |usage: Value| {
        heard([
            delta(json!({"content": "Hi"})),
            finish("stop"),
            json!({"choices": [], "usage": usage}),
        ])
    };
    let cached =
        Usage { input_tokens: 60, cache_read_tokens: 40, output_tokens: 5, ..Usage::default() };
    let counts = json!({"prompt_tokens": 100, "completion_tokens": 5});
    for (name, details) in [
        ("prompt_tokens_details", json!({"cached_tokens": 40})),
        ("prompt_cache_hit_tokens", json!(40)),
    ] {
        let mut usage = counts.clone();
        usage[name] = details;
        assert_eq!(with(usage).await.usage, cached, "{name}");
    }
    let mut usage = counts.clone();
    usage["prompt_tokens_details"] = json!({"cached_tokens": 70, "cache_write_tokens": 90});
    let wanted = Usage {
        cache_read_tokens: 70,
        cache_write_tokens: 30,
        output_tokens: 5,
        ..Usage::default()
    };
    assert_eq!(with(usage).await.usage, wanted, "no more than the whole prompt");

    // vLLM can count in every chunk.
    let mut first = delta(json!({"content": "Hi"}));
    first["usage"] = counts;
    let reply = heard([first, finish("stop")]).await;
    assert_eq!(reply.usage, Usage { input_tokens: 100, output_tokens: 5, ..Usage::default() });
}

#[tokio::test]
async fn every_finish_reason_has_its_word() {
    let cases = [
        ("stop", StopReason::EndTurn),
        ("length", StopReason::MaxTokens),
        ("content_filter", StopReason::Refusal),
        ("moon_phase", StopReason::Other("moon_phase".to_owned())),
    ];
    for (word, reason) in cases {
        assert_eq!(answer(Reply::new().text("…").stop(word)).await.stop, reason);
    }
    let refused = heard([delta(json!({"refusal": "I cannot."})), finish("stop")]).await;
    assert_eq!((refused.stop, refused.content.len()), (StopReason::Refusal, 1));
}

#[tokio::test]
async fn errors_are_told_by_their_codes() {
    use ModelErrorKind as Kind;
    let too_long = "This model's maximum context length is 4096 tokens.";
    let cases = [
        (json!({"type": "server_error", "code": null}), Kind::Server),
        (json!({"code": 429}), Kind::RateLimited),
        (
            json!({"code": "context_length_exceeded", "type": "invalid_request_error"}),
            Kind::TooLong,
        ),
        (json!({"code": 400, "type": "exceed_context_size_error"}), Kind::TooLong),
        (json!({"message": too_long, "type": "BadRequestError", "code": 400}), Kind::TooLong),
        (json!({"type": "insufficient_quota", "code": "insufficient_quota"}), Kind::SpendLimit),
        (json!({"type": "NotFoundError", "code": 404}), Kind::UnknownModel),
        (json!("it broke"), Kind::Server),
    ];
    for (error, kind) in cases {
        let hi = Reply::new().bare().event("", delta(json!({"content": "Hi"})));
        let (_server, model) = scripted([hi.event("", json!({"error": error}))]).await;
        let told = run(&model, ask("Hello")).await.1.unwrap_err();
        assert_eq!(told.kind, kind, "{error}");
        assert!(told.started && told.usage.input_tokens > 0);
    }
}

#[tokio::test]
async fn refusals_are_tried_again_only_where_that_helps() {
    use ModelErrorKind as Kind;
    for (status, word, code, tries, kind) in [
        (503, "unavailable_error", "", 3, Kind::Overloaded),
        (500, "server_error", "", 3, Kind::Server),
        (429, "rate_limit_exceeded", "", 3, Kind::RateLimited),
        (429, "tokens", "insufficient_quota", 1, Kind::SpendLimit),
        (401, "x", "invalid_api_key", 1, Kind::Unauthorized),
        (404, "x", "model_not_found", 1, Kind::UnknownModel),
        (400, "x", "context_length_exceeded", 1, Kind::TooLong),
    ] {
        let reply = Reply::http_error(status, word).error_code(code);
        let (server, model) = scripted(std::iter::repeat_n(reply, 3)).await;
        let error = run(&model, ask("Hello")).await.1.unwrap_err();
        assert_eq!((server.requests().len(), error.kind), (tries, kind));
        assert!(error.request_id.unwrap().starts_with("req_"));
    }
}

#[tokio::test]
async fn what_is_not_the_protocol_is_refused() {
    let cases = [
        json!([1]),
        json!({"choices": {}}),
        delta(json!({"content": 7})),
        delta(json!({"content": [{"type": "text"}]})),
        delta(json!({"reasoning": {}})),
        delta(json!({"tool_calls": "list"})),
        delta(json!({"tool_calls": [{"index": 3, "function": {"arguments": "{}"}}]})),
    ];
    for chunk in cases {
        let (_server, model) = scripted([Reply::new().bare().event("", chunk.clone())]).await;
        let error = run(&model, ask("Hello")).await.1.unwrap_err();
        assert_eq!(error.kind, ModelErrorKind::Protocol, "{chunk}");
    }
}

#[test]
fn impossible_settings_are_refused() {
    let with = |url: &str, key: Option<&str>| {
        let connection = Connection::to(url);
        OpenAi::new(OpenAiConfig { connection, ..OpenAiConfig::new("m", key.map(ApiKey::new)) })
            .err()
    };
    assert!(matches!(with("http://localhost/v1", Some("a\nb")), Some(ConfigError::Key)));
    assert!(matches!(with("localhost:11434/v1", None), Some(ConfigError::Host)));
    assert!(with("http://localhost:11434/v1/", None).is_none());
}
