//! Short honest answers to what is no request.

use crate::words::{Word, is};

/// Who it is.
const WHO: &str = "I am the built-in offline model, not a real language model: I understand a fixed list of plain requests about your tasks. Setting ANTHROPIC_API_KEY connects a real one.";

/// What it understands.
const HELP: &str = "I am the built-in offline model, no real language model. I understand plain requests about tasks, for example:\n\n- add a task to send the offer by Friday\n- remind me to call Anna tomorrow at 3 pm\n- what is due this week?\n- mark send the offer as done\n- move the offer to Monday, rename …, assign … to Anna, delete the task …\n\nSetting ANTHROPIC_API_KEY connects a real model.";

/// Said when a text is not understood.
pub(crate) const NOT_UNDERSTOOD: &str = "I did not understand that. I am the built-in offline model and know only a fixed list of requests, such as “add a task to send the offer by Friday”, “what is due this week?” or “mark send the offer as done”. Nothing was changed.";

/// Said when a text is longer than can be read.
pub(crate) const TOO_LONG: &str = "That is too long for me: I am the built-in offline model and read at most 2,000 characters at once. Please ask for one thing in a sentence. Nothing was changed.";

/// Said when a message holds no text.
pub(crate) const NO_TEXT: &str =
    "I found no text in that message. The built-in offline model reads text only, no files.";

/// Said when nothing tells the date.
pub(crate) const NO_STAMP: &str = "I was not told today's date, so I cannot work on your tasks. I am the built-in offline model, not a real language model.";

/// Said when a call may have run.
pub(crate) const UNKNOWN: &str = "The outcome is unknown: it may have happened. Please look at your list before trying again, for example with “show my tasks”.";

/// Said when a list is none.
pub(crate) const UNREADABLE: &str =
    "The list came back in a form that I cannot read. Nothing was changed.";

const WELCOME: &str = "You're welcome.";
const NOTHING: &str = "All right. Nothing was changed.";
const HELLO: &str = "Hello! I am the built-in offline model, not a real language model. Tell me about your tasks, or ask for help.";

/// Patterns of small talk and the answers.
const TALK: &[(&str, &str)] = &[
    ("hello|hi|hey|hallo there|smithers?", HELLO),
    ("good @part|day smithers?", HELLO),
    ("how are you today?", HELLO),
    (
        "ok|okay|great|perfect|no? thanks|thank|thx|cheers you? smithers? very|so|a? much|lot?",
        WELCOME,
    ),
    ("ok|okay|great|perfect|good|nice", WELCOME),
    ("bye|goodbye|ciao smithers?", "Goodbye!"),
    ("see|good you|night later|soon|tomorrow?", "Goodbye!"),
    ("who|what are you exactly?", WHO),
    ("are you a? an? real? ai|human|bot|robot|model|chatgpt|claude|gpt|person", WHO),
    ("what|which ai? model are|is you|this", WHO),
    ("what's|what is? your name", WHO),
    ("help me? please?", HELP),
    ("what can you|i do|ask|say for? me|you?", HELP),
    ("how do|does you|this work", HELP),
    ("examples|commands|?", HELP),
    ("no|never|nevermind|cancel|stop|forget|nothing mind|it|that? thanks?", NOTHING),
];

/// The answer if the whole text is small talk.
pub(crate) fn reply(words: &[Word]) -> Option<&'static str> {
    TALK.iter().find(|(pattern, _)| is(words, pattern)).map(|(_, answer)| *answer)
}
