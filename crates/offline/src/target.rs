//! Which task a phrase means.

use crate::task::Target;
use crate::words::{Word, after, before, is, trimmed};

const ORDINALS: [&str; 10] =
    ["first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth"];

/// Reads a phrase such as "the task about the offer", "it" or "the second one".
pub(crate) fn read(words: &[Word<'_>]) -> Option<Target> {
    let place = "from|off|on|in my|the|our? todo|to-do|task? list|tasks|todos";
    let words = before(words, place).unwrap_or(words);
    if is(words, "it|that|this|them") || is(words, "the|that|this task|one|todo|reminder") {
        return Some(Target::It);
    }
    let noun = "the|my|our|that? task|todo|to-do|reminder|one about|called|named|titled|to|for|with|of|number?";
    let words = after(words, noun).filter(|rest| !rest.is_empty()).unwrap_or(words);
    let words = after(words, "the|my|a|an|number|about about? the|my?").unwrap_or(words);
    let words =
        before(words, "task|todo|reminder|one").filter(|rest| !rest.is_empty()).unwrap_or(words);
    if let [word] = words
        && let Some(target) = place_in_list(&word.plain)
    {
        return Some(target);
    }
    let phrase = trimmed(words);
    (!phrase.is_empty()).then_some(Target::Words(phrase))
}

fn place_in_list(word: &str) -> Option<Target> {
    if word == "last" {
        return Some(Target::Nth(None));
    }
    let ordinal = ORDINALS.iter().position(|name| *name == word);
    let suffix = ["st", "nd", "rd", "th"].iter().find_map(|suffix| word.strip_suffix(suffix));
    let number = suffix.unwrap_or(word).parse::<usize>().ok().filter(|number| *number <= 100);
    let place = ordinal.or_else(|| number?.checked_sub(1))?;
    Some(Target::Nth(Some(place)))
}
