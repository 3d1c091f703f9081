//! NUL characters: SQLite keeps them, Postgres refuses them. They become U+FFFD before either.

const REPLACEMENT: &str = "\u{fffd}";

/// Text without NUL characters.
pub(super) fn text(text: &str) -> String {
    if text.contains('\0') { text.replace('\0', REPLACEMENT) } else { text.to_owned() }
}

/// JSON text whose strings have no NUL characters. Everything else stays as it is.
pub(super) fn json(json: String) -> String {
    const ESCAPED: &str = "\\u0000";
    if !json.contains(ESCAPED) {
        return json;
    }
    let mut cleaned = String::with_capacity(json.len());
    let mut rest = json.as_str();
    // A backslash always begins an escape, so that `\\u0000` is a backslash and five characters.
    while let Some(at) = rest.find('\\') {
        let (before, escape) = rest.split_at(at);
        cleaned.push_str(before);
        rest = if let Some(after) = escape.strip_prefix(ESCAPED) {
            cleaned.push_str(REPLACEMENT);
            after
        } else {
            let (pair, after) = escape.split_at(escape.len().min(2));
            cleaned.push_str(pair);
            after
        };
    }
    cleaned.push_str(rest);
    cleaned
}

#[cfg(test)]
mod tests;
