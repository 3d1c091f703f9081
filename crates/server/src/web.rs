//! The web app inside the binary: a static export whose pages are files, with one placeholder page
//! for every conversation.

use std::collections::HashMap;
use std::sync::LazyLock;

use axum::extract::Request;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rust_embed::Embed;
use sha2::{Digest as _, Sha256};

use crate::problem::Problem;

/// The export of `web/`; empty until that was built.
#[derive(Embed)]
#[folder = "../../web/out"]
#[allow_missing = true]
struct Files;

/// The content security policy of each page, with the hashes of its inline scripts.
static POLICIES: LazyLock<HashMap<String, HeaderValue>> = LazyLock::new(|| {
    Files::iter()
        .filter(|name| name.ends_with(".html"))
        .filter_map(|name| {
            let file = Files::get(&name)?;
            let policy = policy(&String::from_utf8_lossy(&file.data));
            Some((name.into_owned(), HeaderValue::from_str(&policy).ok()?))
        })
        .collect()
});

/// Answers everything that is no API route.
pub(crate) async fn serve(request: Request) -> Response {
    let path = request.uri().path();
    if path == "/api" || path.starts_with("/api/") {
        return Problem::not_found("address").into_response();
    }
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return (StatusCode::METHOD_NOT_ALLOWED, [(header::ALLOW, "GET, HEAD")]).into_response();
    }
    let headers = request.headers();
    let mut found = candidates(path).into_iter();
    found
        .find_map(|name| respond(StatusCode::OK, &name, headers))
        .or_else(|| respond(StatusCode::NOT_FOUND, "404.html", headers))
        .unwrap_or_else(|| not_built(path))
}

/// A page of the web app by its file name.
pub(crate) fn page(name: &str, headers: &HeaderMap) -> Response {
    respond(StatusCode::OK, name, headers).unwrap_or_else(|| not_built(name))
}

/// The files that an address may stand for, best first.
fn candidates(path: &str) -> Vec<String> {
    let path = path.trim_matches('/');
    if path.is_empty() {
        return vec!["index.html".to_owned()];
    }
    // A conversation's page, its data and their parts are those of the placeholder.
    if let Some(rest) = path.strip_prefix("c/") {
        let shell = match rest.split_once('/') {
            Some((_, part)) => format!("c/_/{part}"),
            None if is_data(rest) => "c/_.txt".to_owned(),
            None => "c/_.html".to_owned(),
        };
        return vec![shell];
    }
    vec![path.to_owned(), format!("{path}.html")]
}

/// The router of the web app asks for a page's data under the page's address and `.txt`.
fn is_data(name: &str) -> bool {
    std::path::Path::new(name).extension().is_some_and(|extension| extension == "txt")
}

/// A file as it is, or as the build compressed it; `None` if there is no such file.
fn respond(status: StatusCode, name: &str, request: &HeaderMap) -> Option<Response> {
    let plain = Files::get(name)?;
    let packed = accepts_gzip(request).then(|| Files::get(&format!("{name}.gz"))).flatten();
    let mut headers = HeaderMap::new();
    let mut set = |key: HeaderName, value: &str| {
        if let Ok(value) = HeaderValue::from_str(value) {
            headers.insert(key, value);
        }
    };
    let etag = format!("\"{}\"", STANDARD.encode(plain.metadata.sha256_hash()));
    set(header::ETAG, &etag);
    set(header::CACHE_CONTROL, cache_control(name));
    set(header::VARY, "accept-encoding");
    set(header::REFERRER_POLICY, "no-referrer");
    if is_known(request, &etag) && status == StatusCode::OK {
        return Some((StatusCode::NOT_MODIFIED, headers).into_response());
    }
    set(header::CONTENT_TYPE, &content_type(plain.metadata.mimetype()));
    if packed.is_some() {
        set(header::CONTENT_ENCODING, "gzip");
    }
    if let Some(policy) = POLICIES.get(name) {
        headers.insert(header::CONTENT_SECURITY_POLICY, policy.clone());
    }
    let file = packed.unwrap_or(plain);
    Some((status, headers, file.data).into_response())
}

/// Whether the client has this version already.
pub(crate) fn is_known(request: &HeaderMap, etag: &str) -> bool {
    let known = request.get(header::IF_NONE_MATCH);
    known.is_some_and(|known| known.as_bytes() == etag.as_bytes())
}

/// A name under `_next/static` changes with its content.
fn cache_control(name: &str) -> &'static str {
    if name.starts_with("_next/static/") {
        "public, max-age=31536000, immutable"
    } else {
        "no-cache"
    }
}

fn accepts_gzip(request: &HeaderMap) -> bool {
    let accepted = request.get(header::ACCEPT_ENCODING).and_then(|value| value.to_str().ok());
    accepted.is_some_and(|list| {
        list.split(',').any(|coding| {
            let mut parts = coding.split(';').map(str::trim);
            parts.next() == Some("gzip") && !parts.any(|weight| weight == "q=0")
        })
    })
}

fn content_type(mime: &str) -> String {
    let is_text =
        mime.starts_with("text/") || mime.ends_with("javascript") || mime.ends_with("json");
    if is_text { format!("{mime}; charset=utf-8") } else { mime.to_owned() }
}

fn policy(html: &str) -> String {
    let hashes: Vec<String> = inline_scripts(html)
        .map(|script| format!("'sha256-{}'", STANDARD.encode(Sha256::digest(script))))
        .collect();
    format!(
        "default-src 'self'; script-src 'self' {}; style-src 'self' 'unsafe-inline'; \
         img-src 'self' data:; connect-src 'self'; object-src 'none'; base-uri 'none'; \
         form-action 'self'; frame-ancestors 'none'",
        hashes.join(" ")
    )
}

/// The texts between `<script>` tags without a source, as the export writes them.
fn inline_scripts(html: &str) -> impl Iterator<Item = &str> {
    html.split("<script").skip(1).filter_map(|after| {
        let (tag, rest) = after.split_once('>')?;
        let (script, _) = rest.split_once("</script>")?;
        (!tag.contains("src=")).then_some(script)
    })
}

fn not_built(path: &str) -> Response {
    let text = "The web app is not part of this build: `make run` builds it. The API is at /api.\n";
    let status = if path == "/" { StatusCode::OK } else { StatusCode::NOT_FOUND };
    (status, [(header::CONTENT_TYPE, "text/plain; charset=utf-8")], text).into_response()
}
