//! Conversations that leave, and come back elsewhere.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::data::{Db, journeys};
use crate::files::{PDF, PNG, TEXT, file_part, message, text, uploaded};
use crate::imports::{conversations, counts, imported, messages_of, said};
use crate::world::{CHAT, World, chat, says};

journeys! {
    an_exported_conversation_is_the_same_elsewhere,
    a_conversation_can_be_read_as_markdown,
    an_export_of_nothing_is_not_found,
    a_call_that_waited_asks_nobody_after_an_import,
    files_come_along,
    what_is_no_file_is_left_out_of_a_conversation,
    an_answer_that_was_being_written_is_missed,
    messages_in_disorder_are_all_kept,
}

async fn exported(world: &World, id: &str) -> Value {
    world.me.get(&format!("/api/conversations/{id}/export")).await.expect(200)
}

/// An export without what must differ elsewhere: ids become places, and of calls the outcome stays.
fn comparable(export: &Value) -> Value {
    let messages = export["messages"].as_array().unwrap();
    let place = |id: &Value| messages.iter().position(|message| message["id"] == *id);
    let part = |part: &Value| {
        let kept = ["type", "text", "toolName", "title", "state", "input", "output"];
        Value::from_iter(kept.map(|name| (name, part[name].clone())))
    };
    let is_kept = |part: &&Value| !part["type"].as_str().unwrap().starts_with("data-");
    let shown = messages.iter().map(|message| {
        let parts = message["parts"].as_array().unwrap().iter().filter(is_kept).map(part);
        json!([
            place(&message["parentId"]),
            message["role"],
            message["createdAt"],
            parts.collect::<Vec<Value>>(),
        ])
    });
    let mut conversation = export["conversation"].clone();
    conversation["id"].take();
    json!([conversation, place(&export["headId"]), shown.collect::<Vec<Value>>()])
}

/// A conversation with an approved call, a denied one, and two versions of a message.
async fn full_of_things(db: Db) -> World {
    let world = World::start(db).await;
    for decision in ["approve", "deny"] {
        let approval = world.asked_to_add("Milk").await;
        world.model.script([says("As you like.")]);
        world.decide(&approval, json!({"decision": decision})).await;
        world.settled().await;
    }
    world.model.script([says("One."), says("Two.")]);
    world.me.agent(chat("m1", "First")).await.rest().await;
    let mut edit = chat("m1", "First, edited");
    edit["messageId"] = json!("m1");
    world.me.agent(edit).await.rest().await;
    world
}

async fn an_exported_conversation_is_the_same_elsewhere(db: Db) {
    let (world, elsewhere) = (full_of_things(db).await, World::start(db).await);
    let answer = world.me.get(&format!("/api/conversations/{CHAT}/export?format=json")).await;
    let export = answer.expect(200);
    assert_eq!(answer.header("content-type"), "application/json");
    assert_eq!(
        answer.header("content-disposition"),
        "attachment; filename=\"Add Milk.json\"; filename*=UTF-8''Add%20Milk.json"
    );
    assert_eq!(
        (&export["format"], &export["version"]),
        (&json!("smithers.conversation"), &json!(1))
    );

    assert_eq!(counts(&imported(&world, answer.body.clone()).await), [1, 0, 1, 0]);
    assert_eq!(counts(&imported(&elsewhere, format!("[{}]", answer.body)).await), [1, 1, 0, 0]);

    let copy = conversations(&elsewhere).await.remove(0);
    let copied = exported(&elsewhere, copy["id"].as_str().unwrap()).await;
    assert_eq!(comparable(&copied), comparable(&export));
    assert_eq!(copied["messages"].as_array().unwrap().len(), 8);
    let states: Vec<String> = copied["messages"]
        .to_string()
        .split("output-")
        .skip(1)
        .map(|rest| rest.split('"').next().unwrap().to_owned())
        .collect();
    assert_eq!(states, ["available", "denied"]);
    assert_eq!(said(&messages_of(&elsewhere, &copy).await), said(&world.messages().await));
    assert_eq!(counts(&imported(&elsewhere, copied.to_string()).await), [1, 0, 1, 0]);
}

async fn a_conversation_can_be_read_as_markdown(db: Db) {
    let world = full_of_things(db).await;
    let answer = world.me.get(&format!("/api/conversations/{CHAT}/export?format=markdown")).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("content-type"), "text/markdown; charset=utf-8");
    assert_eq!(
        answer.header("content-disposition"),
        "attachment; filename=\"Add Milk.md\"; filename*=UTF-8''Add%20Milk.md"
    );
    let markdown = answer.body;
    assert!(markdown.starts_with("# Add Milk\n\n*"), "{markdown}");
    for line in [
        "- Tool: Add task `{\"title\":\"Milk\"}`: done",
        "- Tool: Add task `{\"title\":\"Milk\"}`: denied",
        "First, edited",
        "Two.",
    ] {
        assert!(markdown.lines().any(|other| other == line), "{line}: {markdown}");
    }
    assert!(markdown.contains("\n## Ada, ") && markdown.contains("\n## Smithers, "));
    assert!(!markdown.contains("One."), "another branch: {markdown}");
}

async fn an_export_of_nothing_is_not_found(db: Db) {
    let world = World::start(db).await;
    let unknown = "01900000-0000-7000-8000-000000000000";
    for path in ["conversations/nowhere/export", &format!("imports/{unknown}"), "imports/x"] {
        world.me.get(&format!("/api/{path}")).await.problem(404, "not_found");
    }
    world.exchange("Hello", says("Hi.")).await;
    let wrong = world.me.get(&format!("/api/conversations/{CHAT}/export?format=pdf")).await;
    assert_eq!(wrong.wrong_fields(), ["/format"]);
}

async fn a_call_that_waited_asks_nobody_after_an_import(db: Db) {
    let (world, elsewhere) = (World::start(db).await, World::start(db).await);
    world.asked_to_add("Milk").await;
    let export = exported(&world, CHAT).await;
    assert!(export.to_string().contains("approval-requested"));
    imported(&elsewhere, export.to_string()).await;
    let copy = conversations(&elsewhere).await.remove(0);
    let messages = messages_of(&elsewhere, &copy).await;
    let call =
        messages[1]["parts"].as_array().unwrap().iter().find(|part| part["type"] == "dynamic-tool");
    let call = call.unwrap();
    assert_eq!((&call["state"], &call["approval"]), (&json!("output-error"), &Value::Null));
    assert_eq!(copy["status"], "idle");
    assert_eq!(elsewhere.me.get("/api/approvals").await.expect(200)["items"], json!([]));
}

/// A conversation with a message that has three files.
async fn with_files(world: &World) -> Value {
    let mut parts = vec![text("Look")];
    for (name, kind, data) in [
        ("a.png", "image/png", PNG),
        ("b.pdf", "application/pdf", PDF),
        ("c.csv", "text/csv", TEXT),
    ] {
        let file = uploaded(world, name, kind, data).await;
        parts.push(file_part(file["url"].as_str().unwrap()));
    }
    world.model.script([says("Three files.")]);
    world.me.agent(message("m1", &parts)).await.rest().await;
    exported(world, CHAT).await
}

async fn files_come_along(db: Db) {
    let (world, elsewhere) = (World::start(db).await, World::start(db).await);
    let export = with_files(&world).await;
    let enclosed = export["files"].as_array().unwrap();
    let of = |name: &str| enclosed.iter().map(|file| file[name].clone()).collect::<Vec<Value>>();
    assert_eq!(of("name"), ["a.png", "b.pdf", "c.csv"]);
    assert_eq!(of("data"), [PNG, PDF, TEXT].map(|data| STANDARD.encode(data)));

    let pretty = serde_json::to_string_pretty(&json!([export])).unwrap();
    let import = imported(&elsewhere, pretty).await;

    assert_eq!((counts(&import), &import["error"]), ([1, 1, 0, 0], &Value::Null));
    let copy = conversations(&elsewhere).await.remove(0);
    let parts = messages_of(&elsewhere, &copy).await[0]["parts"].clone();
    let before = &world.messages().await[0]["parts"];
    for (place, (kind, data)) in (1..).zip([("image/png", PNG), ("application/pdf", PDF)]) {
        let url = parts[place]["url"].as_str().unwrap();
        assert_ne!(parts[place]["url"], before[place]["url"]);
        assert_eq!(parts[place]["filename"], before[place]["filename"]);
        let file = elsewhere.me.request(reqwest::Method::GET, url).send().await.unwrap();
        assert_eq!(file.headers()["content-type"], kind);
        assert_eq!(file.bytes().await.unwrap(), data);
    }
    elsewhere.model.script([says("Still three.")]);
    let post = json!({"conversationId": copy["id"], "message": "And now?"});
    elsewhere.me.agent(post).await.rest().await;
    let (sent, first) = (elsewhere.requests().remove(0), world.requests().remove(0));
    for source in ["image", "document"] {
        let blocks = |request: &Value| -> Vec<Value> {
            let blocks = request["messages"][0]["content"].as_array().unwrap().iter();
            blocks.filter(|block| block["type"] == source).map(|it| it["source"].clone()).collect()
        };
        assert_eq!(blocks(&sent), blocks(&first), "the model sees the same");
    }
    let again =
        imported(&elsewhere, exported(&elsewhere, copy["id"].as_str().unwrap()).await.to_string());
    assert_eq!(counts(&again.await), [1, 0, 1, 0]);
    let markdown = format!("/api/conversations/{CHAT}/export?format=markdown");
    assert!(world.me.get(&markdown).await.body.contains("- File: b.pdf"));
    let url = parts[1]["url"].as_str().unwrap();
    let gone = format!("/api/conversations/{}", copy["id"].as_str().unwrap());
    assert_eq!(elsewhere.me.delete(&gone).await.status, 204);
    elsewhere.me.get(url).await.problem(404, "not_found");
}

async fn what_is_no_file_is_left_out_of_a_conversation(db: Db) {
    let (world, elsewhere) = (World::start(db).await, World::start(db).await);
    let mut export = with_files(&world).await;
    export["files"][0]["data"] = json!(STANDARD.encode("<html>"));
    export["files"][1]["data"] = json!("%%%");
    export["files"][2]["name"] = json!("../../c.csv");
    let mut files = export["files"].as_array().unwrap().clone();
    files.extend([json!(5), json!({"id": "x"}), json!([{"files": []}]), files[2].clone()]);
    export["files"] = json!(files);

    let import = imported(&elsewhere, export.to_string()).await;

    assert_eq!(counts(&import), [1, 1, 0, 0]);
    let problem = import["error"].as_str().unwrap();
    assert!(problem.contains("a.png was left out: the content of the file"), "{problem}");
    let copy = conversations(&elsewhere).await.remove(0);
    let parts = messages_of(&elsewhere, &copy).await[0]["parts"].clone();
    assert_eq!(
        (&parts[1]["text"], &parts[2]["text"]),
        (&json!("[file: a.png]"), &json!("[file: b.pdf]"))
    );
    assert_eq!((&parts[3]["type"], &parts[3]["filename"]), (&json!("file"), &json!("c.csv")));
}

async fn an_answer_that_was_being_written_is_missed(db: Db) {
    let (world, elsewhere) = (World::start(db).await, World::start(db).await);
    let mut export = {
        world.exchange("Hello", says("Hi.")).await;
        exported(&world, CHAT).await
    };
    assert_eq!(
        (&export["messages"][1]["status"], &export["files"]),
        (&json!("completed"), &json!([]))
    );
    export["messages"][1]["status"] = json!("running");
    export["messages"][1]["parts"] = json!([]);

    let import = imported(&elsewhere, export.to_string()).await;

    assert_eq!(counts(&import), [1, 1, 0, 0]);
    assert!(import["error"].as_str().unwrap().contains("still being written"), "{import}");
}

async fn messages_in_disorder_are_all_kept(db: Db) {
    let world = World::start(db).await;
    let export = |id: &str, messages: &[(&str, Option<&str>)]| {
        let message = |(id, parent): &(&str, Option<&str>)| json!({"id": id, "parentId": parent, "role": "user", "parts": [text(id)]});
        json!({"format": "smithers.conversation", "version": 1, "headId": messages[0].0,
            "conversation": {"id": id, "title": id},
            "messages": messages.iter().map(message).collect::<Vec<Value>>()})
    };
    let orphan = export("orphan", &[("b", Some("a")), ("x", Some("nowhere")), ("a", None)]);
    let circle = export("circle", &[("d", Some("c")), ("c", Some("b")), ("b", Some("c"))]);
    let itself = export("itself", &[("a", Some("a"))]);

    let import = imported(&world, json!([orphan, circle, itself]).to_string()).await;

    assert_eq!(counts(&import), [3, 3, 0, 0]);
    let problems: Vec<&str> =
        import["problems"].as_array().unwrap().iter().map(|it| it.as_str().unwrap()).collect();
    assert_eq!(problems.len(), 3);
    assert!(problems[0].starts_with("conversation 1 is not as it was: 1 of its messages follow"));
    assert!(problems[1].contains("in a circle") && problems[2].contains("in a circle"));
    for conversation in conversations(&world).await {
        let said = said(&messages_of(&world, &conversation).await);
        let (title, lines) = (conversation["title"].as_str().unwrap(), said.join(", "));
        let expected = match title {
            "orphan" => "user: a, user: b",
            "circle" => "user: c, user: d",
            _ => "user: a",
        };
        assert_eq!(lines, expected, "{title}");
        let whole = exported(&world, conversation["id"].as_str().unwrap()).await;
        let count = whole["messages"].as_array().unwrap().len();
        assert_eq!(count, if title == "itself" { 1 } else { 3 }, "nothing is lost");
    }
}
