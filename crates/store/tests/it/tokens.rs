//! Tokens for programs.

use store::{NewToken, Scope, Token, Ts, fresh};

use crate::fixtures::{Db, NOW, page};
use crate::harness::conformance;

conformance! {
    a_token_stands_for_its_person_until_it_ends,
    ended_tokens_go_when_another_is_made,
    a_token_that_is_in_hand_can_be_ended,
    nobody_else_has_them,
}

fn token(secret: u8, expires_at: Option<Ts>) -> NewToken {
    let scopes = vec![Scope::Read, Scope::Chat];
    NewToken { name: "script".to_owned(), token_hash: [secret; 32], scopes, expires_at }
}

async fn a_token_stands_for_its_person_until_it_ends(db: Db) {
    let (ada, tokens) = (db.person("ada").await, db.store.tokens());
    let end = NOW.plus_seconds(10);

    let made = tokens.create(ada, token(1, Some(end)), NOW).await.unwrap();
    let lasting = tokens.create(ada, token(2, None), NOW).await.unwrap();

    let expected = Token {
        id: made.id,
        name: "script".to_owned(),
        scopes: vec![Scope::Read, Scope::Chat],
        created_at: NOW,
        expires_at: Some(end),
    };
    assert_eq!(made, expected);
    let (user, found) = tokens.bearer([1; 32], NOW).await.unwrap().unwrap();
    assert_eq!((user.id, found), (ada, made.clone()));
    assert_eq!(tokens.bearer([1; 32], end).await.unwrap(), None);
    assert!(tokens.bearer([2; 32], end).await.unwrap().is_some());
    assert_eq!(tokens.bearer([3; 32], NOW).await.unwrap(), None);
    let first = tokens.list(ada, &page(1)).await.unwrap();
    let rest = store::PageRequest { limit: 1, cursor: first.next };
    let rest = tokens.list(ada, &rest).await.unwrap();
    assert_eq!((first.items, rest.items, rest.next), (vec![lasting], vec![made], None));
}

async fn ended_tokens_go_when_another_is_made(db: Db) {
    let (ada, bob, tokens) = (db.person("ada").await, db.person("bob").await, db.store.tokens());
    let end = NOW.plus_seconds(10);
    tokens.create(ada, token(1, Some(end)), NOW).await.unwrap();
    tokens.create(bob, token(2, Some(end)), NOW).await.unwrap();

    tokens.create(ada, token(3, None), end).await.unwrap();

    assert_eq!(tokens.list(ada, &page(9)).await.unwrap().items.len(), 1);
    assert_eq!(tokens.list(bob, &page(9)).await.unwrap().items.len(), 1);
}

async fn a_token_that_is_in_hand_can_be_ended(db: Db) {
    let (ada, tokens) = (db.person("ada").await, db.store.tokens());
    tokens.create(ada, token(1, None), NOW).await.unwrap();
    tokens.create(ada, token(2, None), NOW).await.unwrap();

    tokens.revoke([1; 32]).await.unwrap();
    tokens.revoke([1; 32]).await.unwrap();

    assert_eq!(tokens.bearer([1; 32], NOW).await.unwrap(), None);
    assert!(tokens.bearer([2; 32], NOW).await.unwrap().is_some());
}

async fn nobody_else_has_them(db: Db) {
    let (ada, bob, tokens) = (db.person("ada").await, db.person("bob").await, db.store.tokens());
    let made = tokens.create(ada, token(1, None), NOW).await.unwrap();

    assert!(!tokens.delete(bob, made.id).await.unwrap());
    assert!(!tokens.delete(ada, fresh()).await.unwrap());
    assert!(tokens.list(bob, &page(9)).await.unwrap().items.is_empty());
    assert!(tokens.delete(ada, made.id).await.unwrap());
    assert_eq!(tokens.bearer([1; 32], NOW).await.unwrap(), None);
}
