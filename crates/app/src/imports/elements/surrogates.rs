//! Halves of characters: JSON can name them, Unicode text cannot hold them.

/// Makes every escape of half a character one of U+FFFD, which is as long.
pub(super) fn mend(json: &mut [u8]) {
    let mut at = 0;
    // A backslash always begins an escape, so that `\\\\ud800` is a backslash and five characters.
    while let Some(next) =
        json.get(at..).and_then(|rest| rest.iter().position(|byte| *byte == b'\\'))
    {
        at += next;
        at += match (unit(json, at), unit(json, at + 6)) {
            (Some(0xD800..=0xDBFF), Some(0xDC00..=0xDFFF)) => 12,
            (Some(0xD800..=0xDFFF), _) => {
                if let Some(digits) = json.get_mut(at + 2..at + 6) {
                    digits.copy_from_slice(b"fffd");
                }
                6
            }
            (Some(_), _) => 6,
            (None, _) => 2,
        };
    }
}

/// The UTF-16 unit whose escape begins here.
fn unit(json: &[u8], at: usize) -> Option<u16> {
    let digits = json.get(at..at + 6)?.strip_prefix(b"\\u")?;
    u16::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
}

#[cfg(test)]
mod tests;
