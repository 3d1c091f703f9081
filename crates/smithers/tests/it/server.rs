//! The binary as a process.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpListener;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::Value;
use tokio::sync::oneshot;

use crate::data::Data;

/// Everything starts and stops within this time.
const PATIENCE: Duration = Duration::from_secs(30);

/// A running `smithers serve`; killed with this value.
pub(crate) struct Server {
    child: Option<Child>,
    ready: Value,
    log: Arc<Mutex<String>>,
    stdout: Arc<Mutex<String>>,
}

/// How a command ended.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// The binary in a folder of its own, with nothing of our environment.
pub(crate) fn smithers(data: &Data, settings: &[(&str, &str)]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_smithers"));
    command.env_clear().current_dir(data.working_folder()).stdin(Stdio::null());
    command.env("SMITHERS_DATA_DIR", data.data_folder());
    if let Some(url) = data.database_url() {
        command.env("DATABASE_URL", url);
    }
    command.envs(settings.iter().copied());
    command
}

/// Runs a command to its end.
pub(crate) async fn run(data: &Data, arguments: &[&str], settings: &[(&str, &str)]) -> Ended {
    run_with_input(data, arguments, settings, "").await
}

/// Runs a command to its end, with this on its stdin.
pub(crate) async fn run_with_input(
    data: &Data,
    arguments: &[&str],
    settings: &[(&str, &str)],
    input: &str,
) -> Ended {
    let mut command = smithers(data, settings);
    command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    // It may end without having read it.
    drop(child.stdin.take().unwrap().write_all(input.as_bytes()));
    let pid = child.id();
    let output = tokio::task::spawn_blocking(move || child.wait_with_output());
    let Ok(output) = tokio::time::timeout(PATIENCE, output).await else {
        signal(pid, "KILL");
        panic!("{arguments:?} does not end");
    };
    let output = output.unwrap().unwrap();
    Ended {
        code: output.status.code(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

impl Server {
    /// Starts one on a free port and waits until it is ready.
    pub(crate) async fn start(data: &Data, settings: &[(&str, &str)]) -> Self {
        Self::start_with(data, &["--listen", "127.0.0.1:0"], settings).await
    }

    /// Starts one with these arguments and waits until it is ready.
    pub(crate) async fn start_with(
        data: &Data,
        arguments: &[&str],
        settings: &[(&str, &str)],
    ) -> Self {
        let mut command = smithers(data, settings);
        command.arg("serve").args(arguments).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let (log, stdout) = (Arc::default(), Arc::default());
        let (sender, receiver) = oneshot::channel();
        keep(child.stderr.take().unwrap(), Arc::clone(&log), None);
        keep(child.stdout.take().unwrap(), Arc::clone(&stdout), Some(sender));
        let mut server = Self { child: Some(child), ready: Value::Null, log, stdout };
        let ready = tokio::time::timeout(PATIENCE, receiver).await.expect("it starts in time");
        server.ready = ready.expect("it starts");
        server
    }

    /// Where it is.
    pub(crate) fn url(&self) -> &str {
        self.ready["url"].as_str().unwrap()
    }

    /// What it said when it was ready.
    pub(crate) const fn ready(&self) -> &Value {
        &self.ready
    }

    pub(crate) fn port(&self) -> u16 {
        self.url().rsplit_once(':').unwrap().1.parse().unwrap()
    }

    /// The secret of the set-up link that it printed.
    pub(crate) fn setup_token(&self) -> String {
        token_of(self.ready["setupUrl"].as_str().expect("no owner yet"))
    }

    /// The secret of the sign-in link that it printed.
    pub(crate) fn sign_in_token(&self) -> String {
        token_of(self.ready["signInUrl"].as_str().expect("an owner on loopback"))
    }

    /// Everything it has logged.
    pub(crate) fn log(&self) -> String {
        self.log.lock().unwrap().clone()
    }

    /// Everything it writes to stdout.
    pub(crate) fn stdout(&self) -> Arc<Mutex<String>> {
        Arc::clone(&self.stdout)
    }

    /// Ends it as a power failure would.
    pub(crate) async fn kill(mut self) {
        let mut child = self.child.take().unwrap();
        child.kill().unwrap();
        tokio::task::spawn_blocking(move || child.wait()).await.unwrap().unwrap();
    }

    /// Asks it to end, and goes on.
    pub(crate) fn begin_to_terminate(&self) {
        signal(self.child.as_ref().unwrap().id(), "TERM");
    }

    /// Waits until it has ended.
    pub(crate) async fn ended(mut self) -> ExitStatus {
        let mut child = self.child.take().unwrap();
        let pid = child.id();
        let wait = tokio::task::spawn_blocking(move || child.wait());
        match tokio::time::timeout(PATIENCE, wait).await {
            Ok(status) => status.unwrap().unwrap(),
            Err(_late) => {
                signal(pid, "KILL");
                println!("{}", self.log());
                panic!("the server does not end");
            }
        }
    }

    /// Asks it to end, and waits for that.
    pub(crate) async fn terminate(self) {
        self.begin_to_terminate();
        let status = self.ended().await;
        assert!(status.success(), "{status}");
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(child) = &mut self.child {
            // It may have ended by itself.
            drop(child.kill());
            drop(child.wait());
        }
        if std::thread::panicking() {
            println!("{}", self.log());
        }
    }
}

fn signal(pid: u32, name: &str) {
    let kill = format!("kill -{name} {pid}");
    assert!(Command::new("sh").args(["-c", &kill]).status().unwrap().success());
}

/// The secret of a link.
pub(crate) fn token_of(link: &str) -> String {
    link.split_once("?token=").unwrap().1.trim().to_owned()
}

/// An address that nobody listens on.
pub(crate) fn free_address() -> String {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string()
}

/// Somebody who answers every request with this status, and no Smithers; and what they are told.
pub(crate) fn stranger(status: u16) -> (String, Arc<Mutex<String>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let heard = Arc::<Mutex<String>>::default();
    let ears = Arc::clone(&heard);
    std::thread::spawn(move || {
        for mut connection in listener.incoming().map_while(Result::ok) {
            let lines = BufReader::new(&connection).lines().map_while(Result::ok);
            let request: Vec<String> = lines.take_while(|line| !line.is_empty()).collect();
            ears.lock().unwrap().push_str(&request.join("\n"));
            let answer = format!("HTTP/1.1 {status} So\r\nconnection: close\r\ncontent-length: 2");
            // Whoever asked may have gone.
            drop(connection.write_all(format!("{answer}\r\n\r\nok").as_bytes()));
        }
    });
    (url, heard)
}

/// Collects what a process writes; tells of its `ready` line.
fn keep(
    pipe: impl std::io::Read + Send + 'static,
    log: Arc<Mutex<String>>,
    ready: Option<oneshot::Sender<Value>>,
) {
    std::thread::spawn(move || {
        let (mut lines, mut ready) = (BufReader::new(pipe), ready);
        let mut line = String::new();
        while lines.by_ref().read_line(&mut line).is_ok_and(|length| length > 0) {
            if let Some(json) = line.strip_prefix("ready ")
                && let Some(sender) = ready.take()
            {
                // Nobody waits any more if the test has failed.
                drop(sender.send(serde_json::from_str(json).unwrap()));
            }
            log.lock().unwrap().push_str(&line);
            line.clear();
        }
    });
}
