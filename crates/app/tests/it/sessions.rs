use std::time::Duration;

use app::{Credential, Scope, TokenDraft};
use futures_util::FutureExt as _;
use tokio::time::timeout;

use crate::desk::Desk;

const NOW: &str = "2026-11-25T14:00:00Z";
const SOON: Duration = Duration::from_millis(1);
const NEVER: Duration = Duration::from_hours(1);
const LONG: Duration = Duration::from_secs(30);

async fn session(desk: &Desk) -> String {
    let link = desk.app.issue_sign_in_link().await.unwrap();
    desk.app.sign_in_by_link(&link).await.unwrap().session
}

#[tokio::test]
async fn a_logout_is_heard_at_once() {
    let desk = Desk::open("UTC", NOW).await;
    let (mine, other) = (session(&desk).await, session(&desk).await);
    let credential = Credential::Session(mine.clone());
    let mut end = Box::pin(desk.app.access_end(desk.user.id, credential, NEVER));

    desk.app.log_out(&other).await.unwrap();
    assert_eq!((&mut end).now_or_never(), None);

    desk.app.log_out(&mine).await.unwrap();
    timeout(LONG, end).await.unwrap();
}

#[tokio::test]
async fn a_token_that_is_deleted_lets_nobody_watch() {
    let desk = Desk::open("UTC", NOW).await;
    let draft = TokenDraft { name: "x".to_owned(), scopes: vec![Scope::Read], expires_at: None };
    let (token, text) = desk.app.issue_token(desk.user.id, draft, None).await.unwrap();
    let end = desk.app.access_end(desk.user.id, Credential::Token(text), NEVER);

    assert!(desk.app.delete_token(desk.user.id, token.id).await.unwrap());

    timeout(LONG, end).await.unwrap();
}

#[tokio::test]
async fn an_end_that_nobody_tells_is_found_by_looking() {
    let desk = Desk::open("UTC", NOW).await;
    let mine = Credential::Session(session(&desk).await);
    let mut end = Box::pin(desk.app.access_end(desk.user.id, mine, SOON));
    assert!(timeout(10 * SOON, &mut end).await.is_err());

    desk.at("2027-11-25T14:00:00Z");

    timeout(LONG, end).await.unwrap();
}
