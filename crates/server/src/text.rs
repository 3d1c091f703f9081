//! What text a client may send: anything Unicode but NUL, which no database of ours keeps.

use std::fmt::Write as _;

use app::FieldProblem;
use serde_json::Value;

/// Finds every string in a body that holds NUL.
pub(crate) fn nul_problems(body: &Value) -> Vec<FieldProblem> {
    let mut problems = Vec::new();
    walk(body, "", &mut problems);
    problems
}

fn walk(value: &Value, at: &str, problems: &mut Vec<FieldProblem>) {
    match value {
        Value::String(text) if text.contains('\0') => {
            problems.push(FieldProblem::new(at, "text must not contain NUL (U+0000)"));
        }
        Value::Array(items) => {
            for (place, item) in items.iter().enumerate() {
                walk(item, &format!("{at}/{place}"), problems);
            }
        }
        Value::Object(fields) => {
            for (name, field) in fields {
                if name.contains('\0') {
                    problems.push(FieldProblem::new(at, "a name must not contain NUL (U+0000)"));
                }
                walk(field, &format!("{at}/{}", escape(name)), problems);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// A member name as a step of a JSON Pointer (RFC 6901).
pub(crate) fn escape(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

/// Whether a client's own id has a form we keep: `[A-Za-z0-9_-]{1,64}`.
pub(crate) fn is_client_id(id: &str) -> bool {
    (1..=64).contains(&id.len())
        && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'))
}

/// A `Content-Disposition` that names a file (RFC 6266), whatever its name holds.
pub(crate) fn disposition(how: &str, name: &str) -> String {
    let is_plain =
        |sign: char| (sign == ' ' || sign.is_ascii_graphic()) && !matches!(sign, '"' | '\\' | '%');
    let plain: String = name.chars().map(|sign| if is_plain(sign) { sign } else { '_' }).collect();
    let mut header = format!("{how}; filename=\"{plain}\"; filename*=UTF-8''");
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || b"!#$&+-.^_`|~".contains(&byte) {
            header.push(char::from(byte));
        } else {
            let _ = write!(header, "%{byte:02X}");
        }
    }
    header
}
