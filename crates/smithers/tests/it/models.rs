//! Which model answers: chosen for a conversation, gone, or replaced, and what it brings from
//! outside.

use serde_json::{Value, json};
use standins::anthropic::{Gate, Reply};
use standins::openai::OpenAi;

use crate::client::Client;
use crate::compaction::is_summary;
use crate::data::{Db, journeys};
use crate::world::{CHAT, World, adds, chat, own, says};

journeys! {
    only_a_known_model_can_be_chosen,
    a_model_that_is_gone_gives_way_and_says_so,
    what_the_vendors_tools_find_taints_and_is_named,
    each_conversation_keeps_its_model,
    another_vendors_model_takes_over,
    an_answer_that_keeps_breaking_off_is_given_by_another_model,
    another_model_writes_the_summary,
    what_was_found_taints_an_answer_that_is_stopped,
    who_answers_is_told_once,
    a_tool_of_the_vendors_may_fail_or_go_on_in_the_next_answer,
}

/// A post that chooses a model.
fn with_model(mut post: Value, name: &str) -> Value {
    post["model"] = json!(name);
    post
}

async fn choose(me: &Client, name: Option<&str>) -> Value {
    let path = format!("/api/conversations/{CHAT}");
    me.patch(&path, json!({"model": name})).await.expect(200)["model"].clone()
}

async fn only_a_known_model_can_be_chosen(db: Db) {
    let world = World::start(db).await;
    for post in [own("Hello"), chat("m1", "Hello")] {
        let refused = world.me.post("/api/agent", with_model(post, "gpt")).await;
        assert_eq!(refused.wrong_fields(), ["/model"]);
        assert!(refused.body.contains("`claude-sonnet-5-5`"), "{}", refused.body);
    }
    world.exchange("Hello", says("Hi.")).await;
    assert_eq!(world.conversation().await["model"], json!(null));
    world.model.script([says("Hi again.")]);
    let post = with_model(chat("m2", "Hello again"), "claude-sonnet-5-5");
    world.me.agent(post).await.rest().await;
    assert_eq!(world.conversation().await["model"], "claude-sonnet-5-5");
    let list = world.me.get("/api/conversations").await.expect(200);
    assert_eq!(list["items"][0]["model"], "claude-sonnet-5-5");
    let path = format!("/api/conversations/{CHAT}");
    let refused = world.me.patch(&path, json!({"model": "gpt"})).await;
    assert_eq!(refused.wrong_fields(), ["/model"]);
    assert_eq!(
        world.me.patch(&path, json!({"pinned": true})).await.expect(200)["model"].as_str(),
        Some("claude-sonnet-5-5")
    );
    assert_eq!(choose(&world.me, None).await, json!(null));
}

async fn a_model_that_is_gone_gives_way_and_says_so(db: Db) {
    let world = World::start(db).await;
    world.model.script([says("Hi.")]);
    world.me.agent(with_model(own("Hello"), "claude-sonnet-5-5")).await.rest().await;
    let world = world.restarted_with(&[("SMITHERS_MODEL", "claude-haiku-5-5")]).await;

    let told = world.exchange("Who are you?", says("Another one.")).await;

    let notice = &told.one("data-notice")["data"];
    assert_eq!(notice["code"], "fallback_model");
    let words = "claude-sonnet-5-5 is no longer offered, so claude-haiku-5-5 answers instead.";
    assert_eq!(notice["text"], words);
    let answer = world.newest_message().await;
    assert_eq!(answer["metadata"]["model"], "claude-haiku-5-5");
    assert_eq!(answer["parts"][0]["type"], "data-notice", "a reload says the same");
    choose(&world.me, None).await;
    let told = world.exchange("And now?", says("The default one.")).await;
    assert!(told.all("data-notice").is_empty());
}

async fn what_the_vendors_tools_find_taints_and_is_named(db: Db) {
    let world = World::start(db).await;
    let rules = json!({"mode": "default", "rules": [{"verdict": "allow", "tool": "create_*"}]});
    world.me.put("/api/permissions", rules).await.expect(200);
    let (page, cited) = ("https://example.org/page", "https://example.org/cited");
    let search = json!({"type": "server_tool_use", "id": "srvtoolu_1", "name": "web_search",
        "input": {"query": "offers"}});
    let found = json!({"type": "web_search_tool_result", "tool_use_id": "srvtoolu_1",
        "content": [{"type": "web_search_result", "url": cited, "title": "Cited",
            "encrypted_content": "x"}]});
    let fetched = json!({"type": "web_fetch_tool_result", "tool_use_id": "srvtoolu_2",
        "content": {"type": "web_fetch_result", "url": page, "content": {"type": "document"}}});
    let citation = |url: &str| {
        json!({"type": "web_search_result_location", "url": url,
        "title": "Cited", "cited_text": "An offer.", "encrypted_index": "x"})
    };
    let citations = json!([citation(cited), citation(cited), citation("javascript:alert(1)")]);
    let text = json!({"type": "text", "text": "There is one.", "citations": citations});
    let blocks = [search, found, fetched, text];
    let reply = blocks.iter().cloned().fold(Reply::new(), Reply::raw_block);
    world.model.script([reply.tool("create_task", json!({"title": "Milk"})), says("Done.")]);

    let told = world.say("Search for offers, and add milk").await;

    assert_eq!(told.approvals().len(), 1, "although a rule allows it");
    let asked = told.all("tool-input-available")[0];
    assert_eq!(
        (&asked["toolCallId"], &asked["toolName"]),
        (&json!("srvtoolu_1"), &json!("web_search"))
    );
    assert_eq!(
        (&asked["input"]["query"], &asked["providerExecuted"]),
        (&json!("offers"), &json!(true))
    );
    let answered = told.one("tool-output-available");
    let result = json!([{"type": "web_search_result", "url": cited, "title": "Cited"}]);
    assert_eq!((&answered["output"], &answered["providerExecuted"]), (&result, &json!(true)));
    let sources: Vec<_> = told.all("source-url").iter().map(|it| it["url"].clone()).collect();
    assert_eq!(sources, [page, cited]);
    let parts = world.newest_message().await["parts"].clone();
    let card = json!({"type": "dynamic-tool", "toolName": "web_search", "toolCallId": "srvtoolu_1",
        "state": "output-available", "input": {"query": "offers"}, "providerExecuted": true,
        "title": "Web search",
        "output": result});
    assert_eq!(parts[1], card, "as a reload shows it");
    let source = |url: &str| {
        parts.as_array().unwrap().iter().find(|part| part["url"] == url).cloned().unwrap()
    };
    assert_eq!(source(cited)["type"], "source-url");
    assert_eq!(source(cited)["title"], "Cited");
    assert!(source(page).get("title").is_none());
    world.approve(&told.approvals()[0]).await;
    world.settled().await;
    let sent = world.requests().remove(1);
    assert_eq!(sent["messages"][1]["content"].as_array().unwrap()[..4], blocks, "as they came");
    world.model.script([adds("Bread"), says("Done.")]);
    let told = world.say("Add bread").await;
    assert_eq!(told.approvals().len(), 1, "what was found is still read");
}

/// A large and a small Claude, and a model of another vendor that answers where one cannot.
async fn several(db: Db) -> (World, OpenAi) {
    let local = OpenAi::start().await;
    let models = json!([
        {"name": "large", "provider": "anthropic", "model": "claude-sonnet-5-5"},
        {"name": "small", "provider": "anthropic", "model": "claude-haiku-5-5"},
        {"name": "local", "provider": "openai", "model": "qwen3:8b", "base_url": local.base_url()},
    ]);
    let models = models.to_string();
    let settings = [("SMITHERS_MODELS", models.as_str()), ("SMITHERS_FALLBACK", "local")];
    (World::with(db, &settings).await, local)
}

fn overloaded() -> Reply {
    Reply::http_error(529, "overloaded_error").header("retry-after-ms", "1")
}

async fn each_conversation_keeps_its_model(db: Db) {
    let (world, _local) = several(db).await;
    let config = world.me.get("/api/config").await.expect(200);
    let names = config["models"].as_array().unwrap().iter().map(|it| it["name"].clone());
    assert_eq!(names.collect::<Vec<_>>(), ["large", "small", "local"]);
    world.model.otherwise(says("Fine."));

    world.me.agent(with_model(own("Hello"), "small")).await.rest().await;
    world.say("And again").await;
    world.me.agent(json!({"message": "Elsewhere"})).await.rest().await;
    choose(&world.me, None).await;
    world.say("And now?").await;

    let asked = world.requests().into_iter().map(|request| request["model"].clone());
    let (large, small) = ("claude-sonnet-5-5", "claude-haiku-5-5");
    assert_eq!(asked.collect::<Vec<_>>(), [small, small, large, large]);
}

async fn another_vendors_model_takes_over(db: Db) {
    let (world, local) = several(db).await;
    world.model.script([overloaded(), overloaded(), overloaded()]);
    local.script([adds("Milk"), says("It is on your list."), says("Still here.")]);

    let told = world.say("Add milk").await;
    world.approve(&told.approvals()[0]).await;
    world.settled().await;
    let next = world.say("Are you there?").await;

    assert_eq!(told.one("data-notice")["data"]["code"], "fallback_model");
    assert_eq!(told.all("reset-step").len(), 0);
    assert_eq!(world.tasks().await, ["Milk"]);
    assert_eq!(next.text(), "Still here.");
    assert_eq!(next.one("data-notice")["data"]["code"], "fallback_model");
    assert_eq!(world.requests().len(), 3, "nobody waits for its retries again");
    assert_eq!(local.requests().len(), 3);
    let answers = world.messages().await;
    assert_eq!(answers[1]["metadata"]["model"], "local");
    let bill = world.me.get("/api/usage").await.expect(200);
    let billed = |model: &str| {
        let mut items = bill["items"].as_array().unwrap().iter();
        items.find(|item| item["model"] == model).cloned().expect("it is on the bill")
    };
    assert_eq!(billed("qwen3:8b")["modelCalls"], 3);
    assert_eq!(billed("claude-sonnet-5-5")["outputTokens"], 0);
    assert_eq!(world.conversation().await["model"], json!(null), "nothing was chosen");
}

async fn an_answer_that_keeps_breaking_off_is_given_by_another_model(db: Db) {
    let (world, local) = several(db).await;
    let broken = || says("I am here.").error_after(4, "overloaded_error");
    world.model.script([broken(), broken(), broken()]);
    local.script([says("I am the other one.")]);

    let told = world.say("Who is there?").await;

    assert_eq!(told.finish(), "stop");
    assert_eq!(told.one("data-notice")["data"]["code"], "fallback_model");
    assert_eq!(told.all("reset-step").len(), 3);
    assert_eq!(world.requests().len(), 3);
    let answer = world.newest_message().await;
    let parts = answer["parts"].as_array().unwrap();
    let texts: Vec<_> = parts.iter().filter_map(|part| part["text"].as_str()).collect();
    assert_eq!(texts, ["I am the other one."], "a reload shows no half answer");
}

async fn another_model_writes_the_summary(db: Db) {
    let (world, local) = several(db).await;
    world.model.when(is_summary, overloaded());
    local.script([says("They talked.")]);
    world.exchange("One", says("First.")).await;
    world.exchange("Two", says("Second.")).await;

    let path = format!("/api/conversations/{CHAT}/compact");
    let made = world.me.post(&path, json!({})).await.expect(200);

    assert_eq!(made["summary"], "They talked.");
    assert_eq!(local.requests().len(), 1);
}

async fn what_was_found_taints_an_answer_that_is_stopped(db: Db) {
    let world = World::start(db).await;
    let rules = json!({"mode": "default", "rules": [{"verdict": "allow", "tool": "create_*"}]});
    world.me.put("/api/permissions", rules).await.expect(200);
    let search = json!({"type": "server_tool_use", "id": "srvtoolu_1", "name": "web_search",
        "input": {"query": "offers"}});
    let found = json!({"type": "web_search_tool_result", "tool_use_id": "srvtoolu_1",
        "content": []});
    let gate = Gate::new();
    let reply = Reply::new().raw_block(search).raw_block(found).text("There is").gate(&gate);
    world.model.script([reply, adds("Milk"), says("Done.")]);
    let mut events = world.me.agent(own("Search for offers")).await;
    events.until_text("There is").await;
    world.me.post(&format!("/api/agent/{CHAT}/stop"), json!({})).await.expect(202);
    events.rest().await;
    let card = world.newest_message().await["parts"][1].clone();
    assert_eq!((&card["toolName"], &card["output"]), (&json!("web_search"), &json!([])));

    let told = world.say("Add milk").await;

    assert_eq!(told.approvals().len(), 1, "although a rule allows it");
}

async fn who_answers_is_told_once(db: Db) {
    let (world, local) = several(db).await;
    let world = world.restarted_with(&[("SMITHERS_FALLBACK", "small,local")]).await;
    world.model.otherwise(overloaded());
    local.otherwise(says("I am here."));
    let words = "large is not available right now, so local answers instead.";

    for text in ["Are you there?", "And now?"] {
        let told = world.say(text).await;

        assert_eq!(told.text(), "I am here.");
        assert_eq!(told.one("data-notice")["data"]["text"], words);
        let parts = world.newest_message().await["parts"].clone();
        assert_eq!(parts[0]["data"]["text"], words, "{parts}");
    }
    local.otherwise(Reply::http_error(400, "invalid_request_error"));
    let told = world.say("Still?").await;
    assert_eq!((told.all("error").len(), told.all("data-notice").len()), (1, 0));
    let parts = world.newest_message().await["parts"].clone();
    assert!(!parts.to_string().contains("answers instead"), "{parts}");
}

async fn a_tool_of_the_vendors_may_fail_or_go_on_in_the_next_answer(db: Db) {
    let world = World::start(db).await;
    let call =
        |id: &str| json!({"type": "server_tool_use", "id": id, "name": "web_fetch", "input": {}});
    let result = |id: &str, content: Value| json!({"type": "web_fetch_tool_result", "tool_use_id": id, "content": content});
    let failed = json!({"type": "web_fetch_tool_result_error", "error_code": "url_not_accessible"});
    let paused = [call("s1"), result("s1", failed), call("s2"), call("s3")];
    let paused = paused.into_iter().fold(Reply::new(), Reply::raw_block).stop("pause_turn");
    let resumed = Reply::new().raw_block(result("s2", json!({"page": "x"}))).text("One of two.");
    world.model.script([paused, resumed]);

    let told = world.say("Read these").await;

    assert_eq!(told.finish(), "stop");
    let ids = |kind: &str| -> Vec<Value> {
        told.all(kind).iter().map(|chunk| chunk["toolCallId"].clone()).collect()
    };
    assert_eq!(ids("tool-input-available"), ["s1", "s2", "s3"]);
    assert_eq!(ids("tool-output-available"), ["s2"]);
    let errors: Vec<Value> =
        told.all("tool-output-error").iter().map(|chunk| chunk["errorText"].clone()).collect();
    assert_eq!(errors, ["url not accessible", "The answer ended before it was done."]);
    assert!(told.approvals().is_empty());
    let answer = world.newest_message().await;
    let states: Vec<Value> = answer["parts"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|part| part["type"] == "dynamic-tool")
        .map(|part| part["state"].clone())
        .collect();
    assert_eq!(states, ["output-error", "output-available", "output-error"]);
}
