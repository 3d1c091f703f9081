//! Secrets that are handed out once and kept only as a hash: session cookies and one-use links.
//! And what proves that a server has one.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};

/// A secret of 256 random bits.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret")
    }
}

impl From<String> for Secret {
    fn from(kept: String) -> Self {
        Self(kept)
    }
}

impl Secret {
    /// A new one.
    #[must_use]
    pub fn random() -> Self {
        Self(URL_SAFE_NO_PAD.encode(rand::random::<[u8; 32]>()))
    }

    /// The text that is handed out.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.0
    }

    /// What only those who have the secret can answer to a challenge.
    #[must_use]
    pub fn proof(&self, challenge: &str) -> String {
        hex::encode(hash(&format!("{}{challenge}", self.0)))
    }

    /// What is stored.
    pub(crate) fn hash(&self) -> [u8; 32] {
        hash(&self.0)
    }
}

/// What is stored of a secret that somebody presents.
pub(crate) fn hash(presented: &str) -> [u8; 32] {
    Sha256::digest(presented.as_bytes()).into()
}
