//! Passwords as argon2id hashes, off the async threads because a hash takes tens of milliseconds.

use std::sync::LazyLock;

use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _};
use tokio::sync::Semaphore;

use crate::{AppError, Result};

/// A hash takes about 19 MiB: more than two at once would let strangers fill the memory.
static HASHING: Semaphore = Semaphore::const_new(2);

/// Verified against when there is no such account, so that the answer takes as long as with one.
static NOBODY: LazyLock<Option<String>> =
    LazyLock::new(|| hash_now("nobody has this password").ok());

/// The hash of a password in PHC form.
pub(super) async fn hash(password: String) -> Result<String> {
    blocking(move || hash_now(&password)).await?.map_err(AppError::internal)
}

/// Whether a password fits a stored hash. Without a hash it never does, but takes as long.
pub(super) async fn verify(password: String, stored: Option<String>) -> Result<bool> {
    blocking(move || {
        let exists = stored.is_some();
        let Some(stored) = stored.or_else(|| NOBODY.clone()) else { return Ok(false) };
        let parsed = PasswordHash::new(&stored)?;
        let fits = Argon2::default().verify_password(password.as_bytes(), &parsed).is_ok();
        Ok(fits && exists)
    })
    .await?
    .map_err(AppError::internal::<argon2::password_hash::phc::Error>)
}

fn hash_now(password: &str) -> Result<String, argon2::password_hash::Error> {
    let hash: PasswordHash = Argon2::default().hash_password(password.as_bytes())?;
    Ok(hash.to_string())
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
    let permit = HASHING.acquire().await.map_err(AppError::internal)?;
    // The permit goes along: a caller who hangs up does not end the work that was begun.
    let work = move || {
        let _permit = permit;
        work()
    };
    tokio::task::spawn_blocking(work).await.map_err(AppError::internal)
}
