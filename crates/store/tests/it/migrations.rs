//! Migrations, up and down.

use std::future::Future;

use store::{Location, MigrationState, Store, StoreError};

use crate::fixtures::Db;
use crate::harness::conformance;

conformance! {
    everything_goes_down_and_up_again,
    concurrent_migrators_are_safe,
    a_changed_migration_is_seen,
    a_newer_database_is_refused,
    a_newer_ledger_is_read_if_it_may_be,
    opening_does_not_migrate,
    postgres_keeps_everything_in_one_schema,
}

async fn states(store: &Store) -> Vec<MigrationState> {
    let known = store.migration_status().await.unwrap();
    let named: Vec<_> = known.iter().map(|it| (it.version, it.description.as_str())).collect();
    assert_eq!(named, [(1, "init"), (2, "workday")]);
    known.into_iter().map(|it| it.state).collect()
}

async fn everything_goes_down_and_up_again(db: Db) {
    db.person("ada").await;
    assert_eq!(states(&db.store).await, [MigrationState::Applied; 2]);
    db.store.migrate_up().await.unwrap();
    assert_eq!(db.number("SELECT COUNT(*) FROM users").await, 1);

    db.store.migrate_down(5).await.unwrap();
    assert_eq!(states(&db.store).await, [MigrationState::Pending; 2]);
    db.store.migrate_down(1).await.unwrap();
    db.store.migrate_up().await.unwrap();

    assert_eq!(states(&db.store).await, [MigrationState::Applied; 2]);
    assert_eq!(db.number("SELECT COUNT(*) FROM users").await, 0);
    db.person("ada").await;
}

async fn concurrent_migrators_are_safe(db: Db) {
    db.store.migrate_down(9).await.unwrap();
    let migrators: Vec<_> = (0..6)
        .map(|_| {
            let location = db.location.clone();
            tokio::spawn(async move {
                let store = Store::open(&location).await.unwrap();
                let migrated = store.migrate_up().await;
                store.close().await;
                migrated
            })
        })
        .collect();

    for migrator in migrators {
        migrator.await.unwrap().unwrap();
    }

    assert_eq!(states(&db.store).await, [MigrationState::Applied; 2]);
    db.person("ada").await;
}

async fn a_changed_migration_is_seen(db: Db) {
    let other = if matches!(db.location, Location::Sqlite(_)) { "x'00'" } else { r"'\x00'" };
    db.raw(&format!("UPDATE _sqlx_migrations SET checksum = {other}")).await.unwrap();

    assert_eq!(states(&db.store).await, [MigrationState::Changed; 2]);
    let refused = db.store.migrate_up().await;
    assert!(matches!(refused, Err(StoreError::Migration(_))), "{refused:?}");
    // A migrator that failed keeps no lock.
    assert!(db.store.migrate_up().await.is_err());
}

async fn a_newer_database_is_refused(db: Db) {
    db.store.check_reader_version().await.unwrap();
    db.raw("UPDATE meta SET min_reader_version = 2").await.unwrap();

    let checked = db.store.check_reader_version().await;
    let migrated = db.store.migrate_up().await;

    for refused in [checked, migrated] {
        assert!(matches!(refused, Err(StoreError::TooNew { needed: 2, ours: 1 })), "{refused:?}");
    }
}

async fn a_newer_ledger_is_read_if_it_may_be(db: Db) {
    let (yes, other) = if matches!(db.location, Location::Sqlite(_)) {
        ("1", "x'00'")
    } else {
        ("TRUE", r"'\x00'")
    };
    db.raw(&format!(
        "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
         VALUES (3, 'next', {yes}, {other}, 0)"
    ))
    .await
    .unwrap();

    db.store.migrate_up().await.unwrap();
    let down = db.store.migrate_down(1).await;

    assert_eq!(states(&db.store).await, [MigrationState::Applied; 2]);
    assert!(matches!(down, Err(StoreError::Migration(_))), "{down:?}");
    db.context(db.person("ada").await, 1).await;
}

async fn opening_does_not_migrate(db: Db) {
    db.store.migrate_down(9).await.unwrap();

    let store = Store::open(&db.location).await.unwrap();
    store.check_reader_version().await.unwrap();
    let failed = store.accounts().owner().await;
    assert!(matches!(failed, Err(StoreError::Database(_))), "{failed:?}");
    store.close().await;
    assert_eq!(states(&db.store).await, [MigrationState::Pending; 2]);
}

async fn postgres_keeps_everything_in_one_schema(db: Db) {
    if matches!(db.location, Location::Sqlite(_)) {
        return;
    }
    let elsewhere =
        "SELECT COUNT(*) FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
        WHERE nspname NOT IN ('smithers', 'pg_catalog', 'information_schema', 'pg_toast')";
    assert_eq!(db.number(elsewhere).await, 0);
}

fn block<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}

#[test]
fn a_database_in_no_folder_cannot_be_made() {
    let folder = tempfile::tempdir().unwrap();
    let nowhere = Location::Sqlite(folder.path().join("none/smithers.db"));

    let refused = block(Store::open(&nowhere));

    assert!(matches!(refused, Err(StoreError::Folder(_))), "{refused:?}");
}

#[cfg(unix)]
#[test]
fn a_database_file_is_private() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("smithers.db");

    block(async {
        let store = Store::open(&Location::Sqlite(path.clone())).await.unwrap();
        store.migrate_up().await.unwrap();
        for file in ["smithers.db", "smithers.db-wal"] {
            let mode = std::fs::metadata(folder.path().join(file)).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600, "{file}");
        }
        store.close().await;
    });
}
