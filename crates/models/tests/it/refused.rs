use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::time::Duration;

use agent::model::{ModelError, ModelErrorKind};
use models::anthropic::{Anthropic, AnthropicConfig};
use models::{ApiKey, ConfigError, Connection, RetryPolicy};
use standins::anthropic::{Anthropic as StandIn, Reply};

use crate::setup::{KEY, ask, config, connection, failure, run, scripted};

/// The error after as many of these replies as the client wants, and how many that were.
async fn refused(reply: Reply) -> (usize, ModelError) {
    let (server, model) = scripted(std::iter::repeat_n(reply, 3)).await;
    let (events, end) = run(&model, ask("Hello")).await;
    assert!(events.is_empty());
    (server.requests().len(), end.unwrap_err())
}

#[tokio::test]
async fn passing_failures_are_tried_again_and_then_told() {
    let cases = [
        (529, "overloaded_error", ModelErrorKind::Overloaded),
        (429, "rate_limit_error", ModelErrorKind::RateLimited),
        (500, "api_error", ModelErrorKind::Server),
        (504, "timeout_error", ModelErrorKind::Timeout),
        (409, "conflict_error", ModelErrorKind::Server),
        (503, "something_else", ModelErrorKind::Server),
    ];
    for (status, word, kind) in cases {
        let (tries, error) = refused(Reply::http_error(status, word)).await;
        assert_eq!((tries, error.kind), (3, kind), "{word}");
        assert!(!error.started);
        assert!(error.request_id.unwrap().starts_with("req_"));
        assert!(error.message.contains(word), "{}", error.message);
    }
}

#[tokio::test]
async fn lasting_failures_are_told_at_once() {
    let cases = [
        (400, "invalid_request_error", ModelErrorKind::InvalidRequest),
        (401, "authentication_error", ModelErrorKind::Unauthorized),
        (402, "billing_error", ModelErrorKind::SpendLimit),
        (403, "permission_error", ModelErrorKind::Unauthorized),
        (404, "not_found_error", ModelErrorKind::UnknownModel),
        (413, "request_too_large", ModelErrorKind::TooLong),
        (418, "something_else", ModelErrorKind::InvalidRequest),
    ];
    for (status, word, kind) in cases {
        let (tries, error) = refused(Reply::http_error(status, word)).await;
        assert_eq!((tries, error.kind), (1, kind), "{word}");
    }
}

#[tokio::test]
async fn a_prompt_that_is_too_long_is_known_by_its_sentence() {
    for sentence in [
        "prompt is too long: 208310 tokens > 200000 maximum",
        "input length and `max_tokens` exceed context limit: 197202 + 21333 > 200000",
    ] {
        let reply = Reply::http_error(400, "invalid_request_error").message(sentence);
        assert_eq!(refused(reply).await.1.kind, ModelErrorKind::TooLong, "{sentence}");
    }
}

#[tokio::test]
async fn a_spending_limit_is_never_tried_again() {
    for code in ["contract_spend_limit_reached", "enforced_spend_limit_reached"] {
        let reply = Reply::http_error(429, "rate_limit_error")
            .error_code(code)
            .header("x-should-retry", "true")
            .header("retry-after", "1");
        let (tries, error) = refused(reply).await;
        assert_eq!((tries, error.kind), (1, ModelErrorKind::SpendLimit), "{code}");
    }
}

#[tokio::test]
async fn the_vendor_may_overrule_the_status() {
    let (tries, _) =
        refused(Reply::http_error(500, "api_error").header("x-should-retry", "false")).await;
    assert_eq!(tries, 1);
    let (tries, _) =
        refused(Reply::http_error(400, "invalid_request_error").header("x-should-retry", "true"))
            .await;
    assert_eq!(tries, 3);
}

#[tokio::test]
async fn the_wait_that_the_vendor_names_is_kept() {
    let (server, _) = scripted([
        Reply::http_error(429, "rate_limit_error").header("retry-after-ms", "1"),
        Reply::new().text("Now."),
    ])
    .await;
    // Our own wait would outlast the test.
    let retry = RetryPolicy {
        base_delay: Duration::from_hours(1),
        max_delay: Duration::from_hours(1),
        ..RetryPolicy::default()
    };
    let connection = Connection { retry, ..connection(server.url()) };
    let model = Anthropic::new(AnthropicConfig { connection, ..config(&server) }).unwrap();
    run(&model, ask("Hello")).await.1.unwrap();
    assert_eq!(server.requests().len(), 2);
}

#[tokio::test]
async fn a_wait_of_more_than_a_minute_is_told_instead() {
    let date = "Sun, 22 Nov 2026 10:00:00 GMT";
    let later = "Sun, 22 Nov 2026 10:01:30 GMT";
    for after in ["90", later] {
        let (tries, error) = refused(
            Reply::http_error(429, "rate_limit_error")
                .header("retry-after", after)
                .header("date", date),
        )
        .await;
        assert_eq!(tries, 1);
        assert_eq!(error.retry_after, Some(Duration::from_secs(90)));
    }
}

#[tokio::test]
async fn a_wrong_key_is_told_and_never_repeated() {
    let (server, model) = scripted([Reply::new().text("no")]).await;
    server.require_key("another");
    let error = run(&model, ask("Hello")).await.1.unwrap_err();
    assert_eq!(error.kind, ModelErrorKind::Unauthorized);
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn no_error_gives_the_key_away() {
    let echo = format!("the key {KEY} is not known {}", "x".repeat(2000));
    let (_, error) = refused(Reply::http_error(401, "authentication_error").message(&echo)).await;
    assert!(!format!("{error:?}{error}").contains(KEY));
    assert!(error.message.len() <= 1000);
    let server = StandIn::start().await;
    assert!(!format!("{:?}", config(&server)).contains(KEY));
}

#[tokio::test]
async fn an_id_with_the_key_in_it_is_shown_without() {
    let echo = |reply: Reply| reply.header("request-id", KEY);
    let (_, refused) = refused(echo(Reply::http_error(401, "authentication_error"))).await;
    let (_, broken) = failure(echo(Reply::new().text("Half")).truncate_after(3)).await;
    for error in [refused, broken] {
        assert!(!format!("{error:?}{}", error.advice()).contains(KEY), "{error:?}");
        assert_eq!(error.request_id.as_deref(), Some("[key]"));
    }
}

#[tokio::test]
async fn the_id_of_a_request_is_told_if_it_is_one() {
    let (_, error) = refused(Reply::http_error(401, "authentication_error")).await;
    assert!(error.advice().contains("(Request req_"), "{}", error.advice());
    let long = ModelError { request_id: Some("x".repeat(101)), ..error.clone() };
    let strange = ModelError { request_id: Some("a b".to_owned()), ..error };
    for error in [long, strange] {
        assert!(!error.advice().contains("Request"), "{}", error.advice());
    }
}

#[tokio::test]
async fn an_unreachable_server_is_the_networks_fault() {
    let server = StandIn::start().await;
    // Nothing listens on the port of a socket that is bound and closed.
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let connection = connection(&format!("http://user:{KEY}@127.0.0.1:{port}"));
    let model = Anthropic::new(AnthropicConfig { connection, ..config(&server) }).unwrap();
    let error = run(&model, ask("Hello")).await.1.unwrap_err();
    assert_eq!(error.kind, ModelErrorKind::Network);
    assert!(!error.message.contains(KEY), "{}", error.message);
}

/// A server that gives this to the first who asks.
fn serve_once(answer: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        let (mut socket, _) = listener.accept().unwrap();
        let read = socket.read(&mut [0; 4096]).unwrap();
        assert!(read > 0);
        socket.write_all(answer.as_bytes()).unwrap();
    });
    url
}

#[tokio::test]
async fn what_another_server_says_is_not_taken_for_the_vendors_word() {
    let answers = [
        "HTTP/1.1 404 Not Found\r\ncontent-length: 4\r\n\r\nnope",
        "HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\n\r\n",
        "HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: 5\r\n\r\n<html",
    ];
    for answer in answers {
        let config = AnthropicConfig {
            connection: connection(&serve_once(answer)),
            ..AnthropicConfig::new(ApiKey::new(KEY))
        };
        let error = run(&Anthropic::new(config).unwrap(), ask("Hello")).await.1.unwrap_err();
        assert_eq!(error.kind, ModelErrorKind::Protocol, "{answer}");
    }
}

#[test]
fn impossible_settings_are_refused() {
    let with = |key: &str| AnthropicConfig::new(ApiKey::new(key));
    assert!(matches!(Anthropic::new(with(" ")), Err(ConfigError::Key)));
    assert!(matches!(Anthropic::new(with("a\nb")), Err(ConfigError::Key)));
    let at = |url: &str| {
        Anthropic::new(AnthropicConfig { connection: Connection::to(url), ..with(KEY) }).err()
    };
    assert!(matches!(at("nowhere"), Some(ConfigError::Url(_))));
    assert!(matches!(at("file:///etc"), Some(ConfigError::Host)));
}
