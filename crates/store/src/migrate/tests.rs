use agent::permission::{DeciderKind, Mode, Verdict};
use agent::{ApprovalStatus, CallStatus, TurnStatus};

use super::SOURCES;
use super::render::{Dialect, render};
use crate::{
    Budget, CallKind, ImportFormat, ImportStatus, JobKind, LinkKind, MeetingStatus, StepStatus,
    TaskStatus, UserRole,
};

/// The ledger has checksums of these texts: once released, a snapshot here must never change.
#[test]
fn rendered_migrations_are_golden() {
    for source in SOURCES {
        for (dialect, database) in [(Dialect::Postgres, "pg"), (Dialect::Sqlite, "sqlite")] {
            let name = format!("{:04}_{}.{database}", source.version, source.description);
            insta::assert_snapshot!(format!("{name}.up"), render(source.up, dialect));
            insta::assert_snapshot!(format!("{name}.down"), render(source.down, dialect));
        }
    }
}

#[test]
fn blocks_and_type_words_depend_on_the_database() {
    let source = "a {{uuid}} {{ts}} {{bool}} {{int}} {{bytes}};\n-- @pg\npg {{int}};\n-- @end\n\
                  -- @sqlite\nlite;\n-- @end\n) {{strict}};\n";

    let (postgres, sqlite) = (render(source, Dialect::Postgres), render(source, Dialect::Sqlite));

    assert_eq!(postgres, "a uuid timestamptz boolean bigint bytea;\npg bigint;\n);\n");
    assert_eq!(sqlite, "a BLOB INTEGER INTEGER INTEGER BLOB;\nlite;\n) STRICT;\n");
}

#[test]
fn nothing_is_left_to_render() {
    for source in SOURCES {
        for text in [source.up, source.down] {
            for dialect in [Dialect::Postgres, Dialect::Sqlite] {
                let rendered = render(text, dialect);
                assert!(!rendered.contains("{{") && !rendered.contains("-- @"), "{rendered}");
            }
        }
    }
}

macro_rules! assert_checked {
    ($($column:literal is $vocabulary:ty),* $(,)?) => {$(
        let words: Vec<String> =
            <$vocabulary>::ALL.iter().map(|word| format!("'{word}'")).collect();
        let check = format!("CHECK ({} IN ({}))", $column, words.join(", "));
        assert!(
            SOURCES.iter().any(|source| source.up.contains(&check)),
            "no column has: {check}"
        );
    )*};
}

#[test]
fn every_vocabulary_is_checked_by_the_databases() {
    assert_checked! {
        "role" is UserRole,
        "kind" is LinkKind,
        "mode" is Mode,
        "status" is TurnStatus,
        "status" is StepStatus,
        "status" is CallStatus,
        "status" is ApprovalStatus,
        "status" is TaskStatus,
        "status" is MeetingStatus,
        "verdict" is Verdict,
        "decider" is DeciderKind,
        "limited_by" is Budget,
        "warned_of" is Budget,
        "format" is ImportFormat,
        "status" is ImportStatus,
        "kind" is JobKind,
        "kind" is CallKind,
    }
}
