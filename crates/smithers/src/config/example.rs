//! The documents that the table of settings makes: example files and the README's table.

use clap::ValueEnum;
use serde_json::Value;

use super::table::{Form, SETTINGS, Setting};

/// Which document.
#[derive(Clone, Copy, Debug, Default, ValueEnum)]
pub(crate) enum Format {
    /// A configuration file.
    #[default]
    Toml,
    /// A file `.env`.
    Env,
    /// A table for people.
    Markdown,
}

const TOML_HEAD: &str = "\
# Every setting of Smithers, made by `smithers config example`. All lines are optional.
# Smithers reads the file that --config or SMITHERS_CONFIG names, else smithers.toml in the working
# directory, else in the data folder. The environment wins over this file, and flags over both.
# Where a secret is meant, KEY_file may name a file that holds it and nothing else.
";

const ENV_HEAD: &str = "\
# Every setting of Smithers, made by `smithers config example --format env`. All lines are optional.
# Smithers reads a file .env in the working directory. For each secret NAME, NAME_FILE may name a
# file that holds it and nothing else.
";

/// Writes a document.
pub(crate) fn render(format: Format) -> String {
    let entry = match format {
        Format::Toml => toml,
        Format::Env => env,
        Format::Markdown => row,
    };
    let head = match format {
        Format::Toml => TOML_HEAD,
        Format::Env => ENV_HEAD,
        Format::Markdown => {
            "| key in the file | environment, flag | meaning | default |\n|---|---|---|---|\n"
        }
    };
    SETTINGS.iter().map(entry).fold(head.to_owned(), |text, entry| text + &entry)
}

fn toml(setting: &Setting) -> String {
    let Setting { key, env, form, .. } = setting;
    let example = setting.example();
    let line = match form {
        Form::Text => format!("{key} = \"{example}\""),
        Form::Number => format!("{key} = {example}"),
        Form::List => format!("{key} = [\"{}\"]", example.replace(',', "\", \"")),
        Form::Tables => example.to_owned(),
    };
    let line = line.lines().fold(String::new(), |text, line| {
        let mark = if line.is_empty() { "" } else { "#" };
        text + mark + line + "\n"
    });
    let flag = setting.flag.map(|flag| format!(", {flag}")).unwrap_or_default();
    format!("\n{}# Also: {env}{flag}.{}\n{line}", prose(setting), default(setting))
}

fn env(setting: &Setting) -> String {
    let example = match setting.form {
        Form::Tables => toml::from_str::<Value>(setting.example())
            .map(|file| format!("'{}'", file[setting.key]))
            .unwrap_or_default(),
        Form::Text | Form::Number | Form::List => setting.example().to_owned(),
    };
    format!("\n{}#{}\n#{}={example}\n", prose(setting), default(setting), setting.env)
}

fn row(setting: &Setting) -> String {
    let flag = setting.flag.map(|flag| format!(", `{flag}`")).unwrap_or_default();
    let default = match setting.default {
        "" => setting.otherwise.to_owned(),
        default => format!("`{default}`"),
    };
    let Setting { key, env, doc, .. } = setting;
    format!("| `{key}` | `{env}`{flag} | {} | {default} |\n", doc.trim().replace('\n', ""))
}

/// The meaning as a comment, in the lines in which the table says it.
fn prose(setting: &Setting) -> String {
    setting.doc.lines().fold(String::new(), |text, line| text + "#" + line + "\n")
}

fn default(setting: &Setting) -> String {
    let words = if setting.default.is_empty() { setting.otherwise } else { setting.default };
    format!(" Default: {}.", words.replace('`', ""))
}
