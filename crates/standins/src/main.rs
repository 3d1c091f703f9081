//! Runs a stand-in by itself: `standins anthropic [--port N] [--script FILE] [--key KEY]`, or
//! `standins openai …`.
//!
//! It prints one line, `ready {"url":"…"}`, and serves until it is ended.

use std::path::PathBuf;

use anyhow::Context as _;
use clap::{Args, Parser, Subcommand};
use serde_json::json;
use standins::anthropic::Anthropic;
use standins::openai::OpenAi;
use standins::{Reply, Script, StandIn};

#[derive(Parser)]
#[command(about = "Servers that stand in for the vendors Smithers talks to")]
struct Arguments {
    #[command(subcommand)]
    vendor: Vendor,
}

#[derive(Subcommand)]
enum Vendor {
    /// Anthropic's Messages API.
    Anthropic(Options),
    /// `OpenAI`'s chat interface.
    Openai(Options),
}

#[derive(Args)]
struct Options {
    /// The port on 127.0.0.1; 0 takes a free one.
    #[arg(long, default_value_t = 0)]
    port: u16,
    /// A JSON file with the rules of what is answered.
    #[arg(long)]
    script: Option<PathBuf>,
    /// The only key that is accepted; without it, any is.
    #[arg(long)]
    key: Option<String>,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let taken = "the port cannot be bound";
    match Arguments::parse().vendor {
        Vendor::Anthropic(options) => {
            let server = Anthropic::start_on(options.port).await.context(taken)?;
            serve(&server, server.url(), options).await
        }
        Vendor::Openai(options) => {
            let server = OpenAi::start_on(options.port).await.context(taken)?;
            serve(&server, &server.base_url(), options).await
        }
    }
}

async fn serve<V>(server: &StandIn<V>, url: &str, options: Options) -> anyhow::Result<()> {
    server.keep_no_requests();
    server.otherwise(Reply::new().text("Understood."));
    if let Some(key) = options.key {
        server.require_key(&key);
    }
    if let Some(path) = options.script {
        let text = std::fs::read_to_string(&path)
            .with_context(|| format!("{} cannot be read", path.display()))?;
        server.load(Script::parse(&text)?);
    }
    println!("ready {}", json!({"url": url}));
    tokio::signal::ctrl_c().await.context("no signal can be awaited")
}
