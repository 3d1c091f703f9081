//! Streams as servers sent them, kept as files: what is made of each, and of what is left after
//! damage.

use std::path::Path;
use std::sync::LazyLock;

use agent::model::{ModelError, ModelErrorKind, ModelEvent, ModelReply, ModelStream, StopReason};
use bytes::Bytes;
use futures_util::{StreamExt as _, stream};
use proptest::prelude::*;
use serde_json::{Value, json};

/// Reads a body that comes in pieces of so many bytes.
pub(crate) type Read = fn(&[u8], usize) -> Result<ModelReply, ModelError>;

pub(crate) fn anthropic(body: &[u8], chunk: usize) -> Result<ModelReply, ModelError> {
    ending(models::anthropic::replay(chunks(body, chunk)))
}

pub(crate) fn openai(body: &[u8], chunk: usize) -> Result<ModelReply, ModelError> {
    ending(models::openai::replay(chunks(body, chunk)))
}

fn chunks(body: &[u8], size: usize) -> impl futures_util::Stream<Item = Bytes> + Send + 'static {
    let chunks: Vec<Bytes> = body.chunks(size).map(Bytes::copy_from_slice).collect();
    stream::iter(chunks)
}

/// How a stream ends; each must end in a whole answer or in an error, and then be over.
pub(crate) fn ending(mut events: ModelStream) -> Result<ModelReply, ModelError> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    runtime.block_on(async {
        while let Some(event) = events.next().await {
            let end = match event {
                Ok(ModelEvent::Done(reply)) => Ok(*reply),
                Err(error) => Err(error),
                Ok(_) => continue,
            };
            assert!(events.next().await.is_none(), "something follows the end");
            return end;
        }
        panic!("the stream ended without a word");
    })
}

struct Recording {
    name: String,
    read: Read,
    body: Vec<u8>,
}

static CORPUS: LazyLock<Vec<Recording>> = LazyLock::new(|| {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus");
    let mut all = Vec::new();
    for (vendor, read) in [("anthropic", anthropic as Read), ("openai", openai)] {
        for entry in std::fs::read_dir(folder.join(vendor)).unwrap() {
            let path = entry.unwrap().path();
            let name = format!("{vendor}/{}", path.file_stem().unwrap().to_str().unwrap());
            all.push(Recording { name, read, body: std::fs::read(path).unwrap() });
        }
    }
    all.sort_by(|one, other| one.name.cmp(&other.name));
    all
});

/// A reply in short: its texts, its calls, why it ended, and its tokens.
fn short(reply: &ModelReply) -> (String, Value, StopReason, [u64; 3]) {
    let of = |kind: &'static str| reply.content.iter().filter(move |block| block["type"] == kind);
    let texts: Vec<&str> = of("text").filter_map(|block| block["text"].as_str()).collect();
    let calls: Vec<Value> =
        of("tool_use").map(|block| json!([block["name"], block["input"]])).collect();
    let usage = reply.usage;
    let tokens = [usage.input_tokens, usage.cache_read_tokens, usage.output_tokens];
    (texts.join("|"), json!(calls), reply.stop.clone(), tokens)
}

#[test]
fn each_server_is_understood() {
    use StopReason::{EndTurn, Other, PauseTurn, Refusal, ToolUse};
    let tasks = json!(["list_tasks", {"open": true}]);
    let both = json!([tasks, ["list_meetings", {}]]);
    let searching = json!([["list_tasks", {"open": true, "q": "Grüße"}], ["list_meetings", {}]]);
    let weather = json!([["get_weather", {"city": "Rome"}]]);
    let none = json!([]);
    let wanted = [
        ("anthropic/litellm", "Hello", json!([["add", {"n": 1}]]), ToolUse, [12, 0, 7]),
        ("anthropic/llama_cpp", "", weather.clone(), ToolUse, [31, 0, 22]),
        ("anthropic/refusal", "", none.clone(), Refusal, [25, 0, 1]),
        ("anthropic/thinking_and_two_calls", "Let me look.", searching, ToolUse, [25, 3000, 61]),
        (
            "anthropic/unknown_things",
            "On we go.",
            none.clone(),
            Other("compaction".into()),
            [25, 0, 9],
        ),
        ("anthropic/web_search", "Rust is a language.", none.clone(), PauseTurn, [900, 0, 40]),
        ("openai/bare_minimum", "Hi", none.clone(), EndTurn, [0, 0, 0]),
        ("openai/llama_cpp", "", weather, ToolUse, [31, 0, 22]),
        ("openai/ollama", "", both.clone(), ToolUse, [200, 0, 40]),
        ("openai/openai", "Let me look 👋", both, ToolUse, [92, 1408, 30]),
        ("openai/openrouter", "Hello", none.clone(), EndTurn, [20, 0, 4]),
        ("openai/vllm", "Four.", none, EndTurn, [50, 0, 3]),
    ];
    let mut wanted = wanted.into_iter();
    for Recording { name, read, body } in CORPUS.iter() {
        let broken = match name.as_str() {
            "anthropic/overloaded" => Some(ModelErrorKind::Overloaded),
            "openai/openrouter_error" => Some(ModelErrorKind::Server),
            _ => None,
        };
        let end = read(body, 4096);
        if let Some(kind) = broken {
            let error = end.unwrap_err();
            assert_eq!((error.kind, error.started), (kind, true), "{name}");
            continue;
        }
        let (wanted_name, text, calls, stop, tokens) = wanted.next().unwrap();
        assert_eq!(name, wanted_name);
        assert_eq!(short(&end.unwrap()), (text.to_owned(), calls, stop, tokens), "{name}");
    }
    assert!(wanted.next().is_none(), "each recording is there");
}

/// One thing that goes wrong with a body.
#[derive(Clone, Debug)]
enum Damage {
    Replace(usize, u8),
    Insert(usize, u8),
    Remove(usize, usize),
    Repeat(usize),
    Swap(usize, usize),
    Cut(usize),
}

fn damage() -> impl Strategy<Value = Damage> {
    let at = || 0_usize..100_000;
    // Signs that mean something are tried more often.
    let byte = prop_oneof![any::<u8>(), prop::sample::select(&b"{}[]\",:\\\n\r0e-"[..])];
    prop_oneof![
        (at(), byte.clone()).prop_map(|(at, byte)| Damage::Replace(at, byte)),
        (at(), byte).prop_map(|(at, byte)| Damage::Insert(at, byte)),
        (at(), 1_usize..40).prop_map(|(at, count)| Damage::Remove(at, count)),
        at().prop_map(Damage::Repeat),
        (at(), at()).prop_map(|(one, other)| Damage::Swap(one, other)),
        at().prop_map(Damage::Cut),
    ]
}

fn damaged(body: &[u8], damage: &[Damage]) -> Vec<u8> {
    let mut body = body.to_vec();
    for damage in damage {
        let place = |at: usize| at % body.len().max(1);
        // Events are what a body is made of; whole ones are repeated and exchanged.
        let events = || body.split_inclusive(|byte| *byte == b'\n').map(<[u8]>::to_vec);
        match *damage {
            _ if body.is_empty() => {}
            Damage::Replace(at, byte) => {
                let at = place(at);
                body[at] = byte;
            }
            Damage::Insert(at, byte) => {
                let at = place(at);
                body.insert(at, byte);
            }
            Damage::Remove(at, count) => {
                let from = place(at);
                let to = (from + count).min(body.len());
                body.drain(from..to);
            }
            Damage::Repeat(at) => {
                let mut lines: Vec<Vec<u8>> = events().collect();
                let line = lines[at % lines.len()].clone();
                lines.insert(at % lines.len(), line);
                body = lines.concat();
            }
            Damage::Swap(one, other) => {
                let mut lines: Vec<Vec<u8>> = events().collect();
                let count = lines.len();
                lines.swap(one % count, other % count);
                body = lines.concat();
            }
            Damage::Cut(at) => {
                let end = place(at);
                body.truncate(end);
            }
        }
    }
    body
}

proptest! {
    // `PROPTEST_CASES` asks for more of them.
    #[test]
    fn damage_ends_in_an_answer_or_an_error_however_it_comes(
        place in any::<prop::sample::Index>(),
        damage in prop::collection::vec(damage(), 1..8),
        chunk in 1_usize..200,
    ) {
        let recording = place.get(&CORPUS);
        let body = damaged(&recording.body, &damage);
        let whole = (recording.read)(&body, body.len().max(1));
        let pieces = (recording.read)(&body, chunk);
        match (whole, pieces) {
            (Ok(whole), Ok(pieces)) => {
                // Ids that a server leaves out are made up each time.
                prop_assert_eq!(short(&whole), short(&pieces));
            }
            (Err(whole), Err(pieces)) => {
                prop_assert_eq!(whole.kind, pieces.kind);
                prop_assert_eq!(whole.started, pieces.started);
            }
            (whole, pieces) => prop_assert!(false, "{whole:?} and {pieces:?}"),
        }
    }
}
