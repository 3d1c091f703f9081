//! Short honest answers to what is no request, and texts for requests without tools.

use crate::answer::quoted;
use crate::words::{Word, is, rows, text, words};

/// Everything that is said.
pub(crate) const ANSWERS: &str = include_str!("../grammar/answers.txt");

/// The words of an answer.
pub(crate) fn say(name: &str) -> String {
    let found = |name: &str| rows(ANSWERS).find(|(key, _)| *key == name).map_or("", |row| row.1);
    found(name).replace("{connect}", found("connect")).replace("\\n", "\n")
}

/// The answer if the whole text is small talk.
pub(crate) fn reply(words: &[Word]) -> Option<String> {
    let mut rows = rows(include_str!("../grammar/talk.txt"));
    rows.find(|(pattern, _)| is(words, pattern)).map(|(_, answer)| say(answer))
}

/// A title or a summary, if the system prompt or the last text asks for one.
pub(crate) fn short(system: &str, texts: &[&str]) -> Option<String> {
    let (last, before) = texts.split_last()?;
    let asks = |text: &str, word| text.to_lowercase().contains(word);
    let said = match (asks(last, "title") || asks(last, "summar"), before) {
        // The person's words are in the same text, behind a line that asks.
        (true, []) => vec![last.split_once('\n').map_or(*last, |(_, rest)| rest)],
        (true, before) => before.to_vec(),
        (false, _) => texts.to_vec(),
    };
    if asks(system, "title") || asks(last, "title") {
        let words = words(said.first()?);
        let speaker = words.first().is_some_and(|word| word.raw.ends_with(':'));
        let words: Vec<_> = words.into_iter().skip(usize::from(speaker)).take(6).collect();
        return Some(text(&words).chars().take(60).collect());
    }
    let told = said.iter().map(|text| quoted(text)).collect::<Vec<_>>().join("; ");
    (asks(system, "summar") || asks(last, "summar")).then(|| format!("The person said: {told}"))
}
