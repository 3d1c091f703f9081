//! A data folder or a database of its own for each journey.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use serde_json::json;
use tempfile::TempDir;

use store::Location;

use crate::client::Client;
use crate::server::Server;

/// No journey may take longer.
const DEADLINE: Duration = Duration::from_mins(2);

pub(crate) const EMAIL: &str = "ada@example.org";
pub(crate) const PASSWORD: &str = "correct horse battery staple";
pub(crate) const ZONE: &str = "Europe/Berlin";

/// Makes the tests `name::sqlite` and `name::postgres` from `async fn name(db: Db)`.
macro_rules! journeys {
    ($($name:ident),+ $(,)?) => {$(
        mod $name {
            #[test]
            fn sqlite() {
                crate::data::run(crate::data::Db::Sqlite, super::$name);
            }

            #[test]
            fn postgres() {
                crate::data::run(crate::data::Db::Postgres, super::$name);
            }
        }
    )+};
}
pub(crate) use journeys;

/// Which database is behind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Db {
    Sqlite,
    Postgres,
}

/// What a server keeps; gone with this value.
pub(crate) struct Data {
    folder: TempDir,
    database: Option<Database>,
}

struct Database {
    admin: String,
    name: String,
}

/// What a server with an owner and nothing else keeps, made once by a real one.
struct Template {
    /// The SQLite file.
    file: Vec<u8>,
    database: Option<Database>,
}

static SQLITE: Mutex<Option<Template>> = Mutex::new(None);
static POSTGRES: Mutex<Option<Template>> = Mutex::new(None);

/// Runs a journey, or says that it is skipped.
pub(crate) fn run<F: Future<Output = ()>>(db: Db, journey: impl FnOnce(Db) -> F) {
    if db == Db::Postgres && admin().is_none() {
        let is_required = std::env::var("SMITHERS_REQUIRE_POSTGRES").is_ok_and(|it| it == "1");
        assert!(!is_required, "TEST_DATABASE_URL is not set");
        println!("skipped: TEST_DATABASE_URL is not set");
        return;
    }
    prepare(db);
    block_on(journey(db));
}

/// Runs what needs no database of its own kind.
pub(crate) fn block_on<T>(future: impl Future<Output = T>) -> T {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let limited = async { tokio::time::timeout(DEADLINE, future).await };
    let result = runtime.block_on(limited).expect("the journey takes too long");
    runtime.shutdown_background();
    result
}

fn admin() -> Option<String> {
    std::env::var("TEST_DATABASE_URL").ok().filter(|url| !url.is_empty())
}

fn prepare(db: Db) {
    let mut template = db.template().lock().unwrap_or_else(PoisonError::into_inner);
    template.get_or_insert_with(|| block_on(with_new_owner(db)));
}

async fn with_new_owner(db: Db) -> Template {
    let data = db.empty();
    let server = Server::start(&data, &[]).await;
    let token = server.setup_token();
    let answer = Client::of(&server).post("/api/auth/setup", owner(&token)).await;
    answer.expect(201);
    server.terminate().await;
    // Of Postgres there is none.
    let file = fs::read(data.data_folder().join("smithers.db")).unwrap_or_default();
    Template { file, database: data.database }
}

/// The body that makes the owner.
pub(crate) fn owner(token: &str) -> serde_json::Value {
    json!({
        "token": token, "email": EMAIL, "name": "Ada", "password": PASSWORD, "timezone": ZONE,
    })
}

impl Db {
    fn template(self) -> &'static Mutex<Option<Template>> {
        match self {
            Self::Sqlite => &SQLITE,
            Self::Postgres => &POSTGRES,
        }
    }

    /// Nothing: no owner, no schema.
    pub(crate) fn empty(self) -> Data {
        let folder = tempfile::tempdir().unwrap();
        let database = (self == Self::Postgres).then(|| Database::make(None));
        Data { folder, database }
    }

    /// An owner, and nothing else.
    pub(crate) fn with_owner(self) -> Data {
        let template = self.template().lock().unwrap_or_else(PoisonError::into_inner);
        let template = template.as_ref().expect("made before the first journey");
        let folder = tempfile::tempdir().unwrap();
        if self == Self::Sqlite {
            let data = folder.path().join("data");
            fs::create_dir(&data).unwrap();
            fs::write(data.join("smithers.db"), &template.file).unwrap();
        }
        let database = template.database.as_ref().map(|made| Database::make(Some(&made.name)));
        Data { folder, database }
    }
}

impl Data {
    /// Where commands run: a folder without a `.env`.
    pub(crate) fn working_folder(&self) -> &Path {
        self.folder.path()
    }

    /// What `--data-dir` says.
    pub(crate) fn data_folder(&self) -> std::path::PathBuf {
        self.folder.path().join("data")
    }

    /// Where the store finds it.
    pub(crate) fn location(&self) -> Location {
        match self.database_url() {
            Some(url) => Location::Postgres(url),
            None => Location::Sqlite(self.data_folder().join("smithers.db")),
        }
    }

    /// What `DATABASE_URL` says.
    pub(crate) fn database_url(&self) -> Option<String> {
        let database = self.database.as_ref()?;
        let (base, query) = database.admin.split_once('?').unwrap_or((&database.admin, ""));
        let (server, _name) = base.rsplit_once('/').unwrap();
        Some(format!("{server}/{}?{query}", database.name))
    }
}

impl Database {
    fn make(template: Option<&str>) -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let admin = admin().unwrap();
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let name = format!("smithers_it_{}_{number}", std::process::id());
        psql(&admin, &format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"));
        let template = template.unwrap_or("template0");
        psql(&admin, &format!("CREATE DATABASE {name} TEMPLATE {template}"));
        Self { admin, name }
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        psql(&self.admin, &format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name));
    }
}

fn psql(url: &str, sql: &str) {
    let output = Command::new("psql")
        .args([
            "--no-psqlrc",
            "--quiet",
            "--set=ON_ERROR_STOP=1",
            "--dbname",
            url,
            "--command",
            sql,
        ])
        .output()
        .expect("psql is installed");
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{sql}: {error}");
}
