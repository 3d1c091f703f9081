//! The configuration file: TOML, with the line of everything that stands in it.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Map, Number, Value};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::sources::{Found, SourceKind, secret_file};
use super::table::{Form, SETTINGS, Setting, is_later};
use super::{Configuration, Problem, did_you_mean};

/// The line of every value, by its JSON Pointer.
#[derive(Default)]
pub(super) struct Lines(BTreeMap<String, usize>);

impl Lines {
    /// The line of what is there, or else of what would hold it.
    pub(super) fn of(&self, pointer: &str) -> usize {
        let mut pointer = pointer;
        loop {
            match (self.0.get(pointer), pointer.rsplit_once('/')) {
                (Some(line), _) => return *line,
                (None, Some((holder, _))) => pointer = holder,
                (None, None) => return 1,
            }
        }
    }
}

impl Configuration {
    /// Reads a file; what is wrong with it is among the problems.
    pub(super) fn take_file(&mut self, path: PathBuf) {
        match fs::read_to_string(&path) {
            Ok(text) => self.take_text(&path.display().to_string(), &text),
            Err(error) => {
                let problem = Problem::new(path.display(), format!("cannot be read: {error}"));
                self.problems.push(problem);
            }
        }
        self.file = Some(path);
    }

    fn take_text(&mut self, path: &str, text: &str) {
        let line_at = |offset: usize| text[..offset].matches('\n').count() + 1;
        // Recovery would report what merely follows from the first mistake.
        let table = match DeTable::parse(text) {
            Ok(table) => table,
            Err(error) => {
                let line = error.span().map_or(1, |span| line_at(span.start.min(text.len())));
                self.problems.push(Problem::new(format!("{path}:{line}"), error.message()));
                return;
            }
        };
        for (name, value) in table.get_ref() {
            let key = name.get_ref();
            let at = format!("/{key}");
            self.lines.0.insert(at.clone(), line_at(name.span().start));
            let json = json(&at, value, &mut self.lines.0, &line_at);
            let place = format!("{path}:{}", self.lines.of(&at));
            match said(key, &json, &place) {
                Ok(Some((key, found))) => self.add(key, Some(found)),
                Ok(None) => {
                    self.notes.push(Problem::new(place, format!("{key} has no effect yet")));
                }
                Err(why) => self.problems.push(Problem::new(place, why)),
            }
        }
    }
}

/// What a text in the file's form says of a key, as JSON.
pub(super) fn as_json(key: &str, text: &str) -> Option<Value> {
    let table = DeTable::parse(text).ok()?;
    let value = table.get_ref().iter().find(|(name, _)| name.get_ref() == key)?.1;
    Some(json("", value, &mut BTreeMap::new(), &|_| 0))
}

/// Of which setting a line says what; none if the key is of what is to come.
fn said(key: &str, value: &Value, place: &str) -> Result<Option<(&'static str, Found)>, String> {
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

/// A value as JSON; notes the line of everything in it.
fn json(
    at: &str,
    value: &Spanned<DeValue<'_>>,
    lines: &mut BTreeMap<String, usize>,
    line_at: &impl Fn(usize) -> usize,
) -> Value {
    match value.get_ref() {
        DeValue::String(text) => Value::String(text.to_string()),
        DeValue::Integer(number) => i64::from_str_radix(number.as_str(), number.radix())
            .map_or_else(|_large| Value::String(number.to_string()), Value::from),
        DeValue::Float(number) => number
            .as_str()
            .parse()
            .ok()
            .and_then(Number::from_f64)
            .map_or_else(|| Value::String(number.to_string()), Value::Number),
        DeValue::Boolean(is) => Value::Bool(*is),
        DeValue::Datetime(time) => Value::String(time.to_string()),
        DeValue::Array(items) => {
            let items = items.iter().enumerate().map(|(index, item)| {
                let at = format!("{at}/{index}");
                lines.insert(at.clone(), line_at(item.span().start));
                json(&at, item, lines, line_at)
            });
            Value::Array(items.collect())
        }
        DeValue::Table(table) => {
            let entries = table.iter().map(|(key, item)| {
                let at = format!("{at}/{}", key.get_ref());
                lines.insert(at.clone(), line_at(key.span().start));
                (key.get_ref().to_string(), json(&at, item, lines, line_at))
            });
            Value::Object(entries.collect::<Map<_, _>>())
        }
    }
}
