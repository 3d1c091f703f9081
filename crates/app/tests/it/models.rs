//! Several models: which of them answers, and what the others are told.

use std::sync::Arc;

use agent::Chunk;
use agent::model::{Model, ModelErrorKind};
use app::{Catalogue, CatalogueError, NamedModel, PostKind, PostPart, Upload};
use serde_json::{Value, json};

use crate::desk::{Desk, Scripted};

const ZONE: &str = "Europe/Berlin";
const NINE: &str = "2026-12-03T09:00:00+01:00";

/// A large model, and a small one that answers where it cannot.
async fn two() -> Desk {
    Desk::with(ZONE, NINE, &["large", "small"], &["small"]).await
}

fn text(text: &str) -> PostKind {
    PostKind::Message { id: None, parts: vec![PostPart::Text(text.to_owned())], replaces: None }
}

fn notices(told: &[Chunk]) -> Vec<&Value> {
    let mut notices = Vec::new();
    for chunk in told {
        if let Chunk::DataNotice { data, .. } = chunk {
            notices.push(data);
        }
    }
    notices
}

#[tokio::test]
async fn a_model_that_cannot_answer_is_left_alone_for_a_minute() {
    let desk = two().await;
    desk.model.fails(ModelErrorKind::Overloaded);

    let first = desk.post(text("One")).await;
    desk.at("2026-12-03T09:00:59+01:00");
    let second = desk.post(text("Two")).await;
    desk.at("2026-12-03T09:01:00+01:00");
    let third = desk.post(text("Three")).await;

    for told in [&first, &second] {
        let [notice] = notices(told)[..] else { panic!("one notice: {told:?}") };
        assert_eq!(notice["code"], "fallback_model");
        assert_eq!(notice["text"], "large is not available right now, so small answers instead.");
    }
    assert!(notices(&third).is_empty());
    let asked = [&desk.model, &desk.others[0]].map(|model| model.requests().len());
    assert_eq!(asked, [2, 2], "the second message does not wait for the large one");
}

#[tokio::test]
async fn what_passes_is_answered_by_another_and_what_does_not_fails() {
    use ModelErrorKind as Kind;
    for (kind, is_answered) in [
        (Kind::Overloaded, true),
        (Kind::RateLimited, true),
        (Kind::Server, true),
        (Kind::Network, true),
        (Kind::Timeout, true),
        (Kind::SpendLimit, false),
        (Kind::Unauthorized, false),
        (Kind::InvalidRequest, false),
        (Kind::TooLong, false),
    ] {
        let desk = two().await;
        desk.model.fails(kind);

        let told = desk.post(text("Hello")).await;

        let message = desk.newest_message().await;
        let (status, model) =
            if is_answered { ("completed", "small") } else { ("failed", "large") };
        assert_eq!(message["metadata"]["status"], status, "{kind:?}");
        assert_eq!(message["metadata"]["model"], model, "{kind:?}");
        assert_eq!(notices(&told).len(), usize::from(is_answered), "{kind:?}");
        let is_noted = message["parts"].to_string().contains("fallback_model");
        assert_eq!(is_noted, is_answered, "{kind:?}: a reload says the same");
    }
}

#[tokio::test]
async fn nobody_is_asked_twice_for_one_answer() {
    let desk = two().await;
    desk.model.fails(ModelErrorKind::Overloaded);
    desk.others[0].fails(ModelErrorKind::Overloaded);

    let told = desk.post(text("Hello")).await;

    assert!(matches!(told.last(), Some(Chunk::Error { .. })), "{told:?}");
    assert_eq!(desk.model.requests().len(), 1);
    assert_eq!(desk.others[0].requests().len(), 1);
}

#[tokio::test]
async fn another_model_gets_no_thinking_of_the_first_and_keeps_its_own() {
    let desk = two().await;
    let thinks = |of: &str| json!({"type": "thinking", "thinking": of, "signature": "s"});
    let call = |id: &str| json!({"type": "tool_use", "id": id, "name": "list_tasks", "input": {}});
    desk.model.answers(vec![thinks("large"), call("toolu_1")]);
    desk.model.fails(ModelErrorKind::Overloaded);
    desk.others[0].answers(vec![thinks("small"), call("toolu_2")]);

    desk.post(text("What is there?")).await;

    let requests = desk.others[0].requests();
    assert_eq!(requests.len(), 2, "the rest of the turn stays with it");
    assert_eq!(requests[0][1], [call("toolu_1")]);
    assert_eq!(requests[1][1], [call("toolu_1")]);
    assert_eq!(requests[1][3], [thinks("small"), call("toolu_2")]);
}

#[tokio::test]
async fn a_file_that_a_model_cannot_see_is_named_in_each_request() {
    let desk = two().await;
    let png = Upload::new("shot.png", "image/png", b"\x89PNG\r\n\x1a\n\0".to_vec()).unwrap();
    let parts = vec![PostPart::Upload(png), PostPart::Text("What is this?".to_owned())];

    desk.post(PostKind::Message { id: None, parts, replaces: None }).await;
    desk.post(text("And now?")).await;

    let requests = desk.model.requests();
    let line = "[A file that you cannot see: shot.png (image/png)]";
    assert!(requests[0][0].iter().any(|block| block["text"] == line), "{:?}", requests[0]);
    assert_eq!(requests[0][0], requests[1][0]);
}

#[test]
fn names_are_unique_and_known() {
    let catalogue = |names: &[&str], fallback: &str, small: &str| {
        let model = Scripted::new("test") as Arc<dyn Model>;
        let entry = |name: &&str| NamedModel { name: (*name).to_owned(), model: model.clone() };
        let models = names.iter().map(entry).collect();
        Catalogue::new(models, vec![fallback.to_owned()], Some(small.to_owned())).map(|known| {
            let all: Vec<String> = known.names().map(str::to_owned).collect();
            [all.join(" "), known.default_model().name.clone(), known.small().name.clone()]
        })
    };

    let unknown = || CatalogueError::Unknown("c".to_owned());
    let good = ["a b", "a", "b"].map(str::to_owned);
    for (names, fallback, small, wanted) in [
        (&["a", "b"][..], "b", "b", Ok(good)),
        (&[], "b", "b", Err(CatalogueError::Empty)),
        (&["a", " "], "a", "a", Err(CatalogueError::Nameless)),
        (&["a", "b", "a"], "b", "b", Err(CatalogueError::Twice("a".to_owned()))),
        (&["a", "b"], "c", "b", Err(unknown())),
        (&["a", "b"], "a", "c", Err(unknown())),
    ] {
        assert_eq!(catalogue(names, fallback, small), wanted);
    }
}
