use std::time::Duration;

use futures_util::FutureExt as _;
use tokio::time::timeout;

use crate::desk::Desk;

const SOON: Duration = Duration::from_millis(1);
const NEVER: Duration = Duration::from_hours(1);
const LONG: Duration = Duration::from_secs(30);

async fn session(desk: &Desk) -> String {
    let link = desk.app.issue_sign_in_link().await.unwrap();
    desk.app.sign_in_by_link(&link).await.unwrap().session
}

#[tokio::test]
async fn a_logout_is_heard_at_once() {
    let desk = Desk::open("UTC", "2026-11-25T14:00:00Z").await;
    let (mine, other) = (session(&desk).await, session(&desk).await);
    let mut end = Box::pin(desk.app.session_end(mine.clone(), NEVER));

    desk.app.log_out(&other).await.unwrap();
    assert_eq!((&mut end).now_or_never(), None);

    desk.app.log_out(&mine).await.unwrap();
    timeout(LONG, end).await.unwrap();
}

#[tokio::test]
async fn an_end_that_nobody_tells_is_found_by_looking() {
    let desk = Desk::open("UTC", "2026-11-25T14:00:00Z").await;
    let mine = session(&desk).await;
    let mut end = Box::pin(desk.app.session_end(mine, SOON));
    assert!(timeout(10 * SOON, &mut end).await.is_err());

    desk.at("2027-11-25T14:00:00Z");

    timeout(LONG, end).await.unwrap();
}
