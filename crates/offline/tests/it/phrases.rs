use serde_json::Value;

use crate::support::{Chat, Reply, items, task};

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

/// Lists find one task; everything else gives that task back.
fn result(name: &str) -> Value {
    let found = task("…", "Found");
    if name == "list_tasks" { items(&[found]) } else { found }
}

async fn check(phrase: &str, cell: &str) -> Result<(), String> {
    let mut chat = Chat::new();
    let mut reply = chat.say(phrase).await;
    if let Some((verb, rest)) = cell.split_once(" “") {
        let part = rest.trim_end_matches('”');
        let asks = verb != "asks" || reply.text().contains('?');
        let fits = reply.calls().is_empty() && reply.text().contains(part) && asks;
        return fits.then_some(()).ok_or_else(|| described(phrase, cell, &reply));
    }
    for stage in stages(cell) {
        if reply.calls() != stage {
            return Err(described(phrase, cell, &reply));
        }
        let results: Vec<Value> = stage.iter().map(|(name, _)| result(name)).collect();
        reply = chat.results(&results).await;
    }
    Ok(())
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

    assert!(rows.len() >= 60, "{} rows", rows.len());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
