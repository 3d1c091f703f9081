//! The `smithers` binary: reads the configuration, wires the crates together, runs a command.

mod commands;
mod config;
mod data;
mod model;
mod session;
mod terminal;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use commands::config::ConfigCommand;
use commands::{ask, chat, login, migrate, serve, sign_in_link, token, user};
use config::ConfigError;
use terminal::Waiting;

/// A self-hosted assistant for a team.
#[derive(Parser)]
#[command(name = "smithers", version, about, arg_required_else_help = true)]
struct Cli {
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
    /// Look at or change the database's schema.
    Migrate(migrate::Migrate),
    /// Print a link that signs the owner's browser in: one use, 10 minutes.
    SignInLink(sign_in_link::SignInLink),
    /// Look at the configuration.
    Config(ConfigCommand),
    /// Add or list people.
    User(user::User),
    /// Make API tokens.
    Token(token::Token),
    /// Print the OpenAPI document of the HTTP API.
    Openapi,
}

fn main() -> ExitCode {
    // A missing `.env` is the usual case.
    if let Err(error) = dotenvy::dotenv()
        && !error.not_found()
    {
        match error {
            // Its line may hold a secret.
            dotenvy::Error::LineParse(..) => eprintln!(
                "smithers: .env has a line that is not NAME=value; put values in single quotes"
            ),
            other => eprintln!("smithers: the file .env could not be read: {other}"),
        }
        return ExitCode::from(2);
    }
    let cli = Cli::parse();
    match run(cli.command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("smithers: {error:#}");
            ExitCode::from(match error {
                _ if error.is::<ConfigError>() => 2,
                _ if error.is::<Waiting>() => 3,
                _ => 1,
            })
        }
    }
}

fn run(command: Command) -> anyhow::Result<()> {
    match command {
        Command::Serve(serve) => block_on(serve.run()),
        Command::Ask(ask) => at_terminal(ask.run()),
        Command::Chat(chat) => at_terminal(chat.run()),
        Command::Login(login) => at_terminal(login.run()),
        Command::Logout => at_terminal(login::log_out()),
        Command::Migrate(migrate) => block_on(migrate.run()),
        Command::SignInLink(link) => block_on(link.run()),
        Command::User(user) => block_on(user.run()),
        Command::Token(token) => block_on(token.run()),
        Command::Config(config) => config.run(),
        Command::Openapi => {
            println!("{}", server::openapi_json()?);
            Ok(())
        }
    }
}

fn block_on(command: impl Future<Output = anyhow::Result<()>>) -> anyhow::Result<()> {
    run_with_log("info,sqlx::query=warn", command)
}

/// Runs a command whose stderr is a person's.
fn at_terminal(command: impl Future<Output = anyhow::Result<()>>) -> anyhow::Result<()> {
    run_with_log("warn", command)
}

fn run_with_log(
    usual: &str,
    command: impl Future<Output = anyhow::Result<()>>,
) -> anyhow::Result<()> {
    start_logging(usual);
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(command)
}

/// The log goes to stderr; `RUST_LOG` changes how much of it.
fn start_logging(usual: &str) {
    use tracing_subscriber::EnvFilter;
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_unset| EnvFilter::new(usual));
    let is_terminal = std::io::IsTerminal::is_terminal(&std::io::stderr());
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(is_terminal)
        .with_target(false)
        .init();
}
