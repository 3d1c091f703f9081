//! The configuration file: TOML, with the line of everything that stands in it.

use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize as _;
use serde_json::Value;
use toml::de::{DeTable, DeValue, ValueDeserializer};

use super::sources::{Found, SourceKind, secret_file};
use super::table::{Form, SETTINGS, Setting, is_later};
use super::{Configuration, Problem, did_you_mean};

/// The line of what stands in this text at a JSON Pointer, or else of what would hold it.
pub(super) fn line_of(text: &str, pointer: &str) -> usize {
    let start = DeTable::parse(text).map(|table| start_of(table.get_ref(), pointer));
    line_at(text, start.unwrap_or_default())
}

fn line_at(text: &str, offset: usize) -> usize {
    text[..offset.min(text.len())].matches('\n').count() + 1
}

fn start_of(table: &DeTable<'_>, pointer: &str) -> usize {
    let mut steps = pointer.split('/').skip(1);
    let first = steps.next().and_then(|key| table.get_key_value(key));
    let Some((mut start, mut value)) = first.map(|(key, value)| (key.span().start, value)) else {
        return 0;
    };
    for step in steps {
        let inner = match value.get_ref() {
            DeValue::Table(table) => {
                table.get_key_value(step).map(|(key, value)| (key.span().start, value))
            }
            DeValue::Array(items) => step
                .parse()
                .ok()
                .and_then(|index: usize| items.get(index))
                .map(|item| (item.span().start, item)),
            _ => None,
        };
        let Some(inner) = inner else { break };
        (start, value) = inner;
    }
    start
}

impl Configuration {
    /// Reads a file; what is wrong with it is among the problems.
    pub(super) fn take_file(&mut self, path: PathBuf) {
        match fs::read_to_string(&path) {
            Ok(text) => {
                self.take_text(&path.display().to_string(), &text);
                self.text = text;
            }
            Err(error) => {
                let problem = Problem::new(path.display(), format!("cannot be read: {error}"));
                self.problems.push(problem);
            }
        }
        self.file = Some(path);
    }

    fn take_text(&mut self, path: &str, text: &str) {
        // Recovery would report what merely follows from the first mistake.
        let table = match DeTable::parse(text) {
            Ok(table) => table.into_inner(),
            Err(error) => {
                let line = line_at(text, error.span().map_or(0, |span| span.start));
                self.problems.push(Problem::new(format!("{path}:{line}"), error.message()));
                return;
            }
        };
        for (name, value) in table {
            let key = name.get_ref();
            let place = format!("{path}:{}", line_at(text, name.span().start));
            let json = Value::deserialize(ValueDeserializer::from(value));
            let json = json.map_err(|error| format!("{key}: {}", error.message()));
            match json.and_then(|json| said_of(key, &json, &place)) {
                Ok(Some((key, found))) => self.add(key, Some(found)),
                Ok(None) => {
                    self.notes.push(Problem::new(place, format!("{key} has no effect yet")));
                }
                Err(why) => self.problems.push(Problem::new(place, why)),
            }
        }
    }
}

/// Of which setting a line says what; none if the key is of what is to come.
fn said_of(key: &str, value: &Value, place: &str) -> Result<Option<(&'static str, Found)>, String> {
    let found = |text: &str, place: &str| Found::new(text, SourceKind::File, place);
    if let Some(setting) = Setting::of(key) {
        let text = text(setting.form, value).map_err(|why| format!("{key} {why}"))?;
        return Ok(Some((setting.key, found(&text, place))));
    }
    let named = key.strip_suffix("_file").and_then(Setting::of).filter(|setting| setting.secret);
    if let Some(setting) = named {
        let path = text(Form::Text, value).map_err(|why| format!("{key} {why}"))?;
        let secret = secret_file(Path::new(&path)).map_err(|why| format!("{key}: {why}"))?;
        return Ok(Some((setting.key, found(&secret, &format!("{place} ({path})")))));
    }
    if is_later(key) {
        return Ok(None);
    }
    Err(match did_you_mean(key, SETTINGS.iter().map(|setting| setting.key)) {
        near if near.is_empty() => {
            format!("unknown key {key}; `smithers config example` lists those there are")
        }
        near => format!("unknown key {key}{near}"),
    })
}

/// A value as the environment would write it.
fn text(form: Form, value: &Value) -> Result<String, &'static str> {
    match (form, value) {
        (Form::Text | Form::Number, Value::String(text)) => Ok(text.clone()),
        (Form::Text | Form::Number, Value::Number(number)) => Ok(number.to_string()),
        (Form::Text | Form::Number, _) => Err("must be one value, a text or a number"),
        (Form::List, Value::Array(items)) => {
            let names: Option<Vec<&str>> = items.iter().map(Value::as_str).collect();
            names.map(|names| names.join(",")).ok_or("must be a list of texts")
        }
        (Form::List, _) => Err("must be a list of texts, such as [\"local\"]"),
        (Form::Tables, Value::Array(_)) => Ok(value.to_string()),
        (Form::Tables, _) => Err("must be tables in double brackets, such as [[models]]"),
    }
}
