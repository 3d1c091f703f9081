//! Checks of what is reached over the network: models, our port, the public URL, proxies.

use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::time::Duration;

use agent::model::ModelErrorKind;
use app::NamedModel;
use futures_util::future::join_all;
use tokio::time::timeout;

use super::{Finding, Report};
use crate::commands::serve::DEFAULT_PORT;
use crate::config::{Config, Data};
use crate::session::{Credential, Session, version};

/// How long anything is waited for.
const PATIENCE: Duration = Duration::from_secs(5);

/// How long a server on this machine is waited for.
const NEAR: Duration = Duration::from_secs(1);

/// Servers of models on this machine: name, usual port, and what they say owns a model.
const LOCAL: [(&str, u16, &str); 5] = [
    ("Ollama", 11_434, "library"),
    ("llama.cpp", 8_080, "llamacpp"),
    ("llama.cpp", 8_081, "llamacpp"),
    ("LM Studio", 1_234, "organization_owner"),
    ("vLLM", 8_000, "vllm"),
];

/// Whether a model could be asked. Nothing is spent.
pub(super) async fn model(NamedModel { name, model }: &NamedModel) -> Finding {
    if model.info().offline {
        return Finding::warning(
            "the built-in model answers, which understands simple requests only",
            "set ANTHROPIC_API_KEY, or OPENAI_BASE_URL and SMITHERS_MODEL for another server",
        );
    }
    let Err(error) = model.check().await else {
        return Finding::ok(format!("{name} answers, and takes the key"));
    };
    let remedy = if error.kind == ModelErrorKind::Unauthorized {
        "check the key, and that it is for this server"
    } else if matches!(error.kind, ModelErrorKind::Network | ModelErrorKind::Timeout) {
        "check the model's address, that its server runs, and firewalls"
    } else {
        error.kind.advice()
    };
    Finding::failed(format!("{name}: {}", error.message), remedy)
}

/// Names the servers of models on this machine, with the line that uses each.
pub(super) async fn local_models(report: &mut Report) -> io::Result<()> {
    let found = join_all(LOCAL.map(|(name, port, _)| local_model(name, port))).await;
    let mut found = found.into_iter().flatten().peekable();
    if found.peek().is_none() {
        let ports: Vec<String> = LOCAL.map(|(name, port, _)| format!("{name} {port}")).into();
        let detail = format!("none on this machine's usual ports ({})", ports.join(", "));
        return report.add("local models", Finding::ok(detail));
    }
    for finding in found {
        report.add("local models", finding)?;
    }
    Ok(())
}

async fn local_model(usual: &str, port: u16) -> Option<Finding> {
    let url = format!("http://127.0.0.1:{port}");
    let session = Session::at(&url, Credential::None).ok()?;
    let list = timeout(NEAR, session.get("/v1/models")).await.ok()?.ok()?;
    let models = list["data"].as_array()?;
    let owner = models.first().and_then(|model| model["owned_by"].as_str());
    let named = LOCAL.iter().find(|(_, _, owned_by)| Some(*owned_by) == owner);
    let name = named.map_or(usual, |(name, ..)| name);
    let Some(model) = models.first().and_then(|model| model["id"].as_str()) else {
        let is_ollama = name == LOCAL[0].0;
        let words = if is_ollama { "`ollama pull qwen3:8b` gets one" } else { "load one in it" };
        return Some(Finding::warning(format!("{name} at {url} has no model"), words));
    };
    let model = agent::visible(model);
    let detail = format!("{name} at {url} has {model}");
    Some(Finding { remedy: Some(use_of(port, &model)), ..Finding::ok(detail) })
}

/// The line that uses a model on this machine.
fn use_of(port: u16, model: &str) -> String {
    // What answers there may be anybody's, and people copy the line into a shell.
    let model = model.replace('\'', r"'\''");
    format!("OPENAI_BASE_URL=http://127.0.0.1:{port}/v1 SMITHERS_MODEL='{model}' smithers serve")
}

/// Whether a server of ours answers, or could listen.
pub(super) async fn port(config: &Config, data: &Data) -> Finding {
    if let Some(noted) = data.noted_address()
        && let Some(version) = smithers_at(&noted.programs).await
    {
        return Finding::ok(format!("Smithers {version} answers at {}", noted.programs));
    }
    let usual = SocketAddr::from((Ipv4Addr::LOCALHOST, DEFAULT_PORT));
    let address = config.listen.unwrap_or(usual);
    let Err(error) = TcpListener::bind(address) else {
        return Finding::ok(format!("{address} is free"));
    };
    let detail = match smithers_at(&format!("http://{address}")).await {
        Some(version) => format!("at {address} Smithers {version} serves other data"),
        None => format!("{address} cannot be listened on: {error}"),
    };
    if config.listen.is_some() {
        Finding::failed(detail, "stop what is there, or choose another with SMITHERS_LISTEN")
    } else {
        Finding::warning(detail, "nothing to do: `smithers serve` takes the next free port")
    }
}

/// The version of the Smithers at a URL, if there is one.
async fn smithers_at(url: &str) -> Option<String> {
    let session = Session::at(url, Credential::None).ok()?;
    let config = timeout(PATIENCE, session.get("/api/config")).await.ok()?.ok()?;
    version(&config)
}

/// Whether browsers can reach the server where it says it is.
pub(super) async fn public_url(url: &str) -> Finding {
    let asked = async { Session::at(url, Credential::None)?.get("/api/config").await };
    let answer = match timeout(PATIENCE, asked).await {
        Ok(answer) => answer,
        Err(_elapsed) => Err(anyhow::anyhow!("{url} does not answer within {PATIENCE:?}")),
    };
    match answer {
        Ok(config) if version(&config).is_some() => Finding::ok(format!("{url} leads here")),
        Ok(_) => Finding::failed(
            format!("something that is not Smithers answers at {url}"),
            "let the proxy there pass all paths on to Smithers, or mend SMITHERS_PUBLIC_URL",
        ),
        Err(error) => {
            let detail = format!("{error:#}");
            let is_distrusted = detail.to_lowercase().contains("certificate");
            let remedy = if is_distrusted {
                "give the proxy a certificate that this machine trusts, or let it trust its issuer"
            } else {
                "start the server and the proxy before it, or mend SMITHERS_PUBLIC_URL"
            };
            Finding::failed(detail, remedy)
        }
    }
}

/// Models are asked without a proxy.
pub(super) fn proxy() -> Finding {
    let is_set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    let names =
        ["HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"];
    match names.into_iter().find(|name| is_set(name)) {
        None => Finding::ok("none is set"),
        Some(name) => Finding::warning(
            format!("{name} is set, and Smithers does not use it: models are asked directly"),
            "allow connections to the model's address, or set ANTHROPIC_BASE_URL to a gateway",
        ),
    }
}

#[cfg(test)]
mod tests;
