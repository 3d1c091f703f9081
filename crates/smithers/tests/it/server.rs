//! The binary as a process.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpListener;
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use serde_json::Value;
use tokio::sync::{oneshot, watch};

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
    let mut running = Running::start(data, arguments, settings);
    // It may end without having read it.
    drop(running.stdin().write_all(input.as_bytes()));
    running.ended().await
}

/// A command at work; killed with this value.
pub(crate) struct Running {
    child: Option<Child>,
    stdout: Written,
    stderr: Written,
}

/// Everything that a process has written so far, and the thread that reads it.
struct Written(watch::Receiver<String>, JoinHandle<()>);

impl Running {
    pub(crate) fn start(data: &Data, arguments: &[&str], settings: &[(&str, &str)]) -> Self {
        let mut command = smithers(data, settings);
        command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let stdout = Written::by(child.stdout.take().unwrap());
        let stderr = Written::by(child.stderr.take().unwrap());
        Self { child: Some(child), stdout, stderr }
    }

    fn stdin(&mut self) -> &mut ChildStdin {
        self.child.as_mut().unwrap().stdin.as_mut().unwrap()
    }

    /// Writes a line to its stdin.
    pub(crate) fn write(&mut self, line: &str) {
        writeln!(self.stdin(), "{line}").unwrap();
    }

    /// Waits until it has written this to stdout.
    pub(crate) async fn until(&mut self, text: &str) {
        self.stdout.until(text).await;
    }

    /// Waits until it has written this to stderr.
    pub(crate) async fn until_told(&mut self, text: &str) {
        self.stderr.until(text).await;
    }

    /// Sends it a signal.
    pub(crate) fn signal(&self, name: &str) {
        signal(self.child.as_ref().unwrap().id(), name);
    }

    /// Presses Ctrl-C, and waits until it has ended.
    pub(crate) async fn interrupted(mut self) -> Ended {
        let child = self.child.as_mut().unwrap();
        let stdin = child.stdin.take();
        signal(child.id(), "INT");
        let ended = self.ended().await;
        drop(stdin);
        ended
    }

    /// Ends its stdin, and waits until it has ended.
    pub(crate) async fn ended(mut self) -> Ended {
        drop(self.child.as_mut().unwrap().stdin.take());
        let mut child = self.child.take().unwrap();
        let pid = child.id();
        let wait = tokio::task::spawn_blocking(move || child.wait());
        let Ok(status) = tokio::time::timeout(PATIENCE, wait).await else {
            signal(pid, "KILL");
            panic!("it does not end: {}{}", self.stdout.text(), self.stderr.text());
        };
        let code = status.unwrap().unwrap().code();
        let (stdout, stderr) = (self.stdout.rest(), self.stderr.rest());
        Ended { code, stdout, stderr }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Some(child) = &mut self.child {
            // It may have ended by itself.
            drop(child.kill());
            drop(child.wait());
        }
    }
}

impl Written {
    fn by(pipe: impl std::io::Read + Send + 'static) -> Self {
        let (sender, receiver) = watch::channel(String::new());
        let reader = std::thread::spawn(move || {
            let (mut pipe, mut buffer) = (pipe, [0; 4096]);
            let mut bytes = Vec::new();
            while let Ok(length @ 1..) = pipe.read(&mut buffer) {
                bytes.extend_from_slice(&buffer[..length]);
                // A letter may come in two pieces.
                sender.send_replace(String::from_utf8_lossy(&bytes).into_owned());
            }
        });
        Self(receiver, reader)
    }

    async fn until(&mut self, text: &str) {
        let found = self.0.wait_for(|written| written.contains(text));
        let found = tokio::time::timeout(PATIENCE, found).await;
        let is_there = found.is_ok_and(|found| found.is_ok());
        assert!(is_there, "{text:?} does not come: {}", self.text());
    }

    fn text(&self) -> String {
        self.0.borrow().clone()
    }

    /// Everything, once the process has ended.
    fn rest(&mut self) -> String {
        while !self.1.is_finished() {
            std::thread::yield_now();
        }
        self.text()
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
