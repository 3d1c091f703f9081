//! People, sessions and links.

use store::{LinkKind, NewSession, ProfileChange, Ts, UserRole};

use crate::fixtures::{Db, NOW, page, user};
use crate::harness::conformance;

conformance! {
    the_owner_is_made_once_with_the_setup_link,
    a_setup_link_ends,
    a_newer_link_makes_the_older_void,
    a_sign_in_link_works_once,
    addresses_are_one_in_any_case,
    sessions_end,
    a_profile_changes_only_where_told,
    an_invitation_is_accepted_once_by_whom_it_is_for,
    an_invitation_is_renewed_until_it_is_accepted,
    everybody_is_listed_the_newest_first,
}

const LINK: [u8; 32] = [1; 32];

fn session(secret: u8) -> NewSession {
    NewSession { token_hash: [secret; 32], expires_at: NOW.plus_seconds(100) }
}

async fn the_owner_is_made_once_with_the_setup_link(db: Db) {
    let accounts = db.store.accounts();
    assert_eq!(accounts.owner().await.unwrap(), None);
    accounts.issue_link(LinkKind::Setup, LINK, NOW.plus_seconds(10), NOW).await.unwrap();

    let wrong = accounts.set_up_owner([9; 32], user("a@b.c"), session(1), NOW).await.unwrap();
    let Some(owner) = accounts.set_up_owner(LINK, user("Ada@B.c"), session(2), NOW).await.unwrap()
    else {
        panic!("no owner was made");
    };
    accounts.issue_link(LinkKind::Setup, LINK, NOW.plus_seconds(10), NOW).await.unwrap();
    let second = accounts.set_up_owner(LINK, user("x@y.z"), session(3), NOW).await.unwrap();

    assert_eq!(wrong, None);
    assert_eq!((owner.role, owner.email.as_str()), (UserRole::Owner, "ada@b.c"));
    assert_eq!(accounts.owner().await.unwrap().as_ref(), Some(&owner));
    assert_eq!(accounts.user(owner.id).await.unwrap().as_ref(), Some(&owner));
    assert_eq!(accounts.session_user([2; 32], NOW).await.unwrap(), Some(owner));
    assert_eq!(second, None);
    assert_eq!(accounts.session_user([3; 32], NOW).await.unwrap(), None);
}

async fn a_setup_link_ends(db: Db) {
    let accounts = db.store.accounts();
    accounts.issue_link(LinkKind::Setup, LINK, NOW, NOW).await.unwrap();
    let late = accounts.set_up_owner(LINK, user("a@b.c"), session(1), NOW).await.unwrap();
    assert_eq!(late, None);
}

async fn a_newer_link_makes_the_older_void(db: Db) {
    let accounts = db.store.accounts();
    let end = NOW.plus_seconds(10);
    accounts.issue_link(LinkKind::Setup, [1; 32], end, NOW).await.unwrap();
    accounts.issue_link(LinkKind::SignIn, [2; 32], end, NOW).await.unwrap();
    accounts.issue_link(LinkKind::Setup, [3; 32], end, NOW).await.unwrap();

    let old = accounts.set_up_owner([1; 32], user("a@b.c"), session(1), NOW).await.unwrap();
    let new = accounts.set_up_owner([3; 32], user("a@b.c"), session(2), NOW).await.unwrap();
    let other = accounts.redeem_sign_in([2; 32], session(3), NOW).await.unwrap();

    assert_eq!(old, None);
    assert!(new.is_some());
    assert!(other.is_some());
}

async fn a_sign_in_link_works_once(db: Db) {
    let accounts = db.store.accounts();
    let end = NOW.plus_seconds(10);
    accounts.issue_link(LinkKind::SignIn, LINK, end, NOW).await.unwrap();
    let nobody = accounts.redeem_sign_in(LINK, session(1), NOW).await.unwrap();
    let mut owner = user("a@b.c");
    owner.role = UserRole::Owner;
    let owner = accounts.add(owner, NOW).await.unwrap();

    let late = accounts.redeem_sign_in(LINK, session(1), end).await.unwrap();
    let first = accounts.redeem_sign_in(LINK, session(2), NOW).await.unwrap();
    let again = accounts.redeem_sign_in(LINK, session(3), NOW).await.unwrap();

    assert_eq!((nobody, late, again), (None, None, None));
    assert_eq!(first, owner);
    assert_eq!(accounts.session_user([2; 32], NOW).await.unwrap(), owner);
}

async fn addresses_are_one_in_any_case(db: Db) {
    let accounts = db.store.accounts();
    let mut ada = user("Ada@Example.com");
    ada.password_hash = Some("$argon2id$…".to_owned());

    let added = accounts.add(ada, NOW).await.unwrap().unwrap();
    let taken = accounts.add(user("ADA@example.COM"), NOW).await.unwrap();
    let other = accounts.add(user("bob@example.com"), NOW).await.unwrap().unwrap();

    assert_eq!(taken, None);
    let found = accounts.credentials("aDA@example.com").await.unwrap();
    assert_eq!(found, Some((added, Some("$argon2id$…".to_owned()))));
    assert_eq!(accounts.credentials("bob@example.com").await.unwrap(), Some((other, None)));
    assert_eq!(accounts.credentials("nobody@example.com").await.unwrap(), None);
}

async fn sessions_end(db: Db) {
    let accounts = db.store.accounts();
    let ada = db.person("ada").await;
    accounts.open_session(ada, session(1), NOW).await.unwrap();
    let end: Ts = session(1).expires_at;

    let open = accounts.session_user([1; 32], NOW).await.unwrap();
    let ended = accounts.session_user([1; 32], end).await.unwrap();
    accounts.open_session(ada, session(2), end).await.unwrap();
    let forgotten = accounts.session_user([1; 32], NOW).await.unwrap();
    accounts.open_session(ada, session(3), NOW).await.unwrap();
    let closed = [accounts.close_session([3; 32]).await, accounts.close_session([3; 32]).await];

    assert_eq!(open.map(|user| user.id), Some(ada));
    assert_eq!((ended, forgotten), (None, None));
    assert_eq!(closed.map(Result::unwrap), [Some(ada), None]);
    assert_eq!(accounts.session_user([3; 32], NOW).await.unwrap(), None);
}

async fn a_profile_changes_only_where_told(db: Db) {
    let accounts = db.store.accounts();
    let ada = db.person("ada").await;
    let before = accounts.user(ada).await.unwrap().unwrap();
    let change = ProfileChange { locale: Some("de-CH".to_owned()), ..ProfileChange::default() };

    let after = accounts.update_profile(ada, change).await.unwrap().unwrap();
    let nobody = accounts.update_profile(store::fresh(), ProfileChange::default()).await.unwrap();

    assert_eq!(after, store::User { locale: "de-CH".to_owned(), ..before });
    assert_eq!(accounts.user(ada).await.unwrap(), Some(after));
    assert_eq!(nobody, None);
}

async fn an_invitation_is_accepted_once_by_whom_it_is_for(db: Db) {
    let (accounts, end) = (db.store.accounts(), NOW.plus_seconds(10));
    let bob = accounts.invite(user("bob@b.c"), LINK, end, NOW).await.unwrap().unwrap();
    let mut said = user("Bob@b.c");
    said.role = UserRole::Owner;
    "Bob B.".clone_into(&mut said.name);
    said.password_hash = Some("$argon2id$…".to_owned());
    let accept = async |link, said: &store::NewUser, secret, now| {
        accounts.accept_invitation(link, said.clone(), session(secret), now).await.unwrap()
    };

    assert_eq!(accept([9; 32], &said, 1, NOW).await, None);
    assert_eq!(accept(LINK, &user("eve@b.c"), 1, NOW).await, None);
    assert_eq!(accept(LINK, &said, 1, end).await, None);
    let Some(accepted) = accept(LINK, &said, 1, NOW).await else {
        panic!("nobody came in");
    };
    assert_eq!(accept(LINK, &said, 2, NOW).await, None);

    assert_eq!(accepted, store::User { name: "Bob B.".to_owned(), ..bob });
    assert_eq!(accounts.session_user([1; 32], NOW).await.unwrap().as_ref(), Some(&accepted));
    let known = accounts.credentials("bob@b.c").await.unwrap();
    assert_eq!(known, Some((accepted, said.password_hash)));
    assert_eq!(accounts.invite(user("BOB@b.c"), [2; 32], end, NOW).await.unwrap(), None, "taken");
}

async fn an_invitation_is_renewed_until_it_is_accepted(db: Db) {
    let (accounts, later) = (db.store.accounts(), NOW.plus_seconds(10));
    let (end, renewed_end) = (later, later.plus_seconds(10));
    let bob = accounts.invite(user("bob@b.c"), LINK, end, NOW).await.unwrap().unwrap();

    let again = store::NewUser { name: "Robert".to_owned(), ..user("BOB@b.c") };
    let renewed = accounts.invite(again, [2; 32], renewed_end, later).await.unwrap();

    let expected = store::User { name: "Robert".to_owned(), ..bob };
    assert_eq!(renewed, Some(expected), "the same person");
    let said =
        store::NewUser { password_hash: Some("$argon2id$…".to_owned()), ..user("bob@b.c") };
    let accept = async |link, secret, now| {
        accounts.accept_invitation(link, said.clone(), session(secret), now).await.unwrap()
    };
    assert_eq!(accept(LINK, 1, NOW).await, None, "it was replaced");
    assert!(accept([2; 32], 1, later).await.is_some());
    let late = accounts.invite(user("bob@b.c"), [3; 32], renewed_end, later).await.unwrap();
    assert_eq!(late, None, "who has a password keeps it");
    assert_eq!(accept([3; 32], 2, later).await, None);
}

async fn everybody_is_listed_the_newest_first(db: Db) {
    let (ada, bob) = (db.person("ada").await, db.person("bob").await);

    let first = db.store.accounts().list(&page(1)).await.unwrap();
    let rest = store::PageRequest { limit: 1, cursor: first.next };
    let rest = db.store.accounts().list(&rest).await.unwrap();

    assert_eq!((first.items[0].id, rest.items[0].id, rest.next), (bob, ada, None));
}
