//! Conversations that come from elsewhere.

use std::io::{Cursor, Write as _};

use reqwest::Method;
use serde_json::{Value, json};
use store::{ImportFormat, NewImport, Ts};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use crate::client::Answer;
use crate::data::{Db, journeys};
use crate::files::store_of;
use crate::world::{World, says};

journeys! {
    a_chatgpt_export_becomes_conversations,
    a_claude_export_becomes_conversations,
    a_file_comes_in_a_form_as_a_body_and_in_a_zip,
    the_same_file_again_changes_nothing,
    an_import_goes_on_after_a_crash,
    a_broken_conversation_spoils_no_other,
    half_a_character_loses_nothing,
    a_person_has_three_imports_at_a_time,
    a_wrong_file_is_refused,
    a_hostile_conversation_does_no_harm,
    a_file_may_have_256_mebibytes,
    a_form_without_its_boundary_is_refused,
    a_message_that_is_too_long_is_cut_and_says_so,
    a_chat_goes_on_from_what_was_imported,
}

/// Sends a file as the body.
async fn send(world: &World, file: impl Into<reqwest::Body>) -> Answer {
    let request = world.me.request(Method::POST, "/api/imports?name=chats.json");
    Answer::of(request.body(file)).await
}

/// The import of an answer once it has ended.
async fn ended(world: &World, accepted: &Answer) -> Value {
    let made = accepted.expect(202);
    let path = format!("/api/imports/{}", made["id"].as_str().unwrap());
    loop {
        let import = world.me.get(&path).await.expect(200);
        if !import["endedAt"].is_null() {
            return import;
        }
    }
}

pub(crate) async fn imported(world: &World, file: impl Into<reqwest::Body>) -> Value {
    ended(world, &send(world, file).await).await
}

/// Total, imported, duplicates, skipped.
pub(crate) fn counts(import: &Value) -> [i64; 4] {
    assert_eq!(import["status"], "completed", "{import}");
    ["total", "imported", "duplicates", "skipped"].map(|name| import[name].as_i64().unwrap())
}

pub(crate) async fn conversations(world: &World) -> Vec<Value> {
    let list = world.me.get("/api/conversations?limit=200").await.expect(200);
    list["items"].as_array().unwrap().clone()
}

pub(crate) async fn messages_of(world: &World, conversation: &Value) -> Vec<Value> {
    let path = format!("/api/conversations/{}/messages", conversation["id"].as_str().unwrap());
    world.me.get(&path).await.expect(200)["items"].as_array().unwrap().clone()
}

/// Who says what: `user: Hello`.
pub(crate) fn said(messages: &[Value]) -> Vec<String> {
    let lines = messages.iter().map(|message| {
        let parts = message["parts"].as_array().unwrap().iter();
        let texts: Vec<&str> = parts.filter_map(|part| part["text"].as_str()).collect();
        format!("{}: {}", message["role"].as_str().unwrap(), texts.join(" | "))
    });
    lines.collect()
}

/// A node of ChatGPT's tree.
fn node(parent: Option<&str>, role: &str, content: &Value, time: f64) -> Value {
    json!({"parent": parent, "children": [], "message": {
        "author": {"role": role, "name": null}, "create_time": time, "content": content,
        "metadata": {}, "recipient": "all",
    }})
}

fn text(text: &str) -> Value {
    json!({"content_type": "text", "parts": [text]})
}

/// A short conversation of ChatGPT.
fn short(id: &str, question: &str) -> Value {
    json!({"conversation_id": id, "title": question, "create_time": 1_700_000_000.5, "mapping": {
        "root": {"parent": null, "message": null},
        "q": node(Some("root"), "user", &text(question), 1_700_000_000.5),
        "a": node(Some("q"), "assistant", &text("Gladly."), 1_700_000_001.0),
    }, "current_node": "a"})
}

fn zipped(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in files {
        archive.start_file(*name, SimpleFileOptions::default()).unwrap();
        archive.write_all(bytes).unwrap();
    }
    archive.finish().unwrap().into_inner()
}

async fn a_chatgpt_export_becomes_conversations(db: Db) {
    let world = World::start(db).await;
    let hidden = json!({"parent": "root", "message": {
        "author": {"role": "user"}, "content": text("My profile"), "create_time": null,
        "metadata": {"is_visually_hidden_from_conversation": true},
    }});
    let pictures = json!({"content_type": "multimodal_text", "parts": [
        {"content_type": "image_asset_pointer", "asset_pointer": "file-service://1"}, "What is it?",
        {"content_type": "audio_transcription", "text": "And this?"},
    ]});
    let code = json!({"content_type": "code", "language": "python", "text": "print(1)"});
    let mapping = json!({
        "new": node(Some("q"), "assistant", &text("A better answer."), 1_700_000_009.0),
        "old": node(Some("q"), "assistant", &text("An answer."), 1_700_000_002.25),
        "q": node(Some("hidden"), "user", &pictures, 1_700_000_001.0),
        "hidden": hidden,
        "system": node(Some("root"), "system", &text("Be kind."), 0.0),
        "root": {"parent": null, "children": ["hidden"], "message": null},
        "code": node(Some("old"), "assistant", &code, 1_700_000_003.0),
        "result": node(Some("code"), "tool", &text("1"), 1_700_000_004.0),
        "thanks": node(Some("result"), "user", &text("Thanks"), 1_700_000_005.0),
        "blank": node(Some("thanks"), "assistant", &text(" "), 1_700_000_006.0),
        "odd": {"message": {"author": null, "content": null, "metadata": null}},
        "null": null,
    });
    let conversation = json!({"title": "A picture\u{7}", "create_time": 1_700_000_000.0,
        "update_time": 1_700_000_010.5, "mapping": mapping, "current_node": "blank",
        "id": "c1", "moderation_results": [], "plugin_ids": null});
    let bare = json!({"title": null, "mapping": {"m": node(None, "user", &text("No title"), 5.0)}});

    let import = imported(&world, json!([conversation, bare]).to_string()).await;

    assert_eq!(counts(&import), [2, 2, 0, 0]);
    assert_eq!((&import["format"], &import["name"]), (&json!("chatgpt"), &json!("chats.json")));
    let found = conversations(&world).await;
    assert_eq!((&found[0]["title"], &found[1]["title"]), (&json!("A picture"), &json!("No title")));
    assert_eq!(found[0]["updatedAt"], "2023-11-14T22:13:30.5Z");
    let messages = messages_of(&world, &found[0]).await;
    assert_eq!(
        said(&messages),
        [
            "user: [image] | What is it? | And this?",
            "assistant: An answer.",
            "assistant: ```python\nprint(1)\n```",
            "user: Thanks",
        ]
    );
    assert_eq!(messages[1]["metadata"]["createdAt"], "2023-11-14T22:13:22.25Z");
    let siblings = messages[1]["metadata"]["siblings"].as_array().unwrap();
    assert_eq!(siblings.iter().position(|id| *id == messages[1]["id"]), Some(0), "the elder one");
    assert_eq!(siblings.len(), 2);
}

async fn a_claude_export_becomes_conversations(db: Db) {
    let world = World::start(db).await;
    let message = |id: &str, parent: Option<&str>, sender: &str, text: &str| {
        let at = format!("2025-03-01T10:00:0{}.123456Z", id.len());
        let mut message = json!({"uuid": id, "text": text, "content": [], "sender": sender,
            "created_at": at, "attachments": [], "files": []});
        if let Some(parent) = parent {
            message["parent_message_uuid"] = json!(parent);
        }
        message
    };
    let mut question = message("q", None, "human", "ignored, since there are blocks");
    question["content"] =
        json!([{"type": "text", "text": "Read this"}, {"type": "thinking", "thinking": "x"}]);
    question["attachments"] = json!([{"file_name": "notes.txt", "extracted_content": "Buy milk"}]);
    question["files"] = json!([{"file_name": "photo.jpg"}]);
    let root = "00000000-0000-4000-8000-000000000000";
    let branched = json!({"uuid": "c2", "name": "Branches", "created_at": "2025-03-01T09:00:00Z",
    "updated_at": "2025-03-02T09:00:00Z", "account": {"uuid": "x"}, "chat_messages": [
        message("1", Some(root), "human", "Hello"), message("22", Some("1"), "assistant", "Hi."),
        message("333", Some("1"), "assistant", "Hello!"),
    ]});
    let list = json!({"uuid": "c1", "name": "", "created_at": "2025-03-01T09:00:00Z",
        "chat_messages": [question, message("aa", None, "assistant", "I did.")]});
    let empty = json!({"uuid": "c0", "name": "", "chat_messages": []});

    let import = imported(&world, json!([list, branched, empty]).to_string()).await;

    assert_eq!((counts(&import), &import["format"]), ([3, 2, 0, 1], &json!("claude")));
    let found = conversations(&world).await;
    assert_eq!((&found[0]["title"], &found[1]["title"]), (&json!("Branches"), &json!("Read this")));
    assert_eq!(said(&messages_of(&world, &found[0]).await), ["user: Hello", "assistant: Hello!"]);
    let messages = messages_of(&world, &found[1]).await;
    assert_eq!(
        said(&messages),
        [
            "user: Read this | [file: notes.txt]\n\nBuy milk | [file: photo.jpg]",
            "assistant: I did.",
        ]
    );
    assert_eq!(messages[0]["metadata"]["createdAt"], "2025-03-01T10:00:01.123456Z");
}

async fn a_file_comes_in_a_form_as_a_body_and_in_a_zip(db: Db) {
    let world = World::start(db).await;
    let file = |id: &str| json!([short(id, "Help me")]).to_string();
    let form = format!(
        "--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"../a/chats.json\"\r\n\
         Content-Type: application/json\r\n\r\n{}\r\n--x--\r\n",
        file("1")
    );
    let by_form = world.me.request(Method::POST, "/api/imports");
    let by_form = by_form.header("content-type", "multipart/form-data; boundary=x").body(form);
    let by_form = ended(&world, &Answer::of(by_form).await).await;
    let named =
        zipped(&[("a/users.json", b"[]"), ("../../conversations.json", file("2").as_bytes())]);
    let by_zip = imported(&world, named).await;
    let marked = imported(&world, format!("\u{feff} {}\n", file("3"))).await;

    for import in [&by_form, &by_zip, &marked] {
        assert_eq!((counts(import), &import["name"]), ([1, 1, 0, 0], &json!("chats.json")));
    }
    let list = world.me.get("/api/imports?limit=2").await.expect(200);
    assert_eq!(list["items"], json!([marked, by_zip]));
    let rest = format!("/api/imports?limit=2&cursor={}", list["nextCursor"].as_str().unwrap());
    assert_eq!(world.me.get(&rest).await.expect(200)["items"], json!([by_form]));
}

async fn the_same_file_again_changes_nothing(db: Db) {
    let world = World::start(db).await;
    let nameless = json!({"mapping": {"m": node(None, "user", &text("No id"), 5.0)}});
    let file = json!([short("1", "One"), short("1", "Same id"), short("2", "Two"), nameless]);
    assert_eq!(counts(&imported(&world, file.to_string()).await), [4, 3, 1, 0]);
    let before = conversations(&world).await;
    assert_eq!(counts(&imported(&world, file.to_string()).await), [4, 0, 4, 0]);
    assert_eq!(conversations(&world).await, before);
}

async fn an_import_goes_on_after_a_crash(db: Db) {
    const MANY: usize = 400;
    let world = World::with(db, &[("SMITHERS_LEASE_TTL", "1s")]).await;
    let file = (0..MANY).map(|number| short(&number.to_string(), &format!("Number {number}")));
    let accepted = send(&world, json!(file.collect::<Vec<Value>>()).to_string()).await;
    let path = format!("/api/imports/{}", accepted.expect(202)["id"].as_str().unwrap());
    let seen = loop {
        let import = world.me.get(&path).await.expect(200);
        if import["imported"].as_u64().unwrap() > 0 {
            break import;
        }
    };
    assert_eq!(seen["status"], "running", "it is killed in the middle");
    let world = world.after_kill().await;
    assert_eq!(counts(&ended(&world, &accepted).await), [MANY.try_into().unwrap(), 400, 0, 0]);
    let (mut titles, mut cursor) = (Vec::new(), String::new());
    loop {
        let path = format!("/api/conversations?limit=200{cursor}");
        let list = world.me.get(&path).await.expect(200);
        titles
            .extend(list["items"].as_array().unwrap().iter().map(|item| item["title"].to_string()));
        let Some(next) = list["nextCursor"].as_str() else { break };
        cursor = format!("&cursor={next}");
    }
    titles.sort();
    titles.dedup();
    assert_eq!(titles.len(), MANY);
}

async fn a_broken_conversation_spoils_no_other(db: Db) {
    let world = World::start(db).await;
    let good = short("1", "Good").to_string();
    let broken = [
        "null",
        "5",
        "\"text\"",
        "[]",
        "{}",
        "{\"mapping\": 5}",
        "{\"mapping\": {\"a\": 5}}",
        "nothing",
    ];
    let file = format!("[{},{good}]", broken.join(","));
    let import = imported(&world, file).await;
    assert_eq!(counts(&import), [9, 1, 0, 8]);
    let problems = import["problems"].as_array().unwrap();
    assert_eq!((problems.len(), &import["error"]), (8, &problems[0]));
    for (number, problem) in (1..).zip(problems) {
        let reason = problem.as_str().unwrap();
        assert!(reason.starts_with(&format!("conversation {number} was left out: ")), "{reason}");
        assert!(!reason.contains("struct"), "our own names mean nothing to people: {reason}");
    }
    assert_eq!(conversations(&world).await.len(), 1);
}

async fn half_a_character_loses_nothing(db: Db) {
    let world = World::start(db).await;
    let texts = [
        (r"a \ud800 b", "a \u{fffd} b"),
        (r"\uDFFF", "\u{fffd}"),
        (r"\ud83d\ude00 \\ud800", "\u{1f600} \\ud800"),
        (r"NUL \u0000 here", "NUL \u{fffd} here"),
    ];
    let marked = |mark: usize| short(&mark.to_string(), &format!("mark {mark}")).to_string();
    let file = (0..)
        .zip(texts)
        .map(|(mark, (text, _))| marked(mark).replace(&format!("mark {mark}"), text));
    let file = format!("[{}]", file.collect::<Vec<String>>().join(","));

    let import = imported(&world, file).await;

    assert_eq!((counts(&import), &import["error"]), ([4, 4, 0, 0], &Value::Null));
    let mut found = Vec::new();
    for conversation in conversations(&world).await {
        found.push(said(&messages_of(&world, &conversation).await).remove(0));
    }
    found.sort();
    let mut expected = texts.map(|(_, text)| format!("user: {text}"));
    expected.sort();
    assert_eq!(found, expected);
}

async fn a_person_has_three_imports_at_a_time(db: Db) {
    let world = World::start(db).await;
    let me = world.me.get("/api/me").await.expect(200)["id"].as_str().unwrap().parse().unwrap();
    let store = store_of(&world).await;
    let far_away = Ts(4_000_000_000_000_000);
    let file = json!([short("1", "Hello")]).to_string();
    for _ in 0..3 {
        let new = NewImport {
            name: "slow.json".to_owned(),
            format: ImportFormat::ChatGpt,
            total: 1,
            skipped: 0,
            bytes: 1,
            problem: None,
        };
        store.imports().begin(me, new, far_away).await.unwrap();
    }

    let problem = send(&world, file.clone()).await.problem(409, "conflict");

    assert!(problem["detail"].as_str().unwrap().contains("wait until one has"), "{problem}");
    assert_eq!(world.me.get("/api/imports").await.expect(200)["items"], json!([]));
    store.imports().purge_cut_off(far_away.plus_seconds(100)).await.unwrap();
    assert_eq!(counts(&imported(&world, file).await), [1, 1, 0, 0]);
}

async fn a_wrong_file_is_refused(db: Db) {
    let world = World::start(db).await;
    let good = json!([short("1", "Good")]).to_string();
    let bomb = format!("[{}{}", " ".repeat(24 * 1024 * 1024), &good[1..]);
    let mut cut = zipped(&[("conversations.json", good.as_bytes())]);
    cut.truncate(cut.len() - 30);
    let refused: [(&str, Vec<u8>); 11] = [
        ("no JSON", b"Dear diary".to_vec()),
        ("an empty list", b"[]".to_vec()),
        ("another list", b"[{\"name\": \"Ada\"}]".to_vec()),
        ("another object", b"{\"users\": []}".to_vec()),
        ("text", b"\"mapping\"".to_vec()),
        ("cut off", good.as_bytes()[..good.len() - 1].to_vec()),
        ("more after the end", format!("{good} x").into_bytes()),
        ("brackets", b"[".repeat(1_000_000)),
        ("another archive", zipped(&[("users.json", b"[]"), ("my-conversations.json", b"[]")])),
        ("half an archive", cut),
        ("a bomb", zipped(&[("conversations.json", bomb.as_bytes())])),
    ];
    for (name, file) in refused {
        let answer = send(&world, file).await;
        let problem = answer.problem(422, "unprocessable");
        assert_eq!(problem["fields"][0]["field"], "/file", "{name}");
        assert!(problem["detail"].as_str().unwrap().contains("ChatGPT"), "{name}: {problem}");
    }
    send(&world, "").await.problem(400, "invalid_request");
    let form = |body: &'static str| {
        let request = world.me.request(Method::POST, "/api/imports");
        request.header("content-type", "multipart/form-data; boundary=x").body(body)
    };
    let other = "--x\r\nContent-Disposition: form-data; name=\"other\"\r\n\r\n[]\r\n--x--\r\n";
    assert_eq!(Answer::of(form(other)).await.wrong_fields(), ["/other"]);
    Answer::of(form("garbage")).await.problem(400, "invalid_request");
    assert_eq!(world.me.get("/api/imports").await.expect(200)["items"], json!([]));
}

async fn a_hostile_conversation_does_no_harm(db: Db) {
    let world = World::start(db).await;
    let circle = json!({"id": "circle", "mapping": {
        "a": node(Some("b"), "user", &text("A"), 1.0),
        "b": node(Some("a"), "user", &text("B"), 1.0),
        "c": node(Some("c"), "user", &text("C"), 1.0),
        "d": node(Some("lost"), "user", &text("D"), 1e308),
    }, "current_node": "a"});
    let deep = "[".repeat(100_000) + &"]".repeat(100_000);
    let deep = format!("{{\"mapping\": {{}}, \"title\": {deep}}}");
    let node = "\"\":{},".repeat(1_000_000);
    let many = format!("{{\"mapping\": {{{node}\"x\":{{}}}}}}");
    let large = format!("{{\"mapping\": {{}}, \"title\": \"{}\"}}", "x".repeat(33 * 1024 * 1024));
    let nul = short(&"long".repeat(1_000), "NUL \u{0} here").to_string();
    let file = [circle.to_string(), deep, many, large, nul].join(",");

    let import = imported(&world, format!("[{file}]")).await;

    assert_eq!(counts(&import), [5, 2, 0, 3]);
    let problems = import["problems"].to_string();
    for reason in ["32 MiB", "conversation 1 is not as it was: 1 of its", "2 times", "20000"] {
        assert!(problems.contains(reason), "{reason}: {problems}");
    }
    let found = conversations(&world).await;
    let titles: Vec<&str> = found.iter().map(|item| item["title"].as_str().unwrap()).collect();
    assert_eq!(titles, ["D", "NUL   here"]);
    let circle = messages_of(&world, &found[0]).await;
    assert_eq!(said(&circle), ["user: A"], "the branch that was shown");
    assert_eq!(circle[0]["metadata"]["siblings"].as_array().unwrap().len(), 3, "D, A and C");
    world.me.get("/api/me").await.expect(200);
}

async fn a_file_may_have_256_mebibytes(db: Db) {
    const MEBIBYTE: usize = 1024 * 1024;
    let world = World::start(db).await;
    let spaces = bytes::Bytes::from(vec![b' '; MEBIBYTE]);
    let pieces = (0..257).map(move |_| Ok::<_, std::io::Error>(spaces.clone()));
    let body = reqwest::Body::wrap_stream(futures_util::stream::iter(pieces));
    let problem = send(&world, body).await.problem(413, "payload_too_large");
    assert!(problem["detail"].as_str().unwrap().contains("256 MiB"), "{problem}");
}

async fn a_form_without_its_boundary_is_refused(db: Db) {
    let world = World::start(db).await;
    let form = |body: Vec<u8>| {
        let request = world.me.request(Method::POST, "/api/imports");
        Answer::of(request.header("content-type", "multipart/form-data; boundary=x").body(body))
    };
    form(vec![b' '; 4096]).await.problem(400, "invalid_request");
    form(vec![b' '; 64 * 1024 * 1024]).await.problem(400, "invalid_request");
}

async fn a_message_that_is_too_long_is_cut_and_says_so(db: Db) {
    let world = World::start(db).await;
    let file = json!([short("1", &"é".repeat(100_001)), short("2", &"é".repeat(100_000))]);
    let import = imported(&world, file.to_string()).await;
    assert_eq!(counts(&import), [2, 2, 0, 0]);
    let mut lengths = Vec::new();
    for conversation in conversations(&world).await {
        let question = messages_of(&world, &conversation).await.remove(0);
        lengths.push(question["parts"][0]["text"].as_str().unwrap().chars().count());
    }
    lengths.sort_unstable();
    let note = "\n[The rest was too long to be imported.]".len();
    assert_eq!(lengths, [100_000, 100_000 + note]);
}

async fn a_chat_goes_on_from_what_was_imported(db: Db) {
    let world = World::start(db).await;
    let mapping = json!({
        "hi": node(None, "assistant", &text("Welcome."), 1.0),
        "q": node(Some("hi"), "user", &text("My cat is called Nina."), 2.0),
        "a": node(Some("q"), "assistant", &text("A fine name."), 3.0),
    });
    let file = json!([{"id": "1", "title": "Cat", "mapping": mapping, "current_node": "a"}]);
    imported(&world, file.to_string()).await;
    let conversation = conversations(&world).await.remove(0);
    world.model.script([says("Nina."), says("Nina, I said.")]);
    let post = json!({"conversationId": conversation["id"], "message": "What is she called?"});
    let told = world.me.agent(post).await.rest().await;
    assert_eq!((told.text().as_str(), told.finish()), ("Nina.", "stop"));
    let again = json!({"conversationId": conversation["id"], "message": "Pardon?"});
    world.me.agent(again).await.rest().await;
    for request in world.requests() {
        let messages = request["messages"].as_array().unwrap();
        let line = |message: &Value| {
            let text = message["content"][0]["text"].as_str().unwrap().to_owned();
            (message["role"].as_str().unwrap().to_owned(), text)
        };
        let sent: Vec<(String, String)> = messages.iter().map(line).collect();
        assert_eq!(sent[0].0, "user", "a person speaks first");
        let expected = [
            ("assistant", "Welcome."),
            ("user", "My cat is called Nina."),
            ("assistant", "A fine name."),
        ];
        assert_eq!(sent[1..4], expected.map(|(role, text)| (role.to_owned(), text.to_owned())));
    }
    let answers = said(&messages_of(&world, &conversation).await);
    assert_eq!(
        answers[2..5],
        ["assistant: A fine name.", "user: What is she called?", "assistant: Nina."]
    );
}
