use serde_json::{Value, json};

use crate::support::{Chat, Reply, items, meeting, task};

const LIST: &str = include_str!("../../../../docs/offline-model.md");

fn rows() -> Vec<(&'static str, &'static str)> {
    let rows = LIST.lines().skip_while(|line| !line.starts_with("|---")).skip(1);
    rows.map(|line| {
        let mut cells = line.trim_matches('|').splitn(2, '|').map(str::trim);
        (cells.next().unwrap(), cells.next().unwrap())
    })
    .collect()
}

/// The calls of a cell, stage by stage: `a` and `b` then `c`.
fn stages(cell: &str) -> Vec<Vec<(String, Value)>> {
    let mut stages = vec![Vec::new()];
    for (index, part) in cell.split('`').enumerate() {
        if index % 2 == 0 {
            if part.trim() == "then" {
                stages.push(Vec::new());
            }
            continue;
        }
        let (name, input) = part.split_once(' ').unwrap();
        let input = serde_json::from_str(input).unwrap();
        stages.last_mut().unwrap().push((name.to_owned(), input));
    }
    stages
}

/// Lists find one thing of their kind; everything else gives a thing back.
fn result(name: &str) -> Value {
    let memory = json!({"id": "…", "text": "Found", "createdAt": "2026-11-01T00:00:00Z"});
    match name {
        "list_tasks" => items(&[task("…", "Found")]),
        "list_meetings" => items(&[meeting("…", "Found")]),
        "list_memories" => items(&[memory]),
        "find_free_time" | "search_conversations" => items(&[]),
        _ if name.ends_with("meeting") => meeting("…", "Found"),
        _ => task("…", "Found"),
    }
}

async fn check(phrase: &str, cell: &str) -> Result<(), String> {
    let mut chat = Chat::new();
    let mut reply = chat.say(phrase).await;
    if let Some((verb, rest)) = cell.split_once(" “").filter(|_| !cell.starts_with('`')) {
        let part = rest.trim_end_matches('”');
        let asks = verb != "asks" || reply.text().contains('?');
        let fits = reply.calls().is_empty() && reply.text().contains(part) && asks;
        return fits.then_some(()).ok_or_else(|| described(phrase, cell, &reply));
    }
    let (calls, end) = cell.split_once(" then says “").unwrap_or((cell, ""));
    for stage in stages(calls) {
        if reply.calls() != stage {
            return Err(described(phrase, cell, &reply));
        }
        let results: Vec<Value> = stage.iter().map(|(name, _)| result(name)).collect();
        reply = chat.results(&results).await;
    }
    let told = reply.text().contains(end.trim_end_matches('”'));
    told.then_some(()).ok_or_else(|| described(phrase, cell, &reply))
}

fn described(phrase: &str, cell: &str, reply: &Reply) -> String {
    format!("{phrase}\n  wanted {cell}\n  got    {:?} {:?}", reply.calls(), reply.text())
}

#[tokio::test]
async fn every_row_of_the_published_list_holds() {
    let rows = rows();

    let mut wrong = Vec::new();
    for (phrase, cell) in &rows {
        wrong.extend(check(phrase, cell).await.err());
    }

    assert!(wrong.is_empty(), "{} rows\n{}", rows.len(), wrong.join("\n"));
    assert!(rows.len() >= 150, "{} rows", rows.len());
}
