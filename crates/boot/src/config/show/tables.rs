//! The tables of the file, a line for each value: `provider.groq.base_url`, `models.fast`.

use config::{Map, Value, ValueKind};

use super::{
    super::catalogue::{without_account, without_password},
    Layers, Shown,
};

/// What the tables hold, in the order of their names.
pub(super) fn show(layers: &Layers) -> Vec<Shown> {
    let mut lines = Vec::new();
    for (name, tables) in [
        ("provider", layers.providers()),
        ("models", layers.models()),
        ("price", layers.prices()),
        ("limit", layers.limits()),
        ("role", layers.roles()),
    ] {
        let text = if name == "provider" { of_provider } else { of_other };
        Lines { text, lines: &mut lines }.of_table(name, tables, None);
    }
    lines
}

/// The lines so far, and what of the values is shown.
struct Lines<'a> {
    /// What is shown of a single value, by the name of its field.
    text: fn(&str, &Value) -> String,
    lines: &'a mut Vec<Shown>,
}

impl Lines<'_> {
    fn of_table(&mut self, path: &str, table: &Map<String, Value>, origin: Option<&str>) {
        let mut fields: Vec<_> = table.iter().collect();
        fields.sort_unstable_by_key(|(name, _)| *name);
        for (name, value) in fields {
            self.of_value(&format!("{path}.{name}"), name, value, value.origin().or(origin));
        }
    }

    fn of_value(&mut self, path: &str, field: &str, value: &Value, origin: Option<&str>) {
        match &value.kind {
            ValueKind::Table(table) => self.of_table(path, table, origin),
            ValueKind::Array(items) if items.iter().any(is_table) => {
                for (index, item) in items.iter().enumerate() {
                    self.of_value(&format!("{path}[{index}]"), field, item, origin);
                }
            }
            _ => self.lines.push(Shown {
                name: path.to_owned(),
                value: (self.text)(field, value),
                origin: origin.unwrap_or("the configuration file").to_owned(),
            }),
        }
    }
}

fn is_table(value: &Value) -> bool {
    matches!(value.kind, ValueKind::Table(_))
}

/// What is shown of a value in the table of a provider. A name that was misspelt may stand before a key: only
/// texts whose name says that they hold none are shown.
fn of_provider(field: &str, value: &Value) -> String {
    match (field, &value.kind) {
        ("keys", ValueKind::Array(keys)) => count(keys.len()),
        ("base_url", ValueKind::String(url)) => without_account(url),
        ("proxy", ValueKind::String(url)) => without_password(url),
        ("dialect" | "group" | "model" | "keys_file" | "key_file", ValueKind::String(text)) => {
            text.clone()
        }
        (_, ValueKind::I64(_) | ValueKind::Float(_) | ValueKind::Boolean(_)) => value.to_string(),
        _ => "(set)".to_owned(),
    }
}

/// What is shown of a value in any other table: all of it.
fn of_other(_: &str, value: &Value) -> String {
    match &value.kind {
        ValueKind::Array(items) => {
            items.iter().map(ToString::to_string).collect::<Vec<_>>().join(",")
        }
        _ => value.to_string(),
    }
}

/// How many keys there are, which is all that is shown of them.
pub(super) fn count(keys: usize) -> String {
    format!("({keys} {})", if keys == 1 { "key" } else { "keys" })
}
