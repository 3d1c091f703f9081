//! The rules between the crates, held against what cargo knows.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use serde_json::Value;

/// Which of our crates each crate may use.
const MAY_USE: &[(&str, &[&str])] = &[
    ("agent", &[]),
    ("models", &["agent"]),
    ("offline", &["agent"]),
    ("store", &["agent"]),
    ("tools", &["agent", "store"]),
    ("app", &["agent", "store"]),
    ("server", &["agent", "app"]),
    ("smithers", &["agent", "app", "models", "offline", "server", "store", "tools"]),
    ("standins", &[]),
];

/// Which crates alone may use a library.
const ONLY_IN: &[(&str, &[&str])] = &[
    ("sqlx", &["store"]),
    ("axum", &["server", "standins"]),
    ("reqwest", &["models", "smithers"]),
    ("clap", &["smithers", "standins"]),
    ("utoipa", &["store", "app", "server"]),
];

/// What the rules of the agent must never need.
const NEVER_IN_AGENT: &[&str] = &["tokio", "sqlx", "axum", "reqwest", "jiff", "chrono"];

type Dependencies = BTreeMap<String, BTreeSet<String>>;

/// The direct dependencies of each crate, those of its tests left out.
fn dependencies() -> Dependencies {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--no-deps", "--offline"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    let names = |package: &Value| {
        let all = package["dependencies"].as_array().unwrap();
        let normal = all.iter().filter(|dependency| dependency["kind"].is_null());
        normal.map(|dependency| dependency["name"].as_str().unwrap().to_owned()).collect()
    };
    let packages = metadata["packages"].as_array().unwrap();
    packages
        .iter()
        .map(|package| (package["name"].as_str().unwrap().to_owned(), names(package)))
        .collect()
}

#[test]
fn each_crate_uses_only_the_crates_it_may() {
    let all = dependencies();

    let ours: BTreeSet<&str> = all.keys().map(String::as_str).collect();
    let listed: BTreeSet<&str> = MAY_USE.iter().map(|(name, _)| *name).collect();
    assert_eq!(ours, listed, "every crate of the workspace stands in MAY_USE");
    for (name, allowed) in MAY_USE {
        let used = all[*name].iter().map(String::as_str).filter(|used| ours.contains(used));
        for used in used {
            assert!(allowed.contains(&used), "{name} must not use {used}");
        }
    }
}

#[test]
fn a_library_stays_behind_its_wall() {
    let all = dependencies();

    for (library, homes) in ONLY_IN {
        for (name, used) in &all {
            let is_home = homes.contains(&name.as_str());
            assert!(is_home || !used.contains(*library), "{name} must not use {library}");
        }
    }
    for library in NEVER_IN_AGENT {
        assert!(!all["agent"].contains(*library), "agent must not use {library}");
    }
}

#[test]
fn stand_ins_are_for_tests_only() {
    let all = dependencies();

    for (name, used) in &all {
        assert!(!used.contains("standins"), "{name} would ship the stand-ins");
    }
}
