//! The words by which messages are found. A message and a query are cut into words in the same way,
//! by this code and by no tokenizer or parser of a database, so both databases find the same.

use std::collections::HashSet;
use std::ops::Range;

use agent::UserId;

use crate::fold::fold;

/// Longer words are cut, in messages and in queries alike: Postgres keeps none that is very long.
const LONGEST_WORD: usize = 64;

/// How much of a message's words is kept, in bytes: Postgres takes no more than a mebibyte.
const MOST_BYTES: usize = 500_000;

/// More words than anybody searches for.
const MOST_TERMS: usize = 100;

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    /// A letter or digit of a script that puts spaces between words.
    Letter,
    /// A character that may be searched for wherever it stands: of a script without spaces, or a
    /// picture.
    Unspaced,
    /// All else parts words.
    Gap,
}

impl Kind {
    const fn is_unspaced(character: char) -> bool {
        matches!(character,
            '\u{e00}'..='\u{eff}' | '\u{1000}'..='\u{109f}' | '\u{1780}'..='\u{17ff}'
            | '\u{2600}'..='\u{27bf}' | '\u{3005}'..='\u{3007}' | '\u{3040}'..='\u{30ff}'
            | '\u{31f0}'..='\u{31ff}' | '\u{3400}'..='\u{9fff}' | '\u{1f000}'..='\u{1faff}'
            | '\u{20000}'..='\u{3ffff}')
    }

    fn of(character: char) -> Self {
        if Self::is_unspaced(character) {
            Self::Unspaced
        } else if character.is_alphanumeric() {
            Self::Letter
        } else {
            Self::Gap
        }
    }
}

/// Where the words of folded text stand. Where there are no spaces, each character and the one after
/// it make a word, so that what begins anywhere is found.
pub(super) fn places(folded: &[char]) -> Vec<Range<usize>> {
    let (mut places, mut end) = (Vec::new(), 0);
    for run in folded.chunk_by(|one, next| Kind::of(*one) == Kind::of(*next)) {
        let begin = end;
        end += run.len();
        match run.first().map_or(Kind::Gap, |first| Kind::of(*first)) {
            Kind::Letter => places.push(begin..end),
            Kind::Unspaced => places.extend((begin..end).map(|from| from..(from + 2).min(end))),
            Kind::Gap => {}
        }
    }
    places
}

/// The word at a place.
pub(super) fn word(folded: &[char], place: &Range<usize>) -> String {
    folded.get(place.clone()).into_iter().flatten().take(LONGEST_WORD).collect()
}

/// How many characters at the place of a word a term stands for: the whole of a word between spaces.
pub(super) fn reach(folded: &[char], place: &Range<usize>, term: &str) -> usize {
    let is_unspaced = folded.get(place.start).is_some_and(|first| Kind::is_unspaced(*first));
    if is_unspaced { term.chars().count() } else { place.len() }
}

/// The word that stands for whoever a message belongs to. No text has it, because of its first
/// character.
pub(super) fn owner_word(owner: UserId) -> String {
    format!("§{}", owner.0.simple())
}

/// What is kept of a message: the owner's word, then each word once, with spaces between.
pub(super) fn of_message(owner: UserId, plain: &str) -> String {
    let folded: Vec<char> = fold(plain).chars().collect();
    let mut kept = owner_word(owner);
    let mut seen = HashSet::new();
    for place in places(&folded) {
        let word = word(&folded, &place);
        if kept.len() + word.len() >= MOST_BYTES {
            break;
        }
        if !seen.contains(&word) {
            kept.push(' ');
            kept.push_str(&word);
            seen.insert(word);
        }
    }
    kept
}

/// What a query asks for: each term must be the beginning of a word.
pub(super) fn terms(query: &str) -> Vec<String> {
    let folded: Vec<char> = fold(query).chars().collect();
    let mut terms: Vec<String> = Vec::new();
    let mut before = 0;
    for place in places(&folded) {
        // The last character of a run without spaces is in the word before it already.
        let is_told = place.end == before;
        before = place.end;
        let term = word(&folded, &place);
        if !is_told && !terms.contains(&term) {
            terms.push(term);
        }
    }
    terms.truncate(MOST_TERMS);
    terms
}

#[cfg(test)]
mod tests;
