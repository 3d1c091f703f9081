//! The piece of a message that is shown for a query, as HTML.

use unicode_segmentation::UnicodeSegmentation as _;

use super::words::{places, reach, word};
use crate::fold::fold;

/// The most characters of a snippet, marks included.
const LONGEST: usize = 200;

/// How much is shown before the first match.
const BEFORE: usize = 40;

/// How much of a text is looked at before all of it is.
const FIRST_LOOK: usize = 4_000;

const OPEN: &str = "<mark>";
const CLOSE: &str = "</mark>";

/// What surrounds the first match, escaped, with every match marked. It is cut between what people
/// see as characters, never inside one.
pub(super) fn snippet(plain: &str, terms: &[String]) -> String {
    // Of a long text as a rule only the beginning needs to be looked at.
    let mut pieces = pieces(plain.graphemes(true).take(FIRST_LOOK), terms);
    let mut seen = pieces.iter().take(FIRST_LOOK - LONGEST);
    if !seen.any(|(_, is_match)| *is_match) {
        pieces = self::pieces(plain.graphemes(true), terms);
    }
    let first = pieces.iter().position(|(_, is_match)| *is_match).unwrap_or(0);
    let early = first.saturating_sub(BEFORE);
    let begin = match early {
        0 => 0,
        _ => {
            (early..first).find(|place| is_space(pieces[*place].0)).map_or(early, |space| space + 1)
        }
    };
    let mut shown = Shown::default();
    if begin > 0 {
        shown.add("…", false);
    }
    for (piece, is_match) in pieces.iter().skip(begin) {
        if !shown.add(piece, *is_match) {
            return shown.cut();
        }
    }
    shown.closed()
}

/// What people see as the characters of a text, and which of them belong to a match.
fn pieces<'a>(text: impl Iterator<Item = &'a str>, terms: &[String]) -> Vec<(&'a str, bool)> {
    let mut pieces: Vec<(&str, bool)> = text.map(|piece| (piece, false)).collect();
    let (mut folded, mut piece_of) = (Vec::new(), Vec::new());
    for (place, (piece, _)) in pieces.iter().enumerate() {
        folded.extend(fold(piece).chars());
        piece_of.resize(folded.len(), place);
    }
    for place in places(&folded) {
        let word = word(&folded, &place);
        let found = terms.iter().filter(|term| word.starts_with(term.as_str()));
        let length = found.map(|term| reach(&folded, &place, term)).max().unwrap_or(0);
        for piece in piece_of.iter().skip(place.start).take(length) {
            pieces[*piece].1 = true;
        }
    }
    pieces
}

fn is_space(piece: &str) -> bool {
    piece.chars().all(char::is_whitespace)
}

/// HTML that grows up to its length.
#[derive(Default)]
struct Shown {
    html: String,
    /// Its characters, with those that close a mark.
    length: usize,
    is_marked: bool,
}

impl Shown {
    /// Adds a piece if it and an ellipsis still fit.
    fn add(&mut self, piece: &str, is_match: bool) -> bool {
        let escaped = if is_space(piece) {
            if self.html.is_empty() || self.html.ends_with(' ') {
                return true;
            }
            " ".to_owned()
        } else {
            escape(piece)
        };
        let marks = if is_match && !self.is_marked { OPEN.len() + CLOSE.len() } else { 0 };
        let length = self.length + escaped.chars().count() + marks;
        if length >= LONGEST {
            return false;
        }
        if is_match != self.is_marked {
            self.html.push_str(if is_match { OPEN } else { CLOSE });
            self.is_marked = is_match;
        }
        self.html.push_str(&escaped);
        self.length = length;
        true
    }

    fn closed(mut self) -> String {
        if self.is_marked {
            self.html.push_str(CLOSE);
        }
        self.html.truncate(self.html.trim_end().len());
        self.html
    }

    fn cut(self) -> String {
        format!("{}…", self.closed())
    }
}

fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
    }
    escaped
}

#[cfg(test)]
mod tests;
