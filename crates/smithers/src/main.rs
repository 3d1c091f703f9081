//! The `smithers` binary: reads the configuration, wires the crates together, runs a command.

mod commands;
mod config;
mod data;
mod model;
mod terminal;

use std::process::ExitCode;

use clap::{CommandFactory as _, Parser, Subcommand};

use commands::{migrate, serve, sign_in_link, token, user};
use config::ConfigError;

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
    /// Look at or change the database's schema.
    Migrate(migrate::Migrate),
    /// Print a link that signs the owner's browser in: one use, 10 minutes.
    SignInLink(sign_in_link::SignInLink),
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
        eprintln!("smithers: the file .env could not be read: {error}");
        return ExitCode::from(2);
    }
    let cli = Cli::parse();
    match run(cli.command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("smithers: {error:#}");
            ExitCode::from(if error.is::<ConfigError>() { 2 } else { 1 })
        }
    }
}

fn run(command: Command) -> anyhow::Result<()> {
    if let Command::Openapi = command {
        println!("{}", server::openapi_json()?);
        return Ok(());
    }
    start_logging();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        match command {
            Command::Serve(serve) => serve.run().await,
            Command::Migrate(migrate) => migrate.run().await,
            Command::SignInLink(link) => link.run().await,
            Command::User(user) => user.run().await,
            Command::Token(token) => token.run().await,
            Command::Openapi => Cli::command().print_help().map_err(Into::into),
        }
    })
}

/// The log goes to stderr; `RUST_LOG` changes how much of it.
fn start_logging() {
    use tracing_subscriber::EnvFilter;
    let filter = EnvFilter::try_from_default_env()
        .unwrap_or_else(|_unset| EnvFilter::new("info,sqlx::query=warn"));
    let is_terminal = std::io::IsTerminal::is_terminal(&std::io::stderr());
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(is_terminal)
        .with_target(false)
        .init();
}
