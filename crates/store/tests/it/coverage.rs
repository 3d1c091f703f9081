//! Every operation of every handle has a test here.

use std::fs;
use std::path::{Path, PathBuf};

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries
        .flat_map(|path| if path.is_dir() { rust_files(&path) } else { vec![path] })
        .filter(|path| path.extension().is_some_and(|extension| extension == "rs"))
        .collect()
}

/// The operations that a source file declares, as a test calls them: `tasks().list(`.
fn operations(source: &str) -> Vec<String> {
    let mut handle = String::new();
    let mut found = Vec::new();
    for line in source.lines() {
        if let Some(name) = line.strip_prefix("impl ").and_then(|rest| rest.strip_suffix(" {")) {
            handle = if name == "Store" {
                "store".to_owned()
            } else {
                format!("{}()", name.to_lowercase())
            };
        }
        if let Some((_, name)) = line.split_once("pub async fn ") {
            let name: String = name.chars().take_while(|it| *it != '(' && *it != '<').collect();
            found.push(format!("{handle}.{name}("));
        }
    }
    found
}

#[test]
fn every_operation_is_tested() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let read = |path: PathBuf| fs::read_to_string(path).unwrap();
    let operations: Vec<String> = rust_files(&root.join("src"))
        .into_iter()
        .flat_map(|path| operations(&read(path)))
        .collect();
    let mut tests: String = rust_files(&root.join("tests")).into_iter().map(read).collect();
    tests.retain(|character| !character.is_whitespace());
    let tests = tests.replace("Store::open(", "store.open(");

    // Called on the handle, or on a variable of its name.
    let is_tested = |operation: &String| {
        tests.contains(operation.as_str()) || tests.contains(&operation.replacen("()", "", 1))
    };
    let untested: Vec<&String> =
        operations.iter().filter(|operation| !is_tested(operation)).collect();

    assert!(operations.len() > 50, "the handles were not found: {operations:?}");
    assert!(untested.is_empty(), "no test calls {untested:?}");
}
