//! The table of settings. What is read, shown, checked and documented comes from here: a setting
//! is one entry.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use agent::permission::Mode;
use agent::price::Prices;
use serde_json::{Value, json};

use super::kinds::{
    Held, Wrong, address, count, database, dollars, duration, mode, models, names, origin, path,
    prices, switch, text, tokens,
};
use super::models::ModelEntry;

/// One entry of the table.
pub(crate) struct Setting {
    /// Its name in the configuration file.
    pub(crate) key: &'static str,
    /// Its name in the environment.
    pub(crate) env: &'static str,
    /// The flag of the same meaning, if there is one.
    pub(crate) flag: Option<&'static str>,
    /// What it means, in Markdown.
    pub(crate) doc: &'static str,
    /// How it is written.
    pub(crate) form: Form,
    /// The value where nobody sets one; empty if there is none.
    pub(crate) default: &'static str,
    /// What holds, in words, where there is no value.
    pub(crate) otherwise: &'static str,
    /// A value to show in the example files, if not the default one.
    pub(crate) example: &'static str,
    /// Whether it may stand in a file of its own, and is never shown.
    pub(crate) secret: bool,
    /// Whether a text can be meant.
    pub(crate) check: fn(&str) -> Result<(), Wrong>,
}

/// How a value is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// In quotes.
    Text,
    /// As a number.
    Number,
    /// As a list of texts; in the environment with commas between them.
    List,
    /// As `[[tables]]`; in the environment as JSON.
    Tables,
}

/// What an entry need not say.
const PLAIN: Setting = Setting {
    key: "",
    env: "",
    flag: None,
    doc: "",
    form: Form::Text,
    default: "",
    otherwise: "",
    example: "",
    secret: false,
    check: |_| Ok(()),
};

/// Makes the table and the struct that holds all values. An entry is its meaning, key, type, how it
/// is read, its name in the environment, and what else there is to say of it.
macro_rules! settings {
    ($($(#[doc = $doc:literal])+ $key:ident: $type:ty =
        $read:ident($env:literal $(, $field:ident = $value:expr)*);)+) => {
        /// The value of every setting.
        pub(crate) struct Config {
            $($(#[doc = $doc])+ pub(crate) $key: $type,)+
        }

        /// Every setting, in the order of the documents.
        pub(crate) const SETTINGS: &[Setting] = &[$(Setting {
            key: stringify!($key),
            env: $env,
            doc: concat!($($doc, "\n"),+),
            check: |text| <$type>::held(Some(text), $read).map(drop),
            $($field: $value,)*
            ..PLAIN
        }),+];

        impl Config {
            /// Reads all of them from their texts.
            pub(super) fn read<'a>(text: impl Fn(&str) -> Option<&'a str>) -> Result<Self, Wrong> {
                Ok(Self { $($key: Held::held(text(stringify!($key)), $read)?),+ })
            }
        }
    };
}

settings! {
    /// Address and port to listen on; port 0 takes any free one.
    listen: Option<SocketAddr> = address("SMITHERS_LISTEN", flag = Some("--listen"),
        otherwise = "`127.0.0.1:8080`, or the next free port", example = "127.0.0.1:8080");
    /// Folder of the SQLite database.
    data_dir: Option<PathBuf> = path("SMITHERS_DATA_DIR", flag = Some("--data-dir"),
        otherwise = "`smithers` in `XDG_DATA_HOME` or `~/.local/share`",
        example = "/var/lib/smithers");
    /// A `postgres://` URL; without it SQLite is used.
    database_url: Option<String> = database("DATABASE_URL", secret = true,
        otherwise = "SQLite, or what `config/database.json` says",
        example = "postgres://user:password@localhost:5432/smithers");
    /// The origin that browsers use, if it is not the address listened on; with `https://` the
    /// session cookie needs HTTPS.
    public_url: Option<String> = origin("SMITHERS_PUBLIC_URL",
        otherwise = "the address listened on", example = "https://smithers.example.org");
    /// Connects Claude.
    anthropic_api_key: Option<String> = text("ANTHROPIC_API_KEY", secret = true,
        otherwise = "the built-in model answers", example = "sk-ant-...");
    /// The same as `ANTHROPIC_API_KEY`, under the name that a gateway may use.
    anthropic_auth_token: Option<String> = text("ANTHROPIC_AUTH_TOKEN", secret = true,
        otherwise = "none", example = "...");
    /// Another server that speaks Anthropic's Messages API.
    anthropic_base_url: Option<String> = text("ANTHROPIC_BASE_URL", otherwise = "Anthropic's own",
        example = "https://api.anthropic.com");
    /// Without a key of Claude: a server that speaks OpenAI's chat interface, `/v1` included.
    openai_base_url: Option<String> = text("OPENAI_BASE_URL",
        otherwise = "OpenAI's own, if there is its key", example = "http://127.0.0.1:11434/v1");
    /// The key for it; servers on your own machine need none.
    openai_api_key: Option<String> = text("OPENAI_API_KEY", secret = true, otherwise = "none",
        example = "sk-...");
    /// Which model answers, where `models` names none; needed with `OPENAI_…`.
    model: Option<String> = text("SMITHERS_MODEL", otherwise = "`claude-sonnet-5-5`",
        example = "claude-sonnet-5-5");
    /// Which of `models` answers where nobody chose another.
    default_model: Option<String> = text("SMITHERS_DEFAULT_MODEL",
        otherwise = "the first of `models`", example = "claude");
    /// Which of `models` are asked, in this order, when the chosen one cannot answer.
    fallback: Option<Vec<String>> = names("SMITHERS_FALLBACK", form = Form::List,
        otherwise = "none", example = "local");
    /// Which of `models` does small work of Smithers' own.
    small_model: Option<String> = text("SMITHERS_SMALL_MODEL", otherwise = "the one that answers",
        example = "local");
    /// The permission mode that new people begin with: `default` (or `requestPermission`),
    /// `acceptEdits`, `plan`, `dontAsk`, or `bypassPermissions` (or `allowAll`), which counts only
    /// while an administrator allows it. An owner who begins with it has allowed it.
    permission_mode: Mode = mode("AGENT_PERMISSION_MODE", default = "default");
    /// The most model calls for one message.
    max_turns: i64 = count("AGENT_MAX_TURNS", form = Form::Number, default = "20");
    /// How long an approval can be answered, such as `12h` or `7d`.
    approval_ttl: Duration = duration("SMITHERS_APPROVAL_TTL", default = "7d");
    /// After what time without a sign of life another process takes up a running answer.
    lease_ttl: Duration = duration("SMITHERS_LEASE_TTL", default = "15s");
    /// From how many tokens of a request on a summary stands for older messages.
    compact_at: Option<u64> = tokens("SMITHERS_COMPACT_AT", form = Form::Number,
        otherwise = "three quarters of the model's window", example = "100000");
    /// Whether a model names each conversation after its first answer: `on` or `off`.
    titles: bool = switch("SMITHERS_TITLES", default = "on");
    /// The most US dollars that one answer may cost.
    budget_turn: Option<u64> = dollars("SMITHERS_BUDGET_TURN", form = Form::Number,
        otherwise = "any amount", example = "0.50");
    /// The most US dollars for a person on one of their days.
    budget_user: Option<u64> = dollars("SMITHERS_BUDGET_USER", form = Form::Number,
        otherwise = "any amount", example = "5");
    /// The most US dollars for everybody on a day, by the dates of their bills.
    budget_day: Option<u64> = dollars("SMITHERS_BUDGET_DAY", form = Form::Number,
        otherwise = "any amount", example = "50");
    /// The most US dollars for everybody in a month, by the dates of their bills.
    budget_month: Option<u64> = dollars("SMITHERS_BUDGET_MONTH", form = Form::Number,
        otherwise = "any amount", example = "500");
    /// Prices that replace or extend the known ones, in US dollars for a million tokens; `*` in
    /// `model` stands for any characters, alone for every model that has no other price. Longer
    /// prompts may have other rates, in `tiers`.
    prices: Option<Prices> = prices("SMITHERS_PRICES", form = Form::Tables,
        otherwise = "Claude's, of November 2026", example = PRICES);
    /// The models that people choose from. Recipes are in `docs/models.md`.
    models: Option<Vec<ModelEntry>> = models("SMITHERS_MODELS", form = Form::Tables,
        otherwise = "one, by the keys above", example = MODELS);
}

const PRICES: &str = r#"[[prices]]
model = "qwen*"
rates = { input = 0.2, output = 0.6, cacheRead = 0.02, cacheWrite5m = 0.2, cacheWrite1h = 0.2 }
tiers = [
  { abovePromptTokens = 200000, rates = { input = 0.4, output = 1.2, cacheRead = 0.04, cacheWrite5m = 0.4, cacheWrite1h = 0.4 } },
]"#;

const MODELS: &str = r#"[[models]]
name = "claude" # what people choose it by
provider = "anthropic" # or openai: any server that speaks its chat interface; or offline: the built-in one
model = "claude-sonnet-5-5" # the vendor's name for it
api_key_env = "ANTHROPIC_API_KEY" # or api_key_file = "/run/keys/claude", or api_key = "sk-ant-..."
auth = "bearer" # or x-api-key, for some gateways
thinking = "summarized" # or adaptive, between_tools, disabled, { budget = 4096 }
effort = "high" # or low, medium, xhigh, max
cache_ttl = "1h" # or 5m
server_tools = [{ web_search = 5 }, { web_fetch = 5 }] # what the vendor runs itself, at most so often

[[models]]
name = "local"
provider = "openai"
model = "qwen3:8b"
base_url = "http://127.0.0.1:11434/v1"
context_window = 32768 # tokens, if the server does not say"#;

/// Names of the pattern and of what is to come. They are known, and have no effect yet.
const LATER: &[&str] = &[
    "COMPOSIO_API_KEY",
    "COMPOSIO_BASE_URL",
    "CLERK_SECRET_KEY",
    "CLERK_PUBLISHABLE_KEY",
    "CLERK_ISSUER",
    "CLERK_JWKS_URL",
    "CLERK_WEBHOOK_SIGNING_SECRET",
    "AGENT_CWD",
    "SMITHERS_TRUSTED_PROXIES",
    "SMITHERS_SECRET_KEY",
    "SMITHERS_SYNC_INTERVAL",
];

/// Whether this is a name of what is to come, in the environment or in the file.
pub(crate) fn is_later(name: &str) -> bool {
    let plain = |later: &str| {
        let later = later.trim_start_matches("SMITHERS_").trim_start_matches("AGENT_");
        later.to_lowercase()
    };
    let name = name.strip_suffix("_FILE").or_else(|| name.strip_suffix("_file")).unwrap_or(name);
    LATER.iter().any(|later| *later == name || plain(later) == name)
}

impl Setting {
    /// The setting with that name in the file.
    pub(crate) fn of(key: &str) -> Option<&'static Self> {
        SETTINGS.iter().find(|setting| setting.key == key)
    }

    /// What is wrong with a text; each of several tables is judged for itself.
    pub(crate) fn wrongs(&self, text: &str) -> Vec<Wrong> {
        let tables: Vec<Value> = match self.form {
            Form::Tables => serde_json::from_str(text).unwrap_or_default(),
            Form::Text | Form::Number | Form::List => Vec::new(),
        };
        let alone = |(place, table): (usize, &Value)| {
            let Wrong { why, at } = (self.check)(&json!([table]).to_string()).err()?;
            let within = at.strip_prefix("/0").unwrap_or_default();
            Some(Wrong { why, at: format!("/{place}{within}") })
        };
        let wrongs: Vec<Wrong> = tables.iter().enumerate().filter_map(alone).collect();
        if wrongs.is_empty() { (self.check)(text).err().into_iter().collect() } else { wrongs }
    }

    /// What the example files show.
    pub(crate) const fn example(&self) -> &'static str {
        if self.example.is_empty() { self.default } else { self.example }
    }
}
