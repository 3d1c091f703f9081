//! A fresh, migrated database for each test.

use std::future::Future;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::PathBuf;
use std::sync::{LazyLock, OnceLock};

use sqlx::{AssertSqlSafe, Connection as _, Executor as _, PgConnection, SqliteConnection};
use store::{Location, Store};
use tempfile::TempDir;
use tokio::runtime::Runtime;

use crate::fixtures::Db;

/// Makes the tests `name::sqlite` and `name::postgres` from `async fn name(db: Db)`.
macro_rules! conformance {
    ($($name:ident),+ $(,)?) => {$(
        mod $name {
            #[test]
            fn sqlite() {
                crate::harness::on_sqlite(super::$name);
            }

            #[test]
            fn postgres() {
                crate::harness::on_postgres(super::$name);
            }
        }
    )+};
}
pub(crate) use conformance;

const MIGRATIONS: [&str; 3] = [
    include_str!("../../migrations/0001_init.up.sql"),
    include_str!("../../migrations/0002_workday.up.sql"),
    include_str!("../../src/migrate/render.rs"),
];

struct Template {
    folder: TempDir,
}

static SQLITE: LazyLock<Template> = LazyLock::new(|| {
    let template = Template { folder: tempfile::tempdir().unwrap() };
    runtime().block_on(migrate(&Location::Sqlite(template.file())));
    template
});

impl Template {
    fn file(&self) -> PathBuf {
        self.folder.path().join("template.db")
    }
}

async fn migrate(location: &Location) {
    let store = Store::open(location).await.unwrap();
    store.migrate_up().await.unwrap();
    store.close().await;
}

fn runtime() -> Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap()
}

/// Runs a test on a copy of a migrated SQLite file.
pub(crate) fn on_sqlite<F: Future<Output = ()>>(test: impl FnOnce(Db) -> F) {
    let template = SQLITE.file();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("test.db");
    std::fs::copy(template, &file).unwrap();
    run(Location::Sqlite(file), test);
}

/// Runs a test on a copy of a migrated Postgres database.
pub(crate) fn on_postgres<F: Future<Output = ()>>(test: impl FnOnce(Db) -> F) {
    let Ok(admin) = std::env::var("TEST_DATABASE_URL") else {
        let is_required = std::env::var("SMITHERS_REQUIRE_POSTGRES").is_ok_and(|it| it == "1");
        assert!(!is_required, "TEST_DATABASE_URL is not set");
        println!("skipped: TEST_DATABASE_URL is not set");
        return;
    };
    let copy = Copy::make(admin);
    run(Location::Postgres(copy.url()), test);
}

fn run<F: Future<Output = ()>>(location: Location, test: impl FnOnce(Db) -> F) {
    runtime().block_on(async {
        let store = Store::open(&location).await.unwrap();
        test(Db { store: store.clone(), location }).await;
        store.close().await;
    });
}

/// A database of its own on the test server; dropped with the test, however that ends.
struct Copy {
    admin: String,
    name: String,
}

/// The name of the template, once this process has made sure that it is there.
static TEMPLATE: OnceLock<String> = OnceLock::new();

impl Copy {
    fn make(admin: String) -> Self {
        let name = format!("smithers_test_{}", store::fresh::<uuid::Uuid>().simple());
        let template = TEMPLATE.get_or_init(|| runtime().block_on(make_template(&admin)));
        let create = format!("CREATE DATABASE {name} TEMPLATE {template}");
        runtime().block_on(execute(&admin, create)).unwrap();
        Self { admin, name }
    }

    fn url(&self) -> String {
        with_database(&self.admin, &self.name)
    }
}

impl Drop for Copy {
    fn drop(&mut self) {
        let drop = format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name);
        if let Err(error) = runtime().block_on(execute(&self.admin, drop)) {
            println!("{} is left behind: {error}", self.name);
        }
    }
}

/// The name says which migrations it has, so that later runs find it again. It is made under another
/// name, so that two processes may do so at once.
async fn make_template(admin: &str) -> String {
    let mut hasher = DefaultHasher::new();
    MIGRATIONS.hash(&mut hasher);
    let name = format!("smithers_template_{:016x}", hasher.finish());
    let draft = format!("smithers_draft_{}", store::fresh::<uuid::Uuid>().simple());
    let copy = format!("CREATE DATABASE {draft} TEMPLATE {name}");
    if execute(admin, copy).await.is_err() {
        execute(admin, format!("CREATE DATABASE {draft}")).await.unwrap();
        migrate(&Location::Postgres(with_database(admin, &draft))).await;
        let rename = format!("ALTER DATABASE {draft} RENAME TO {name}");
        if execute(admin, rename).await.is_ok() {
            return name;
        }
    }
    execute(admin, format!("DROP DATABASE {draft} WITH (FORCE)")).await.unwrap();
    name
}

fn with_database(admin: &str, name: &str) -> String {
    let (base, query) = admin.split_once('?').unwrap_or((admin, ""));
    let (server, _database) = base.rsplit_once('/').unwrap();
    format!("{server}/{name}?{query}")
}

async fn execute(url: &str, sql: String) -> Result<(), sqlx::Error> {
    let mut connection = PgConnection::connect(url).await?;
    connection.execute(AssertSqlSafe(sql)).await?;
    connection.close().await
}

impl Db {
    /// Runs SQL from outside, on a connection of its own.
    pub(crate) async fn raw(&self, sql: &str) -> Result<(), sqlx::Error> {
        match &self.location {
            Location::Sqlite(file) => {
                let url = format!("sqlite://{}", file.display());
                let mut connection = SqliteConnection::connect(&url).await.unwrap();
                connection.execute(AssertSqlSafe(sql)).await?;
                connection.close().await
            }
            Location::Postgres(url) => {
                let sql = format!("SET search_path = smithers; {sql}");
                let mut connection = PgConnection::connect(url).await.unwrap();
                connection.execute(sqlx::raw_sql(AssertSqlSafe(sql))).await?;
                connection.close().await
            }
        }
    }

    /// A number that SQL gives, read from outside.
    pub(crate) async fn number(&self, sql: &str) -> i64 {
        match &self.location {
            Location::Sqlite(file) => {
                let url = format!("sqlite://{}", file.display());
                let mut connection = SqliteConnection::connect(&url).await.unwrap();
                sqlx::query_scalar(AssertSqlSafe(sql)).fetch_one(&mut connection).await.unwrap()
            }
            Location::Postgres(url) => {
                let mut connection = PgConnection::connect(url).await.unwrap();
                connection.execute("SET search_path = smithers").await.unwrap();
                sqlx::query_scalar(AssertSqlSafe(sql)).fetch_one(&mut connection).await.unwrap()
            }
        }
    }
}
