//! What is said: short honest answers to what is no request, and titles and summaries.

use crate::answer::quoted;
use crate::words::{Word, is, rows, sentence, words};

/// Everything that is said.
pub(crate) const ANSWERS: &str = include_str!("../grammar/answers.txt");

/// The words of an answer.
pub(crate) fn say(name: &str) -> String {
    let found = |name: &str| rows(ANSWERS).find(|(key, _)| *key == name).map_or("", |row| row.1);
    found(name).replace("{connect}", found("connect")).replace("\\n", "\n")
}

/// The name of the answer if the whole text is small talk.
pub(crate) fn reply(words: &[Word]) -> Option<&'static str> {
    let mut rows = rows(include_str!("../grammar/talk.txt"));
    rows.find(|(pattern, _)| is(words, pattern)).map(|(_, answer)| answer)
}

/// The title or the summary that a request without tools is for, in the person's own words.
pub(crate) fn short(system: &str, texts: &[&str]) -> String {
    if system.to_lowercase().contains("summar") {
        let told = texts.iter().map(|text| quoted(text)).collect::<Vec<_>>();
        return format!("The person said: {}", told.join("; "));
    }
    let words = words(texts.first().copied().unwrap_or_default());
    let fits = |length: &usize| sentence(&words[..*length]).chars().count() <= 60;
    sentence(&words[..(0..=words.len()).rev().find(fits).unwrap_or_default()])
}
