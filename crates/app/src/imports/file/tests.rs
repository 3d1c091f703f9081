use std::io::Write as _;

use serde_json::json;
use store::NewItem;
use tokio::sync::mpsc;

use super::{BATCH_BYTES, BATCH_ITEMS, look, send};

fn batches(json: &str) -> Vec<Vec<NewItem>> {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(json.as_bytes()).unwrap();
    let import = look(&mut file, "c.json").unwrap();
    let (sender, mut batches) = mpsc::channel(999);
    send(&mut file, import.format, &sender).unwrap();
    drop(sender);
    std::iter::from_fn(|| batches.blocking_recv()).collect()
}

#[test]
fn batches_leave_room_for_others() {
    let of_size = |size: usize| json!({"mapping": {}, "title": "x".repeat(size)});
    let many: Vec<_> = (0..500).map(|_| of_size(10)).collect();
    let large = [300_000, 300_000, 900_000, 5_000_000, 10].map(of_size);

    let counts = |json: String| -> Vec<usize> {
        let batches = batches(&json);
        for batch in &batches {
            let bytes: usize = batch.iter().map(|item| item.body.len()).sum();
            assert!(batch.len() == 1 || bytes <= BATCH_BYTES, "{bytes}");
        }
        batches.iter().map(Vec::len).collect()
    };

    assert_eq!(counts(json!(many).to_string()), [BATCH_ITEMS, BATCH_ITEMS, 100]);
    assert_eq!(counts(json!(large).to_string()), [2, 1, 1, 1]);
}

#[test]
fn files_are_cut_out_and_come_before_their_conversation() {
    let json = r#"[
        {"format": 1, "files": [{"a": [1, ","]}, "b]" ], "t": {"files": [2]}},
        {"format": 1, "a,\"files": [3], "b": "files", "c": [4]},
        {"format":1,"files":[]}, {"files" : [5], "format": 1}
    ]"#;

    let items: Vec<NewItem> = batches(json).concat();

    let expected = [
        (0, 1, r#"{"a": [1, ","]}"#),
        (0, 2, r#""b]""#),
        (0, 0, r#"{"format": 1, "files": [], "t": {"files": [2]}}"#),
        (1, 0, r#"{"format": 1, "a,\"files": [3], "b": "files", "c": [4]}"#),
        (2, 0, r#"{"format":1,"files":[]}"#),
        (3, 1, "5"),
        (3, 0, r#"{"files" : [], "format": 1}"#),
    ];
    let found: Vec<_> = items.iter().map(|it| (it.seq, it.part, it.body.as_str())).collect();
    assert_eq!(found, expected);
}

#[test]
fn what_others_call_files_is_not_ours() {
    let items = batches(r#"{"mapping": {}, "files": [1, 2]}"#).concat();

    assert_eq!(
        items,
        [NewItem { seq: 0, part: 0, body: r#"{"mapping": {}, "files": []}"#.into() }]
    );
}
