//! `smithers config`: what is configured, what is wrong with it, what could be.

use std::path::PathBuf;

use app::{Budgets, Catalogue, Settings};
use clap::Subcommand;
use serde_json::{Value, json};

use super::serve::settings;
use crate::config::example::{Format, render};
use crate::config::{ConfigError, Configuration, DataArgs, Form, Problem, SETTINGS, Setting};
use crate::model;
use crate::terminal::{cell, say, table, tell};

/// What stands for a secret that is set.
const MASK: &str = "********";

/// Look at the configuration.
#[derive(Subcommand)]
pub(crate) enum ConfigCommand {
    /// Print every setting with its value and where that comes from; secrets are masked.
    Show,
    /// List everything that is wrong, and what has no effect.
    Check {
        /// The configuration file, instead of the usual one.
        file: Option<PathBuf>,
    },
    /// Print an example file with every setting.
    Example {
        /// Which kind of file.
        #[arg(long, value_enum, default_value_t)]
        format: Format,
    },
}

impl ConfigCommand {
    pub(crate) fn run(self, mut data: DataArgs, is_json: bool) -> anyhow::Result<()> {
        match self {
            Self::Show => show(&data.found(&[]), is_json)?,
            Self::Check { file } => {
                data.config = file.or(data.config);
                check(&data.found(&[]), is_json)?;
            }
            Self::Example { format } => say(render(format).trim_end())?,
        }
        Ok(())
    }
}

/// Prints all values, also beside wrong ones.
fn show(found: &Configuration, is_json: bool) -> anyhow::Result<()> {
    let file = found.file.as_ref().map(|file| file.display().to_string());
    let entry = |setting: &Setting| {
        let value = found.value(setting);
        json!({
            "key": setting.key,
            "value": value.map(|value| shown(setting, &value.text)),
            "secret": setting.secret,
            "source": value.map(|value| &value.source),
            "otherwise": setting.otherwise,
        })
    };
    let mut settings: Vec<Value> = SETTINGS.iter().map(entry).collect();
    if is_json {
        let told = json!({"file": file, "settings": settings, "notes": found.notes});
        say(format_args!("{told:#}"))?;
    } else {
        say(format_args!("configuration file: {}\n", file.as_deref().unwrap_or("none")))?;
        for setting in &mut settings {
            let place = setting["source"]["place"].take();
            let unset = json!(format!("not set: {}", cell(&setting["otherwise"])));
            setting["from"] = if place.is_null() { unset } else { place };
        }
        table(&["key", "value", "from"], &settings)?;
        for note in &found.notes {
            say(format_args!("note: {note}"))?;
        }
    }
    found.config()?;
    Ok(())
}

/// Tells everything that is wrong, and what has no effect.
fn check(found: &Configuration, is_json: bool) -> anyhow::Result<()> {
    let (mut problems, mut notes) = (found.problems.clone(), found.notes.clone());
    if let Some(config) = found.as_far_as_right() {
        match model::catalogue(&config, found) {
            Ok(models) => notes.extend(unpriced(&models, &settings(&config), found)),
            Err(ConfigError(more)) => problems.extend(more),
        }
    }
    if is_json {
        let is_ok = problems.is_empty();
        let told = json!({"ok": is_ok, "problems": problems, "notes": notes});
        say(format_args!("{told:#}"))?;
    } else {
        for note in &notes {
            tell(format_args!("note: {note}"));
        }
    }
    if !problems.is_empty() {
        return Err(ConfigError(problems).into());
    }
    if !is_json {
        say("the configuration is right")?;
    }
    Ok(())
}

/// What no budget holds back, if there are budgets.
fn unpriced(models: &Catalogue, settings: &Settings, found: &Configuration) -> Vec<Problem> {
    if settings.budgets == Budgets::default() {
        return Vec::new();
    }
    let note = |name| {
        let words = format!("no budget holds `{name}` back, because it has no price here");
        Problem::new(found.place("prices", ""), words)
    };
    models.unpriced(&settings.prices).map(note).collect()
}

/// A value for people's eyes: no secret, no password of a URL.
fn shown(setting: &Setting, text: &str) -> String {
    if setting.secret {
        return MASK.to_owned();
    }
    if setting.form != Form::Tables {
        return without_password(text);
    }
    // What is no JSON may hold a key all the same.
    serde_json::from_str(text).map_or_else(
        |_invalid| MASK.to_owned(),
        |mut json: Value| {
            mask(&mut json);
            json.to_string()
        },
    )
}

fn mask(json: &mut Value) {
    match json {
        Value::Array(items) => items.iter_mut().for_each(mask),
        Value::Object(entries) => entries.iter_mut().for_each(|(key, value)| {
            if key == "api_key" {
                *value = MASK.into();
            }
            mask(value);
        }),
        Value::String(text) => *text = without_password(text),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

fn without_password(text: &str) -> String {
    let parts = text.split_once("://").and_then(|(scheme, rest)| {
        let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let (person, _host) = rest[..end].rsplit_once('@')?;
        Some((scheme, &rest[person.len()..]))
    });
    parts.map_or_else(|| text.to_owned(), |(scheme, rest)| format!("{scheme}://{MASK}{rest}"))
}
