//! The `smithers` binary: reads the configuration, wires the crates together, runs a command.

mod commands;
mod config;
mod data;
mod model;
mod session;
mod signals;
mod terminal;

use std::io;
use std::process::ExitCode;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{CommandFactory as _, Parser, Subcommand};

use commands::config::ConfigCommand;
use commands::{approvals, ask, chat, doctor, documents, lists, login, migrate, serve};
use commands::{sign_in_link, tasks, token, turn, user};
use config::{ConfigError, DataArgs, nearest};
use session::Refused;
use terminal::{Waiting, has_colours, say, tell};

/// What the codes mean with which the process ends.
const EXIT_CODES: &str = "Exit codes: 0 done; 1 failed; 2 wrong usage, input or configuration; \
                          3 waiting for an approval.";

/// A self-hosted assistant for a team.
#[derive(Parser)]
#[command(name = "smithers", version, about, arg_required_else_help = true)]
#[command(after_help = EXIT_CODES)]
struct Cli {
    /// Print what comes of it as JSON: as the HTTP API gives it, an answer as its chunks, one a line.
    #[arg(long, global = true)]
    json: bool,
    #[command(flatten)]
    data: DataArgs,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Serve the web app and the API.
    Serve(serve::Serve),
    /// Ask one thing and print the answer as it comes.
    Ask(ask::Ask),
    /// Talk in the terminal.
    Chat(chat::Chat),
    /// Log in to a server, which `ask` and `chat` then use.
    Login(login::Login),
    /// Log out of it.
    Logout,
    /// List tasks, add one, or mark some as done.
    Tasks(tasks::Tasks),
    /// List meetings.
    Meetings(lists::Lists<lists::Meetings>),
    /// List conversations.
    Conversations(lists::Lists<lists::Conversations>),
    /// List what waits for approval, or answer it.
    Approvals(approvals::Approvals),
    /// Show what your model calls cost.
    Usage(lists::Lists<lists::Usage>),
    /// Look into an answer.
    #[command(subcommand)]
    Turn(turn::Turn),
    /// Check everything that Smithers needs, and say what to do about what is wrong.
    Doctor,
    /// Look at or change the database's schema.
    Migrate(migrate::Migrate),
    /// Print a link that signs the owner's browser in: one use, 10 minutes.
    SignInLink,
    /// Look at the configuration.
    #[command(subcommand)]
    Config(ConfigCommand),
    /// Add or list people.
    User(user::User),
    /// Make API tokens.
    Token(token::Token),
    /// Print the OpenAPI document of the HTTP API.
    Openapi,
    /// Print a script that completes commands in a shell.
    Completions(documents::Completions),
    /// Print the manual page.
    Man(documents::Man),
}

fn main() -> ExitCode {
    // A missing `.env` is the usual case.
    if let Err(error) = dotenvy::dotenv()
        && !error.not_found()
    {
        match error {
            // Its line may hold a secret.
            dotenvy::Error::LineParse(..) => {
                tell(
                    "smithers: .env has a line that is not NAME=value; put values in single quotes",
                );
            }
            other => tell(format_args!("smithers: the file .env could not be read: {other}")),
        }
        return ExitCode::from(2);
    }
    let cli = Cli::try_parse().unwrap_or_else(|error| with_nearest(error).exit());
    match start(cli) {
        Ok(()) => ExitCode::SUCCESS,
        // Whoever reads the output has read enough.
        Err(error) if is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            tell(format_args!("smithers: {error:#}"));
            ExitCode::from(match error {
                _ if error.is::<ConfigError>() => 2,
                _ if error.downcast_ref().is_some_and(Refused::is_bad_input) => 2,
                _ if error.is::<Waiting>() => 3,
                _ => 1,
            })
        }
    }
}

/// Names the nearest command also where clap does not: after `help`, which takes those of all.
fn with_nearest(error: clap::Error) -> clap::Error {
    let mut error = error;
    let commands = Cli::command();
    let all =
        commands.get_subcommands().flat_map(|it| std::iter::once(it).chain(it.get_subcommands()));
    if std::env::args().nth(1).is_some_and(|first| first == "help")
        && error.kind() == ErrorKind::InvalidSubcommand
        && error.get(ContextKind::SuggestedSubcommand).is_none()
        && let Some(ContextValue::String(word)) = error.get(ContextKind::InvalidSubcommand)
        && let Some(near) = nearest(word, all.map(clap::Command::get_name))
    {
        let near = ContextValue::Strings(vec![near.to_owned()]);
        error.insert(ContextKind::SuggestedSubcommand, near);
    }
    error
}

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error.downcast_ref::<io::Error>().is_some_and(|it| it.kind() == io::ErrorKind::BrokenPipe)
}

fn start(cli: Cli) -> anyhow::Result<()> {
    // Of most commands stderr is a person's.
    start_logging(match cli.command {
        Command::Serve(_) | Command::Migrate(_) => "info,sqlx::query=warn",
        _ => "warn",
    });
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(run(cli))
}

async fn run(Cli { json: is_json, data, command }: Cli) -> anyhow::Result<()> {
    match command {
        Command::Serve(serve) => serve.run(&data).await,
        Command::Ask(ask) => ask.run(&data, is_json).await,
        Command::Chat(chat) => chat.run(&data, is_json).await,
        Command::Login(login) => login.run(is_json).await,
        Command::Logout => login::log_out(is_json).await,
        Command::Tasks(tasks) => tasks.run(&data, is_json).await,
        Command::Meetings(meetings) => meetings.run(&data, is_json).await,
        Command::Conversations(conversations) => conversations.run(&data, is_json).await,
        Command::Approvals(approvals) => approvals.run(&data, is_json).await,
        Command::Usage(usage) => usage.run(&data, is_json).await,
        Command::Turn(turn) => turn.run(&data, is_json).await,
        Command::Doctor => doctor::run(&data, is_json).await,
        Command::Migrate(migrate) => migrate.run(&data, is_json).await,
        Command::SignInLink => sign_in_link::run(&data, is_json).await,
        Command::User(user) => user.run(&data, is_json).await,
        Command::Token(token) => token.run(&data, is_json).await,
        Command::Config(config) => config.run(data, is_json),
        Command::Openapi => Ok(say(server::openapi_json()?)?),
        Command::Completions(completions) => completions.run(Cli::command()),
        Command::Man(man) => man.run(Cli::command()),
    }
}

/// The log goes to stderr; `RUST_LOG` changes how much of it.
fn start_logging(usual: &str) {
    use tracing_subscriber::EnvFilter;
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_unset| EnvFilter::new(usual));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(io::stderr)
        .with_ansi(has_colours(&io::stderr()))
        .with_target(false)
        .init();
}
