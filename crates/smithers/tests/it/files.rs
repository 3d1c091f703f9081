//! Files: uploading them, giving them to the agent, and getting them back as nothing but data.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use reqwest::{Method, Url};
use serde_json::{Value, json};
use standins::anthropic::Reply;
use store::{Location, NewFile, NewUser, Store, Ts, UserRole};

use crate::client::{Answer, Client};
use crate::data::{Db, journeys};
use crate::world::{CHAT, World, says};

journeys! {
    files_reach_the_model_byte_for_byte,
    a_data_url_is_stored_once,
    one_message_posted_twice_at_once_is_one_turn,
    an_edited_message_keeps_its_file,
    a_message_names_only_files_it_can_hold,
    a_message_with_only_files_is_named_after_them,
    what_does_not_fit_a_request_is_named,
    the_built_in_model_takes_no_harm,
    hostile_uploads_are_refused,
    each_kind_of_file_has_its_limit,
    a_file_is_never_a_page,
    a_name_stays_a_name,
    a_file_in_a_message_goes_with_its_conversation,
    a_file_that_no_message_holds_goes_after_a_day,
}

pub(crate) const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\xff picture";
pub(crate) const PDF: &[u8] = b"%PDF-1.7\n\xe2\xe3 document";
pub(crate) const TEXT: &[u8] = "name;caf\u{e9}\n".as_bytes();
const MEBIBYTE: usize = 1024 * 1024;

/// Uploads a file as the body itself.
async fn send(client: &Client, name: &str, kind: &str, data: impl Into<Vec<u8>>) -> Answer {
    let named = Url::parse_with_params("http://x", [("name", name)]).unwrap();
    let path = format!("/api/files?{}", named.query().unwrap());
    let request = client.request(Method::POST, &path);
    Answer::of(request.header("content-type", kind).body(data.into())).await
}

/// Uploads a form as it stands; its boundary is `XX`.
async fn send_form(client: &Client, form: Vec<u8>) -> Answer {
    let kind = "multipart/form-data; boundary=XX";
    Answer::of(client.request(Method::POST, "/api/files").header("content-type", kind).body(form))
        .await
}

/// One field of a form, and the end of the form.
fn form(head: &str, data: &[u8]) -> Vec<u8> {
    let start = format!("--XX\r\nContent-Disposition: form-data; {head}\r\n\r\n");
    [start.as_bytes(), data, b"\r\n--XX--\r\n"].concat()
}

pub(crate) async fn uploaded(world: &World, name: &str, kind: &str, data: &[u8]) -> Value {
    send(&world.me, name, kind, data).await.expect(201)
}

pub(crate) fn file_part(url: &str) -> Value {
    json!({"type": "file", "mediaType": "image/png", "filename": "shot.png", "url": url})
}

fn data_url(kind: &str, data: &[u8]) -> String {
    format!("data:{kind};base64,{}", STANDARD.encode(data))
}

/// A new message with these parts as `useChat` posts it.
pub(crate) fn message(id: &str, parts: &[Value]) -> Value {
    let message = json!({"id": id, "role": "user", "parts": parts});
    json!({"id": CHAT, "trigger": "submit-message", "messages": [message]})
}

pub(crate) fn text(text: &str) -> Value {
    json!({"type": "text", "text": text})
}

/// What is behind the server.
pub(crate) async fn store_of(world: &World) -> Store {
    let file = world.data.data_folder().join("smithers.db");
    let location = world.data.database_url().map_or(Location::Sqlite(file), Location::Postgres);
    Store::open(&location).await.unwrap()
}

/// A file of somebody else.
async fn foreign_file(store: &Store) -> String {
    let bob = NewUser {
        email: "bob@example.org".to_owned(),
        name: "Bob".to_owned(),
        role: UserRole::Member,
        password_hash: None,
        timezone: "UTC".to_owned(),
        mode: agent::permission::Mode::Default,
    };
    let bob = store.accounts().add(bob, Ts(0)).await.unwrap().unwrap();
    let day = Ts(4_000_000_000_000_000);
    store.files().create(bob.id, &new_file(), day).await.unwrap().unwrap().id.to_string()
}

fn new_file() -> NewFile {
    NewFile {
        id: store::fresh(),
        name: "theirs.png".to_owned(),
        media_type: "image/png".to_owned(),
        sha256: [7; 32],
        data: PNG.to_vec(),
    }
}

/// The blocks of the message at this place of the newest request, context and stamp left out, and
/// marks for the cache too.
fn sent_blocks(world: &World, place: usize) -> Vec<Value> {
    let request = world.requests().pop().unwrap();
    let mut blocks = request["messages"][place]["content"].as_array().unwrap().clone();
    let is_ours = |text: &str| text.starts_with("<context>") || text.starts_with('[');
    blocks.retain(|block| !block["text"].as_str().is_some_and(is_ours));
    for block in &mut blocks {
        block.as_object_mut().unwrap().shift_remove("cache_control");
    }
    blocks
}

async fn files_reach_the_model_byte_for_byte(db: Db) {
    let world = World::start(db).await;
    let files = [
        uploaded(&world, "shot.png", "image/png", PNG).await,
        uploaded(&world, "offer.pdf", "application/pdf", PDF).await,
        uploaded(&world, "list.csv", "text/csv; charset=utf-8", TEXT).await,
    ];
    assert_eq!(files[2]["mediaType"], "text/csv");
    assert_eq!((&files[1]["name"], &files[1]["size"]), (&json!("offer.pdf"), &json!(PDF.len())));
    let url = |place: usize| files[place]["url"].as_str().unwrap();
    let parts: Vec<Value> = (0..3).map(|place| file_part(url(place))).collect();
    let all = [parts, vec![text("What is this?")]].concat();
    let base64 = |kind: &str, data| json!({"type": "base64", "media_type": kind, "data": STANDARD.encode(data)});
    let plain = json!({"type": "text", "media_type": "text/plain", "data": "name;caf\u{e9}\n"});
    let expected = [
        json!({"type": "image", "source": base64("image/png", PNG)}),
        json!({"type": "document", "source": base64("application/pdf", PDF), "title": "offer.pdf"}),
        json!({"type": "document", "source": plain, "title": "list.csv"}),
        text("What is this?"),
    ];

    world.model.script([
        Reply::new().tool("list_tasks", json!({})),
        says("Three files."),
        says("Still three."),
    ]);
    let told = world.me.agent(message("m1", &all)).await.rest().await;
    assert_eq!(told.text(), "Three files.");
    assert_eq!(sent_blocks(&world, 0), expected);
    let world = world.after_kill().await;
    world.say("And now?").await;
    assert_eq!(sent_blocks(&world, 0), expected, "the same after a restart");

    let shown = world.messages().await[0]["parts"].clone();
    assert_eq!(shown[1]["filename"], "offer.pdf", "the stored name counts");
    assert_eq!(shown[1]["mediaType"], "application/pdf");
    assert_eq!(shown[1]["url"], files[1]["url"]);
    assert_eq!(shown[3], text("What is this?"));
    let bytes = world.me.request(Method::GET, url(1)).send().await.unwrap().bytes().await.unwrap();
    assert_eq!(bytes, PDF);
}

async fn a_data_url_is_stored_once(db: Db) {
    let world = World::start(db).await;
    world.model.script([says("A shot."), says("The same shot.")]);
    let shot = || file_part(&data_url("image/png", PNG));
    let post = message("m1", &[shot(), shot(), text("Look")]);

    let first = world.me.agent(post.clone()).await.rest().await;
    let again = world.me.agent(post).await.rest().await;
    assert_eq!(again.message_id(), first.message_id());
    assert_eq!(world.requests().len(), 1);
    let parts = world.messages().await[0]["parts"].clone();
    let url = parts[0]["url"].as_str().unwrap().to_owned();
    assert!(url.starts_with("/api/files/"), "{url}");
    assert_eq!(parts[1]["url"], url.as_str(), "the same bytes are the same file");
    let image = &sent_blocks(&world, 0)[1]["source"];
    assert_eq!(image["data"], STANDARD.encode(PNG));

    world.me.agent(message("m2", &[shot(), text("Again")])).await.rest().await;
    assert_eq!(world.messages().await[2]["parts"][0]["url"], url.as_str());
    let other = message("m2", &[file_part(&data_url("image/png", b"\x89PNG\r\n\x1a\nother"))]);
    world.me.post("/api/agent", other).await.problem(409, "conflict");
    assert_eq!(world.requests().len(), 2);
}

async fn one_message_posted_twice_at_once_is_one_turn(db: Db) {
    let world = World::start(db).await;
    world.model.otherwise(says("A shot."));
    let uploaded = uploaded(&world, "shot.png", "image/png", PNG).await;
    let kept = file_part(uploaded["url"].as_str().unwrap());
    let post = message("m1", &[kept, file_part(&data_url("image/png", PNG)), text("Look")]);

    let posts = (0..4).map(|_| async { world.me.agent(post.clone()).await.rest().await });
    let told = futures_util::future::join_all(posts).await;

    for one in &told {
        assert_eq!(one.message_id(), told[0].message_id());
    }
    assert_eq!(world.messages().await.len(), 2);
    assert_eq!(world.requests().len(), 1);
}

async fn an_edited_message_keeps_its_file(db: Db) {
    let world = World::start(db).await;
    world.model.script([says("A shot."), says("A red shot."), says("Still red.")]);
    let shot = file_part(&data_url("image/png", PNG));
    world.me.agent(message("m1", &[shot, text("Look")])).await.rest().await;
    let shown = world.messages().await[0]["parts"][0].clone();

    let mut edited = message("m1", &[shown.clone(), text("Which colour?")]);
    edited["messageId"] = json!("m1");
    world.me.agent(edited).await.rest().await;
    let again = json!({"id": CHAT, "trigger": "regenerate-message", "messages": []});
    world.me.agent(again).await.rest().await;

    assert_eq!(world.messages().await[0]["parts"], json!([shown, text("Which colour?")]));
    for place in [1, 2] {
        let blocks = &world.requests()[place]["messages"][0]["content"];
        let images = blocks.as_array().unwrap().iter().filter(|block| block["type"] == "image");
        assert_eq!(images.count(), 1, "{blocks}");
    }
}

async fn a_message_names_only_files_it_can_hold(db: Db) {
    let world = World::start(db).await;
    let store = store_of(&world).await;
    let theirs = format!("/api/files/{}", foreign_file(&store).await);
    let held = uploaded(&world, "held.png", "image/png", PNG).await["url"].clone();
    let held = held.as_str().unwrap();
    world.model.script([says("Seen."), says("Seen.")]);
    let elsewhere = json!({"message": {"role": "user", "parts": [file_part(held)]}});
    world.me.agent(elsewhere).await.rest().await;
    let loose = uploaded(&world, "loose.png", "image/png", PNG).await["url"].clone();
    let loose = loose.as_str().unwrap();

    let unknown = "/api/files/01900000-0000-7000-8000-000000000000";
    let svg = data_url("image/svg+xml", b"<svg onload=alert(1)>");
    let lie = data_url("image/png", b"<html>");
    for url in [
        unknown,
        &theirs,
        held,
        "/api/files/x",
        "/api/tasks",
        "https://example.org/a.png",
        "",
        "data:",
        "data:image/png,abc",
        "data:image/png;base64,%%%",
        "data:image/png;base64,",
        "blob:http://localhost/1",
        "file:///etc/passwd",
        &svg,
        &lie,
    ] {
        let parts = [text("Look"), file_part(loose), file_part(url)];
        let answer = world.me.post("/api/agent", message("m1", &parts)).await;
        assert_eq!(answer.wrong_fields(), ["/messages/0/parts/2/url"], "{url}");
        let ours = json!({"conversationId": CHAT, "message": {"role": "user", "parts": parts}});
        let answer = world.me.post("/api/agent", ours).await;
        assert_eq!(answer.wrong_fields(), ["/message/parts/2/url"], "{url}");
    }
    let wrong = async |parts: Vec<Value>| {
        world.me.post("/api/agent", message("m1", &parts)).await.wrong_fields()
    };
    let parts = "/messages/0/parts";
    assert_eq!(wrong(vec![file_part(loose); 11]).await, [parts]);
    assert_eq!(wrong(vec![text(" ")]).await, [parts]);
    assert_eq!(wrong(vec![json!({"type": "file"})]).await, [format!("{parts}/0")]);
    let odd = json!({"type": "file", "url": 5});
    assert_eq!(wrong(vec![odd]).await, [format!("{parts}/0/url")]);
    assert!(world.me.get(&format!("/api/conversations/{CHAT}")).await.status == 404);
    assert_eq!(world.requests().len(), 1);

    let told = world.me.agent(message("m1", &vec![file_part(loose); 10])).await.rest().await;
    assert_eq!(told.text(), "Seen.", "nothing was lost");
}

async fn a_message_with_only_files_is_named_after_them(db: Db) {
    let world = World::start(db).await;
    world.model.script([says("Seen.")]);
    let shot = file_part(&data_url("image/png", PNG));
    let mut offer = file_part(&data_url("application/pdf", PDF));
    (offer["filename"], offer["mediaType"]) = (json!("../offer.pdf"), json!("application/pdf"));
    world.me.agent(message("m1", &[shot, offer])).await.rest().await;
    assert_eq!(world.conversation().await["title"], "shot.png, offer.pdf");
}

async fn what_does_not_fit_a_request_is_named(db: Db) {
    let world = World::start(db).await;
    world.model.script([says("Long."), says("Both?"), says("Yes.")]);
    let long = [PDF, &vec![b'x'; 19 * MEBIBYTE]].concat();
    let long = uploaded(&world, "long.pdf", "application/pdf", &long).await["url"].clone();
    let long = file_part(long.as_str().unwrap());
    world.me.agent(message("m1", &[long, text("Read")])).await.rest().await;
    let kinds = |blocks: &[Value]| -> Vec<String> {
        blocks.iter().map(|block| block["type"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(kinds(&sent_blocks(&world, 0)), ["document", "text"]);
    let shot = [PNG, &vec![b'x'; 4 * MEBIBYTE]].concat();
    let shot = uploaded(&world, "shot.png", "image/png", &shot).await["url"].clone();
    let shot = file_part(shot.as_str().unwrap());
    world.me.agent(message("m2", &[shot, text("Look")])).await.rest().await;
    world.say("Go on").await;
    for place in [1, 2] {
        let messages = &world.requests()[place]["messages"];
        let (first, second) = (messages[0].to_string(), messages[2].to_string());
        assert!(first.contains("long.pdf (application/pdf)"), "it is named");
        assert!(!first.contains("base64") && second.contains("base64"), "request {place}");
    }
}

async fn the_built_in_model_takes_no_harm(db: Db) {
    let world = World::offline(db).await;
    let shot = || file_part(&data_url("image/png", PNG));
    let told = world.me.agent(message("m1", &[shot(), text("Add a task to buy milk")])).await;
    let told = told.rest().await;
    assert_eq!(told.one("tool-input-available")["input"]["title"], "Buy milk");
    let alone = world.me.agent(message("m2", &[shot()])).await.rest().await;
    assert!(!alone.text().is_empty());
    assert_eq!(alone.finish(), "stop");
}

async fn hostile_uploads_are_refused(db: Db) {
    let world = World::start(db).await;
    for (name, kind, data) in [
        ("page.png", "image/png", &b"<html><script>alert(1)</script>"[..]),
        ("page.html", "text/html", b"<html><script>alert(1)</script>"),
        ("shot.svg", "image/svg+xml", b"<svg xmlns='http://www.w3.org/2000/svg' onload='x()'/>"),
        ("run.js", "text/javascript", b"alert(1)"),
        ("a.png", "image/jpeg", PNG),
        ("a.txt", "text/plain", PDF),
        ("a.pdf", "application/pdf", b"<!-- %PDF-1.7 -->"),
        ("a.txt", "text/plain", b"a\0b"),
        ("a.txt", "text/plain", b"caf\xe9"),
        ("a.txt", "text/plain", b" \r\n "),
        ("a.exe", "application/octet-stream", b"MZ\x90\0\x03"),
        ("a.zip", "application/zip", b"PK\x03\x04"),
        ("a", "garbage", b"text"),
    ] {
        let answer = send(&world.me, name, kind, data).await;
        assert_eq!(answer.wrong_fields(), ["/file"], "{name} {kind}");
        let head = format!("name=\"file\"; filename=\"{name}\"\r\nContent-Type: {kind}");
        let answer = send_form(&world.me, form(&head, data)).await;
        assert_eq!(answer.wrong_fields(), ["/file"], "{name} {kind}");
    }
    let file = |name: &str| form(&format!("name=\"{name}\"; filename=\"a.txt\""), b"text");
    let empty = form("name=\"file\"; filename=\"a.txt\"", b"");
    assert_eq!(send_form(&world.me, empty).await.wrong_fields(), ["/file"]);
    assert_eq!(send_form(&world.me, file("other/x")).await.wrong_fields(), ["/other~1x"]);
    let one = file("file");
    let two = [&one[..one.len() - "--XX--\r\n".len()], &one].concat();
    assert_eq!(send_form(&world.me, two).await.wrong_fields(), ["/file"]);
    let missing = send_form(&world.me, b"--XX--\r\n".to_vec()).await;
    assert_eq!(missing.wrong_fields(), ["/file"]);
    for broken in [&b"--XX\r\n"[..], b"nothing", &one[..one.len() - 12]] {
        send_form(&world.me, broken.to_vec()).await.problem(400, "invalid_request");
    }
    for kind in ["multipart/form-data", "multipart/form-data; boundary=", "multipart/mixed"] {
        send(&world.me, "a", kind, "--XX--").await.problem(400, "invalid_request");
    }
    send(&world.me, "a", "text/plain", "").await.problem(400, "invalid_request");
    assert_eq!(send(&world.me, "a\0", "text/plain", "x").await.wrong_fields(), ["/name"]);
    let untyped = world.me.request(Method::POST, "/api/files").body("plain");
    assert_eq!(Answer::of(untyped).await.expect(201)["mediaType"], "text/plain");
    world.me.signed_out().post("/api/files", json!({})).await.problem(401, "unauthorized");
    let foreign = world.me.bare(Method::POST, "/api/files").body("plain");
    Answer::of(foreign).await.problem(403, "forbidden");
}

async fn each_kind_of_file_has_its_limit(db: Db) {
    let world = World::start(db).await;
    let of_size = |start: &[u8], size: usize| [start, &vec![b' '; size - start.len()]].concat();
    for (kind, start, mebibytes) in
        [("image/png", PNG, 5), ("application/pdf", PDF, 20), ("text/plain", TEXT, 1)]
    {
        let largest = of_size(start, mebibytes * MEBIBYTE);
        let head = format!("name=\"file\"; filename=\"a\"\r\nContent-Type: {kind}");
        let file = send_form(&world.me, form(&head, &largest)).await.expect(201);
        assert_eq!(file["size"], mebibytes * MEBIBYTE);
        let more = of_size(start, mebibytes * MEBIBYTE + 1);
        send(&world.me, "a", kind, more.clone()).await.problem(413, "payload_too_large");
        let answer = send_form(&world.me, form(&head, &more)).await;
        answer.problem(413, "payload_too_large");
    }
    let body = vec![b'x'; 21 * MEBIBYTE];
    let in_a_form = form("name=\"file\"; filename=\"a\"", &body);
    send_form(&world.me, in_a_form).await.problem(413, "payload_too_large");
    for kind in ["image/png", "text/plain"] {
        send(&world.me, "a", kind, body.clone()).await.problem(413, "payload_too_large");
    }
    world.me.get("/api/me").await.expect(200);
}

async fn a_file_is_never_a_page(db: Db) {
    let world = World::start(db).await;
    let html = b"<html><script>alert(1)</script>";
    let polyglot = b"GIF89a/*\0*/=1;alert(1)//<script>alert(1)</script>";
    for (name, kind, data, how, served) in [
        ("a.png", "image/png", PNG, "inline", "image/png"),
        ("a.html", "image/gif", polyglot, "inline", "image/gif"),
        ("a.pdf", "application/pdf", PDF, "inline", "application/pdf"),
        ("a.html", "text/plain", html, "attachment", "text/plain; charset=utf-8"),
        ("a.svg", "text/plain", b"<svg onload=x>", "attachment", "text/plain; charset=utf-8"),
        ("a.json", "application/json", b"{}", "attachment", "text/plain; charset=utf-8"),
    ] {
        let file = uploaded(&world, name, kind, data).await;
        let url = file["url"].as_str().unwrap();
        let answer = world.me.get(url).await;
        assert_eq!(answer.status, 200);
        assert_eq!(answer.header("content-type"), served, "{name}");
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
        assert_eq!(answer.header("content-security-policy"), "sandbox; default-src 'none'");
        assert!(answer.header("cache-control").starts_with("private, max-age="));
        assert!(answer.header("content-disposition").starts_with(how), "{name}");
        let etag = answer.header("etag");
        let known = world.me.request(Method::GET, url).header("if-none-match", etag);
        let known = Answer::of(known).await;
        assert_eq!((known.status.as_u16(), known.body.as_str()), (304, ""));
        world.me.signed_out().get(url).await.problem(401, "unauthorized");
    }
}

async fn a_name_stays_a_name(db: Db) {
    let world = World::start(db).await;
    for (given, name, header) in [
        ("../../etc/x", "x", "filename=\"x\"; filename*=UTF-8''x"),
        ("C:\\a\\b.txt", "b.txt", "filename=\"b.txt\"; filename*=UTF-8''b.txt"),
        (
            "a\"; filename=evil.exe\r\nSet-Cookie: x=y\r\n\r\n<html>",
            "a\"; filename=evil.exeSet-Cookie: x=y<html>",
            "filename=\"a_; filename=evil.exeSet-Cookie: x=y<html>\"; filename*=UTF-8''\
             a%22%3B%20filename%3Devil.exeSet-Cookie%3A%20x%3Dy%3Chtml%3E",
        ),
        (
            "caf\u{e9} 100%.txt",
            "caf\u{e9} 100%.txt",
            "filename=\"caf_ 100_.txt\"; filename*=UTF-8''caf%C3%A9%20100%25.txt",
        ),
        ("\u{202e}gpj.exe", "gpj.exe", "filename=\"gpj.exe\"; filename*=UTF-8''gpj.exe"),
        ("..", "file", "filename=\"file\"; filename*=UTF-8''file"),
    ] {
        let file = uploaded(&world, given, "text/plain", TEXT).await;
        assert_eq!(file["name"], name, "{given:?}");
        let answer = world.me.get(file["url"].as_str().unwrap()).await;
        assert_eq!(answer.header("content-disposition"), format!("attachment; {header}"));
        assert!(!answer.headers.contains_key("set-cookie"));
    }
    let head = "name=\"file\"; filename=\"../\u{e4}/\u{e9}.txt\"\r\nContent-Type: text/plain";
    let file = send_form(&world.me, form(head, TEXT)).await.expect(201);
    assert_eq!(file["name"], "\u{e9}.txt");
}

async fn a_file_in_a_message_goes_with_its_conversation(db: Db) {
    let world = World::start(db).await;
    let store = store_of(&world).await;
    let theirs = format!("/api/files/{}", foreign_file(&store).await);
    for method in [Method::GET, Method::DELETE] {
        for path in [&theirs, "/api/files/01900000-0000-7000-8000-000000000000", "/api/files/x"] {
            let answer = Answer::of(world.me.request(method.clone(), path)).await;
            answer.problem(404, "not_found");
        }
    }
    let held = uploaded(&world, "a.png", "image/png", PNG).await["url"].clone();
    let loose = uploaded(&world, "a.png", "image/png", PNG).await["url"].clone();
    let (held, loose) = (held.as_str().unwrap(), loose.as_str().unwrap());
    world.model.script([says("Seen.")]);
    world.me.agent(message("m1", &[file_part(held)])).await.rest().await;

    world.me.delete(held).await.problem(409, "conflict");
    assert_eq!(world.me.delete(loose).await.status, 204);
    world.me.delete(loose).await.problem(404, "not_found");
    assert_eq!(world.me.get(held).await.status, 200);
    assert_eq!(world.me.delete(&format!("/api/conversations/{CHAT}")).await.status, 204);
    world.me.get(held).await.problem(404, "not_found");
}

async fn a_file_that_no_message_holds_goes_after_a_day(db: Db) {
    let world = World::start(db).await;
    let me = world.me.get("/api/me").await.expect(200)["id"].as_str().unwrap().parse().unwrap();
    let store = store_of(&world).await;
    let fresh = uploaded(&world, "a.png", "image/png", PNG).await["url"].clone();
    let old = store.files().create(me, &new_file(), Ts(0)).await.unwrap().unwrap();

    let world = world.after_kill().await;

    world.me.get(&format!("/api/files/{}", old.id)).await.problem(404, "not_found");
    assert_eq!(world.me.get(fresh.as_str().unwrap()).await.status, 200);
}
