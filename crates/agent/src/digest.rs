//! What an approval binds to: one tool, in one version of its schema, with exactly these arguments.

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

/// A value that has no canonical form, such as a number outside what JSON interchange allows.
#[derive(Debug, thiserror::Error)]
#[error("the arguments have no canonical JSON form: {0}")]
pub struct NotCanonical(#[from] serde_json::Error);

/// Lower-case hex SHA-256 of the canonical JSON form (RFC 8785) of a value.
pub fn of_value(value: &Value) -> Result<String, NotCanonical> {
    let canonical = serde_json_canonicalizer::to_vec(value)?;
    Ok(hex::encode(Sha256::digest(canonical)))
}

/// The digest of a call, over `{"tool", "arguments", "schemaHash"}`.
pub fn of_call(tool: &str, arguments: &Value, schema_hash: &str) -> Result<String, NotCanonical> {
    of_value(&json!({"tool": tool, "arguments": arguments, "schemaHash": schema_hash}))
}
