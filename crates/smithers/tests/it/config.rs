//! Where settings come from, what is said of wrong ones, and the documents made from their table.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::path::Path;

use serde_json::{Value, json};

use crate::client::Client;
use crate::data::{Data, Db, block_on, journeys};
use crate::server::{Ended, Server, run};

journeys! {
    a_later_source_wins,
    the_first_mode_of_a_person_is_configured,
}

/// A folder of its own, with a configuration file in it.
fn with_file(text: &str) -> Data {
    let data = Db::Sqlite.empty();
    fs::write(data.working_folder().join("smithers.toml"), text).unwrap();
    data
}

fn config(data: &Data, arguments: &[&str], settings: &[(&str, &str)]) -> Ended {
    let arguments: Vec<&str> = ["config"].iter().chain(arguments).copied().collect();
    block_on(run(data, &arguments, settings))
}

/// What `config show` says of a setting.
fn shown(data: &Data, settings: &[(&str, &str)], key: &str) -> Value {
    let ended = config(data, &["show", "--json"], settings);
    assert_eq!(ended.code, Some(0), "{ended:?}");
    let shown: Value = serde_json::from_str(&ended.stdout).unwrap();
    let mut settings = shown["settings"].as_array().unwrap().iter();
    settings.find(|setting| setting["key"] == key).unwrap().clone()
}

/// Asserts that a key has this value from this place.
fn expect(data: &Data, settings: &[(&str, &str)], key: &str, value: &str, place: &str) {
    let shown = shown(data, settings, key);
    assert_eq!((&shown["value"], &shown["source"]["place"]), (&json!(value), &json!(place)));
}

async fn a_later_source_wins(db: Db) {
    let data = db.with_owner();
    let file = data.working_folder().join("other.toml");
    fs::write(&file, "model = \"by-file\"\nlisten = \"nowhere:1\"\nopenai_api_key = \"sk-x\"\n")
        .unwrap();
    let by_flag = ["--config", "other.toml", "--listen", "127.0.0.1:0"];

    let server = Server::start_with(&data, &by_flag, &[]).await;
    assert_eq!(server.ready()["model"], "by-file");
    server.kill().await;
    let settings = [("SMITHERS_CONFIG", "other.toml"), ("SMITHERS_MODEL", "by-environment")];
    let server = Server::start(&data, &settings).await;
    assert_eq!(server.ready()["model"], "by-environment");
}

#[test]
fn every_source_is_named() {
    let data = Db::Sqlite.empty();
    let is = |settings: &[(&str, &str)], value: &str, place: &str| {
        expect(&data, settings, "lease_ttl", value, place);
    };
    is(&[], "15s", "default");
    fs::create_dir(data.data_folder()).unwrap();
    let in_data = data.data_folder().join("smithers.toml");
    fs::write(&in_data, "lease_ttl = \"16s\"\n").unwrap();
    is(&[], "16s", &format!("{}:1", in_data.display()));
    fs::write(data.working_folder().join("smithers.toml"), "\nlease_ttl = \"17s\"\n").unwrap();
    is(&[], "17s", "smithers.toml:2");
    fs::write(data.working_folder().join("given.toml"), "max_turns = 3\n").unwrap();
    let given = [("SMITHERS_CONFIG", "given.toml")];
    is(&given, "15s", "default");
    expect(&data, &given, "max_turns", "3", "given.toml:1");
    fs::write(data.working_folder().join(".env"), "SMITHERS_LEASE_TTL=18s\n").unwrap();
    is(&[], "18s", "SMITHERS_LEASE_TTL (.env)");
    is(&[("SMITHERS_LEASE_TTL", "19s")], "19s", "SMITHERS_LEASE_TTL");
    is(&[("SMITHERS_LEASE_TTL", " ")], "17s", "smithers.toml:2");
    let folder = data.data_folder();
    let by_flag = config(&data, &["show", "--data-dir", "elsewhere"], &[]);
    assert!(by_flag.stdout.contains("elsewhere"), "{by_flag:?}");
    assert!(!by_flag.stdout.contains(folder.to_str().unwrap()), "{by_flag:?}");
}

#[test]
fn a_secret_is_never_shown() {
    let data = with_file(concat!(
        "database_url = \"postgres://ada:hush@db/smithers\"\n",
        "openai_base_url = \"http://ada:hush@127.0.0.1:1/v1\"\n",
        "[[models]]\nname = \"a\"\nprovider = \"anthropic\"\napi_key = \"hush\"\n",
    ));
    let file = data.working_folder().join("key");
    fs::write(&file, "hush\n").unwrap();
    let credentials = data.working_folder().join("credentials");
    fs::create_dir(&credentials).unwrap();
    fs::write(credentials.join("openai_api_key"), "hush").unwrap();
    let settings = [
        ("ANTHROPIC_AUTH_TOKEN", "hush"),
        ("ANTHROPIC_API_KEY_FILE", file.to_str().unwrap()),
        ("CREDENTIALS_DIRECTORY", credentials.to_str().unwrap()),
    ];

    for form in [&["show"][..], &["show", "--json"]] {
        let ended = config(&data, form, &settings);
        assert!(!format!("{ended:?}").contains("hush"), "{ended:?}");
    }
    let key = format!("ANTHROPIC_API_KEY_FILE ({})", file.display());
    for (name, place) in [
        ("database_url", "smithers.toml:1"),
        ("anthropic_api_key", key.as_str()),
        ("anthropic_auth_token", "ANTHROPIC_AUTH_TOKEN"),
        ("openai_api_key", "$CREDENTIALS_DIRECTORY/openai_api_key"),
    ] {
        expect(&data, &settings, name, "********", place);
    }
    assert!(shown(&data, &settings, "public_url")["source"].is_null());
    let wrong = [("SMITHERS_MODELS", "[{\"api_key\": \"hush\""), ("SMITHERS_LEASE_TTL", "hush")];
    let ended = config(&data, &["show"], &wrong);
    assert_eq!(ended.code, Some(2), "{ended:?}");
    let told = ended.stdout.lines().filter(|line| !line.starts_with("lease_ttl"));
    assert!(!told.chain(ended.stderr.lines()).any(|line| line.contains("hush")), "{ended:?}");
}

/// Each with a line that is wrong and what is said of it.
const WRONG: &[(&str, &str, usize, &str)] = &[
    ("key", "max_turn = 3", 1, "did you mean max_turns?"),
    ("key of nobody", "zebra = 3", 1, "unknown key zebra"),
    ("no TOML", "\nmax_turns = = 3", 2, "smithers.toml:2"),
    ("the same twice", "max_turns = 3\nmax_turns = 4", 2, "duplicate key"),
    ("kind", "max_turns = [3]", 1, "must be one value"),
    ("count", "max_turns = 0", 1, "whole number from 1"),
    ("duration", "\n\nlease_ttl = \"10ms\"", 3, "such as 15s"),
    ("dollars", "budget_day = -1", 1, "US dollars"),
    ("address", "listen = \"everywhere\"", 1, "address and port"),
    ("mode", "permission_mode = \"yolo\"", 1, "must be one of default, acceptEdits"),
    ("database", "database_url = \"mysql://x\"", 1, "postgres://"),
    ("origin", "public_url = \"smithers\"", 1, "must be an origin"),
    ("secret's file", "anthropic_api_key_file = \"/nowhere\"", 1, "cannot be read"),
    ("list", "fallback = \"a\"", 1, "must be a list"),
    ("tables", "models = \"a\"", 1, "[[models]]"),
    ("price", "[[prices]]\nmodel = \"m\"\nrates = { input = 1 }", 3, "missing field `output`"),
    ("entry's key", "[[models]]\nname = \"a\"\nprovidr = \"openai\"", 3, "unknown field `providr`"),
    ("provider", "[[models]]\nname = \"a\"\nprovider = \"x\"", 3, "unknown variant `x`"),
    ("no model", "[[models]]\nname = \"a\"\nprovider = \"openai\"", 1, "model must say"),
    (
        "no key",
        "[[models]]\nname = \"a\"\nprovider = \"anthropic\"",
        1,
        "the model needs api_key_env",
    ),
    (
        "unset key",
        "[[models]]\nname = \"a\"\nprovider = \"anthropic\"\napi_key_env = \"A_KEY\"",
        4,
        "A_KEY is not set",
    ),
    (
        "two keys",
        "[[models]]\nname = \"a\"\nprovider = \"anthropic\"\napi_key_env = \"A\"\napi_key = \"b\"",
        1,
        "more than one key",
    ),
    (
        "address of a model",
        "[[models]]\nname = \"a\"\nprovider = \"openai\"\nmodel = \"m\"\nbase_url = \"ftp://x\"",
        5,
        "https:// or http://",
    ),
    (
        "another provider's key",
        "[[models]]\nname = \"a\"\nprovider = \"offline\"\neffort = \"low\"",
        4,
        "effort means nothing",
    ),
    (
        "default model",
        "default_model = \"b\"\n[[models]]\nname = \"a\"\nprovider = \"offline\"",
        1,
        "no model has the name `b`",
    ),
    (
        "fallback",
        "fallback = [\n\"a\",\n\"b\"]\n[[models]]\nname = \"a\"\nprovider = \"offline\"",
        3,
        "no model has the name `b`",
    ),
    (
        "the same name",
        "[[models]]\nname=\"a\"\nprovider=\"offline\"\n[[models]]\nname=\"a\"\nprovider=\"offline\"",
        4,
        "two models have the name `a`",
    ),
];

#[test]
fn what_is_wrong_is_named_with_its_line() {
    for (what, text, line, says) in WRONG {
        let data = with_file(text);

        let ended = config(&data, &["check"], &[]);

        assert_eq!(ended.code, Some(2), "{what}: {ended:?}");
        let place = format!("smithers.toml:{line}: ");
        let told = ended.stderr.lines().any(|line| line.contains(&place) && line.contains(says));
        assert!(told || *says == place.trim_end_matches(": "), "{what}: {ended:?}");
        assert!(ended.stderr.contains(&place), "{what}: {ended:?}");
        if what == &"key" {
            let serve = block_on(run(&data, &["serve"], &[]));
            assert_eq!(serve.code, Some(2), "{serve:?}");
            assert!(serve.stderr.contains(says), "{serve:?}");
        }
    }
}

#[test]
fn everything_wrong_is_listed_at_once() {
    let data = with_file("max_turn = 3\nlease_ttl = \"soon\"\n");
    let settings = [("AGENT_MAX_TURNS", "many"), ("SMITHERS_LISTEN", "x")];

    let ended = config(&data, &["check", "smithers.toml"], &settings);

    assert_eq!(ended.code, Some(2));
    for place in ["smithers.toml:1", "smithers.toml:2", "AGENT_MAX_TURNS", "SMITHERS_LISTEN"] {
        assert!(ended.stderr.contains(&format!("{place}: ")), "{place}: {ended:?}");
    }
    let told = config(&data, &["check", "--json"], &settings);
    assert_eq!(told.code, Some(2), "{told:?}");
    let told: Value = serde_json::from_str(&told.stdout).unwrap();
    assert_eq!(told["ok"], false);
    let mut problems = told["problems"].as_array().unwrap().iter();
    let found = problems.find(|problem| problem["place"] == "smithers.toml:2").unwrap();
    assert!(found["problem"].as_str().unwrap().contains("such as 15s"), "{found}");
    let missing = config(&data, &["check", "nowhere.toml"], &[]);
    assert_eq!(missing.code, Some(2));
    assert!(missing.stderr.contains("nowhere.toml: cannot be read"), "{missing:?}");
}

#[test]
fn everything_wrong_with_models_is_listed_at_once() {
    let data = with_file(concat!(
        "default_model = \"b\"\nfallback = [\"a\", \"c\"]\nsmall_model = \"d\"\n",
        "[[models]]\nname = \"a\"\nprovider = \"openai\"\n",
        "[[models]]\nname = \"a\"\nprovider = \"offline\"\n",
        "[[models]]\nname = \" \"\nprovider = \"offline\"\neffort = \"low\"\n",
        "[[models]]\nname = \"e\"\nprovider = \"antropic\"\n",
        "[[models]]\nname = \"e\"\nprovider = \"offline\"\nmodle = \"m\"\n",
        "[[models]]\nname = \"f\"\nprovider = \"openai\"\nmodel = \"m\"\nbase_url = \"x\"\n",
    ));

    let ended = config(&data, &["check"], &[("AGENT_MAX_TURNS", "many")]);

    assert_eq!(ended.code, Some(2), "{ended:?}");
    for line in [
        "AGENT_MAX_TURNS: max_turns must be a whole number",
        "smithers.toml:1: default_model: no model has the name `b`",
        "smithers.toml:2: fallback: no model has the name `c`",
        "smithers.toml:3: small_model: no model has the name `d`",
        "smithers.toml:4: model must say",
        "smithers.toml:7: models: two models have the name `a`",
        "smithers.toml:10: models: a model has no name",
        "smithers.toml:13: effort means nothing",
        "smithers.toml:16: models/3/provider is wrong: unknown variant `antropic`",
        "smithers.toml:17: models: two models have the name `e`",
        "smithers.toml:20: models/4/modle is wrong: unknown field `modle`",
        "smithers.toml:25: this is no address of a model",
    ] {
        assert!(ended.stderr.contains(line), "{line}: {ended:?}");
    }
}

#[test]
fn what_has_no_effect_is_noted() {
    let data = with_file("composio_api_key = \"x\"\n");
    let settings = [
        ("CLERK_SECRET_KEY", "x"),
        ("SMITHERS_LEASE_TIL", "1m"),
        ("ANTHROPIC_API_KEY", "x"),
        ("ANTHROPIC_API_KEY_FILE", "x"),
    ];

    let ended = config(&data, &["check"], &settings);

    assert_eq!(ended.code, Some(0), "{ended:?}");
    for note in [
        "smithers.toml:1: composio_api_key has no effect yet",
        "CLERK_SECRET_KEY: has no effect yet",
        "ANTHROPIC_API_KEY_FILE: has no effect, because ANTHROPIC_API_KEY is set",
        "SMITHERS_LEASE_TIL: unknown, has no effect; did you mean SMITHERS_LEASE_TTL?",
    ] {
        assert!(ended.stderr.contains(note), "{note}: {ended:?}");
    }
    assert!(!ended.stderr.contains("SMITHERS_DATA_DIR"), "{ended:?}");
}

#[test]
fn a_model_that_no_budget_holds_back_is_noted() {
    let model = "[[models]]\nname = \"local\"\nprovider = \"openai\"\nmodel = \"qwen3:8b\"\n\
                 base_url = \"http://127.0.0.1:11434/v1\"\n";
    let free = "[[prices]]\nmodel = \"qwen*\"\n\
                rates = { input = 0, output = 0, cacheRead = 0, cacheWrite5m = 0, cacheWrite1h = 0 }\n";
    let note = "no budget holds `local` back";

    for (text, is_noted) in [
        (format!("budget_day = 5\n{model}"), true),
        (format!("budget_day = 5\n{model}{free}"), false),
        (model.to_owned(), false),
    ] {
        let ended = config(&with_file(&text), &["check"], &[]);
        assert_eq!(ended.code, Some(0), "{ended:?}");
        assert_eq!(ended.stderr.contains(note), is_noted, "{ended:?}");
    }
}

#[test]
fn the_patterns_database_file_is_read() {
    let data = Db::Sqlite.empty();
    fs::create_dir(data.working_folder().join("config")).unwrap();
    let file = data.working_folder().join("config/database.json");
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let database = std::thread::spawn(move || [refused(&listener), refused(&listener)]);
    let parts = json!({"host": "127.0.0.1", "port": port, "user": "ada", "password": "p@ss/word",
        "database": "desk"});
    let url = json!({"url": format!("postgres://ada:p%40ss%2Fword@127.0.0.1:{port}/desk")});

    for text in [&parts, &url] {
        fs::write(&file, text.to_string()).unwrap();
        let ended = block_on(run(&data, &["migrate", "status"], &[]));
        assert_eq!(ended.code, Some(1), "{ended:?}");
        assert!(ended.stderr.contains("not today"), "{ended:?}");
    }

    for told in database.join().unwrap() {
        for part in ["user\0ada\0", "database\0desk\0", "p@ss/word\0"] {
            assert!(told.contains(part), "{part}: {told:?}");
        }
    }
    expect(&data, &[], "database_url", "********", "config/database.json");
    let settings = [("DATABASE_URL", "postgres://other/d")];
    expect(&data, &settings, "database_url", "********", "DATABASE_URL");
    for text in [r#"{"url": "mysql://127.0.0.1/d"}"#, r#"{"pool": 5}"#, "url"] {
        fs::write(&file, text).unwrap();
        let ended = config(&data, &["check"], &[]);
        assert_eq!(ended.code, Some(2), "{text}: {ended:?}");
        assert!(ended.stderr.contains("config/database.json: "), "{text}: {ended:?}");
    }
}

/// What somebody says who connects to Postgres, until they have said their password.
fn refused(listener: &TcpListener) -> String {
    let (mut stream, _) = listener.accept().unwrap();
    let mut told = Vec::new();
    // No TLS; then the password in the clear; then an error.
    for answer in
        [&b"N"[..], b"R\0\0\0\x08\0\0\0\x03", b"E\0\0\0\x1eSFATAL\0C28P01\0Mnot today\0\0"]
    {
        let mut bytes = [0; 1024];
        let length = stream.read(&mut bytes).unwrap();
        told.extend_from_slice(&bytes[..length]);
        stream.write_all(answer).unwrap();
    }
    String::from_utf8_lossy(&told).into_owned()
}

async fn the_first_mode_of_a_person_is_configured(db: Db) {
    for (word, mode) in [("allowAll", "bypassPermissions"), ("plan", "plan")] {
        let data = db.empty();
        let server = Server::start(&data, &[("AGENT_PERMISSION_MODE", word)]).await;
        let owner = crate::data::owner(&server.setup_token());

        let visitor = Client::of(&server);
        let answer = visitor.post("/api/auth/setup", owner).await;

        let me = visitor.with_session(answer.session());
        assert_eq!(me.get("/api/permissions").await.expect(200)["mode"], mode);
    }
}

fn repository() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
}

fn example(format: &str) -> String {
    let ended = config(&Db::Sqlite.empty(), &["example", "--format", format], &[]);
    assert_eq!(ended.code, Some(0), "{ended:?}");
    ended.stdout
}

#[test]
fn documents_are_those_of_the_table() {
    for (file, format) in [("docs/smithers.example.toml", "toml"), (".env.example", "env")] {
        let kept = fs::read_to_string(repository().join(file)).unwrap_or_default();
        let renew = format!("cargo run -p smithers -- config example --format {format} > {file}");
        assert_eq!(kept, example(format), "stale: {renew}");
    }
    let readme = fs::read_to_string(repository().join("README.md")).unwrap();
    assert!(
        readme.contains(&example("markdown")),
        "the README's table must be that of `cargo run -p smithers -- config example --format markdown`"
    );
}

/// A line of an example that is a setting: the mark of a comment stands right before it.
fn uncommented(text: &str) -> String {
    let lines = text.lines().map(|line| match line.strip_prefix('#') {
        Some(rest) if !rest.starts_with(' ') || rest.starts_with("  ") => rest,
        _ => line,
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn every_line_of_an_example_can_be_meant() {
    let toml = uncommented(&example("toml"));
    let data = with_file(&toml);
    let ended = config(&data, &["check"], &[("ANTHROPIC_API_KEY", "sk-x")]);
    assert_eq!(ended.code, Some(0), "{ended:?}\n{toml}");
    assert!(ended.stderr.is_empty(), "{ended:?}");
    let data = Db::Sqlite.empty();
    fs::write(data.working_folder().join(".env"), uncommented(&example("env"))).unwrap();
    let ended = config(&data, &["check"], &[]);
    assert_eq!(ended.code, Some(0), "{ended:?}");
    expect(&data, &[], "budget_turn", "0.50", "SMITHERS_BUDGET_TURN (.env)");
    // Every key of an entry is in the example.
    let data = with_file("[[models]]\nname = \"a\"\nprovider = \"offline\"\nzebra = 1");
    let told = config(&data, &["check"], &[]).stderr;
    let (_, keys) = told.split_once("expected one of ").unwrap();
    for key in keys.split('`').skip(1).step_by(2) {
        assert!(toml.contains(&format!("{key} = ")), "{key} is in no example");
    }
}

#[test]
fn every_recipe_for_a_model_is_in_form() {
    let text = fs::read_to_string(repository().join("docs/models.md")).unwrap();
    let recipes: Vec<&str> =
        text.split("```toml\n").skip(1).map(|rest| rest.split_once("```").unwrap().0).collect();
    assert!(recipes.len() >= 6, "a recipe for each server");
    for recipe in recipes {
        let settings = [("ANTHROPIC_API_KEY", "sk-x"), ("OPENROUTER_API_KEY", "sk-x")];
        let ended = config(&with_file(recipe), &["check"], &settings);
        assert_eq!(ended.code, Some(0), "{recipe}{ended:?}");
        assert!(ended.stderr.is_empty(), "{recipe}{ended:?}");
    }
}

#[test]
fn models_are_configured_by_name() {
    let data = with_file(concat!(
        "default_model = \"second\"\nfallback = [\"first\"]\nsmall_model = \"first\"\n",
        "[[models]]\nname = \"first\"\nprovider = \"offline\"\n",
        "[[models]]\nname = \"second\"\nprovider = \"openai\"\nmodel = \"m\"\n",
        "base_url = \"http://127.0.0.1:1/v1\"\n",
    ));
    block_on(async {
        let server = Server::start(&data, &[]).await;
        assert_eq!(server.ready()["model"], "m");
    });
}
