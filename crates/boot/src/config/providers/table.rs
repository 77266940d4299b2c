//! Providers from their settings, and from the tables `[provider.NAME]` of the file.

use std::{collections::BTreeMap, fs};

use config::{Map, Value, ValueKind};
use domain::model::ProviderName;
use secrecy::SecretString;

use super::{Dialect, KNOWN, Known, Reader, WithKeys, base_url, keys};

/// What may stand in a table.
const FIELDS: &str = "dialect, base_url, keys, keys_file, requests_per_minute";

/// The providers with keys: the known ones first, then those of the file, by name.
pub(super) fn read(reader: &Reader<'_>, per_minute: u32) -> Vec<WithKeys> {
    let tables: BTreeMap<&String, &Value> = reader.provider_tables().iter().collect();
    let known = KNOWN.iter().map(|known| known.name);
    let others = tables.keys().map(|name| name.as_str());
    let others = others.filter(|name| Known::named(name).is_none());
    let read =
        |name: &str| provider(reader, name, tables.get(&name.to_owned()).copied(), per_minute);
    known.chain(others).filter_map(read).collect()
}

fn provider(
    reader: &Reader<'_>,
    name: &str,
    value: Option<&Value>,
    per_minute: u32,
) -> Option<WithKeys> {
    let known = Known::named(name);
    let from_setting = known.map(|known| WithKeys {
        name: ProviderName::parse(known.name).expect("a name as the rule wants it"),
        dialect: known.dialect,
        base_url: reader.parse(known.base_url, base_url),
        keys: keys(reader, known.keys),
        requests_per_minute: Some(per_minute),
    });
    let Some(value) = value else {
        return from_setting.filter(|provider| !provider.keys.is_empty());
    };
    let table = Table { reader, path: format!("provider.{name}"), value };
    let fields = table.fields()?;
    let Ok(name) = ProviderName::parse(name) else {
        table.refuse("", &format!("{}", domain::model::InvalidProviderName));
        return None;
    };
    let mut provider = from_setting.unwrap_or(WithKeys {
        name,
        dialect: Dialect::OpenAi,
        base_url: String::new(),
        keys: Vec::new(),
        requests_per_minute: Some(per_minute),
    });
    for (field, value) in &fields {
        table.set(&mut provider, field, value);
    }
    if provider.base_url.is_empty() && !fields.contains_key("base_url") {
        table.refuse("base_url", "is missing: where the provider is, an http or https URL");
    }
    if provider.keys.is_empty() {
        table
            .refuse("keys", "is missing: a list of keys, or keys_file, the path of a file of them");
    }
    Some(provider)
}

/// One table of the file.
struct Table<'a> {
    reader: &'a Reader<'a>,
    path: String,
    value: &'a Value,
}

impl Table<'_> {
    fn refuse(&self, field: &str, allowed: &str) {
        let dot = if field.is_empty() { "" } else { "." };
        let name = format!("{}{dot}{field}", self.path);
        self.reader.refuse_in_table(name, self.value.origin(), allowed);
    }

    fn fields(&self) -> Option<Map<String, Value>> {
        let fields = self.value.clone().into_table().ok();
        if fields.is_none() {
            self.refuse("", &format!("must be a table of {FIELDS}"));
        }
        fields
    }

    fn set(&self, provider: &mut WithKeys, field: &str, value: &Value) {
        let done = match field {
            "dialect" => {
                text(value).and_then(|text| dialect(&text)).map(|it| provider.dialect = it)
            }
            "base_url" => {
                text(value).and_then(|text| base_url(&text)).map(|it| provider.base_url = it)
            }
            "keys" => list(value).map(|more| provider.keys.extend(more)),
            "keys_file" => {
                text(value).and_then(|path| file(&path)).map(|it| provider.keys.extend(it))
            }
            "requests_per_minute" => {
                limit(value).map(|it| provider.requests_per_minute = (it > 0).then_some(it))
            }
            _ => {
                let allowed = format!("there is no such field; known: {FIELDS}");
                return self.refuse(field, &allowed);
            }
        };
        if done.is_none() {
            self.refuse(field, allowed(field));
        }
    }
}

fn allowed(field: &str) -> &'static str {
    match field {
        "dialect" => "must be openai, gemini or anthropic",
        "base_url" => "must be an http or https URL",
        "keys" => "must be a list of keys of visible ASCII",
        "keys_file" => {
            "must be the path of a file that can be read, with a key of visible ASCII a line"
        }
        _ => "must be a number, 1 to 1000000, or 0 for any number",
    }
}

fn text(value: &Value) -> Option<String> {
    match &value.kind {
        ValueKind::String(text) => Some(text.trim().to_owned()),
        _ => None,
    }
}

fn dialect(text: &str) -> Option<Dialect> {
    match text {
        "openai" => Some(Dialect::OpenAi),
        "gemini" => Some(Dialect::Gemini),
        "anthropic" => Some(Dialect::Anthropic),
        _ => None,
    }
}

fn list(value: &Value) -> Option<Vec<SecretString>> {
    let ValueKind::Array(items) = &value.kind else { return None };
    items.iter().map(|item| key(&text(item)?)).collect()
}

fn file(path: &str) -> Option<Vec<SecretString>> {
    let content = fs::read_to_string(path).ok()?;
    let lines = content.split([',', '\n']).map(str::trim).filter(|line| !line.is_empty());
    lines.map(key).collect()
}

fn key(text: &str) -> Option<SecretString> {
    let fits = !text.is_empty() && text.chars().all(|c| c.is_ascii_graphic());
    fits.then(|| SecretString::from(text))
}

fn limit(value: &Value) -> Option<u32> {
    let ValueKind::I64(number) = value.kind else { return None };
    u32::try_from(number).ok().filter(|number| *number <= 1_000_000)
}
