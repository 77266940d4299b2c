//! Providers from their settings, and from the tables `[provider.NAME]` of the file.

use std::{collections::BTreeMap, time::Duration};

use config::{Map, Value, ValueKind};
use domain::{key::Uses, model::ProviderName};
use ports::provider::ProviderKey;
use secrecy::SecretString;

use super::super::layers::variable_of_keys;
use super::{
    Dialect, KNOWN, Known, Reader, WithKeys, base_url, keys, keys_in, keys_of_own, limits,
    value::{flag, key_file, key_list, number, text},
};

/// What may stand in a table.
const FIELDS: &str = "dialect, base_url, usage_option, first_token, keys, keys_file, key, limit, group, concurrency, proxy, \
     requests_per_minute, requests_per_day, tokens_per_minute, tokens_per_day";

/// The providers with keys: the known ones first, then those of the file, by name.
pub(super) fn read(reader: &Reader<'_>, per_minute: u32) -> Vec<WithKeys> {
    let tables: BTreeMap<&String, &Value> = reader.provider_tables().iter().collect();
    let known = KNOWN.iter().map(|known| known.name);
    let others = tables.keys().map(|name| name.as_str());
    let others = others.filter(|name| Known::named(name).is_none());
    let uses = Uses { requests_per_minute: Some(per_minute), ..Uses::default() };
    let read = |name: &str| {
        let value = tables.get(&name.to_owned()).copied();
        Reading { reader, name, uses }.provider(value)
    };
    known.chain(others).filter_map(read).collect()
}

/// What is needed to read one provider.
struct Reading<'a> {
    reader: &'a Reader<'a>,
    name: &'a str,
    /// What keys may use of which nothing is said.
    uses: Uses,
}

impl Reading<'_> {
    fn provider(&self, value: Option<&Value>) -> Option<WithKeys> {
        let (provider, secrets) = self.as_set();
        let Some(value) = value else {
            let usual = self.usual();
            let provider = with_keys(provider?, secrets, &usual);
            return Some(provider).filter(|provider| !provider.keys.is_empty());
        };
        let path = format!("provider.{}", self.name);
        let table = Table { reader: self.reader, path, value };
        let fields = table.fields(FIELDS)?;
        let Ok(name) = ProviderName::parse(self.name) else {
            table.refuse("", &format!("{}", domain::model::InvalidProviderName));
            return None;
        };
        let nowhere = WithKeys {
            name,
            dialect: Dialect::OpenAi,
            base_url: String::new(),
            usage_option: None,
            first_token: None,
            keys: Vec::new(),
            limits: Vec::new(),
        };
        Some(self.as_tabled(&table, &fields, provider.unwrap_or(nowhere), secrets))
    }

    /// A provider as settings have it, if they know it, and the keys that they name.
    fn as_set(&self) -> (Option<WithKeys>, Vec<SecretString>) {
        let Some(known) = Known::named(self.name) else {
            return (None, keys_of_own(self.reader, self.name));
        };
        let provider = WithKeys {
            name: ProviderName::parse(known.name)
                .expect("the known names are as the rule wants them"),
            dialect: known.dialect,
            base_url: self.reader.parse(known.base_url, base_url),
            usage_option: None,
            first_token: None,
            keys: Vec::new(),
            limits: Vec::new(),
        };
        (Some(provider), keys_in(self.reader, known.keys))
    }

    fn as_tabled(
        &self,
        table: &Table<'_>,
        fields: &Map<String, Value>,
        mut provider: WithKeys,
        mut secrets: Vec<SecretString>,
    ) -> WithKeys {
        let mut usual = self.usual();
        for (field, value) in fields {
            let done = match field.as_str() {
                "dialect" => text(value).and_then(|text| dialect(&text)).map(|it| {
                    provider.dialect = it;
                }),
                "base_url" => text(value).and_then(|text| base_url(&text)).map(|it| {
                    provider.base_url = it;
                }),
                "usage_option" => flag(value).map(|it| provider.usage_option = Some(it)),
                "first_token" => number(value, 1, 3600).map(|seconds| {
                    provider.first_token = Some(Duration::from_secs(seconds.into()));
                }),
                "keys" => key_list(value).map(|more| secrets.extend(more)),
                "keys_file" => key_file(value).map(|more| secrets.extend(more)),
                "key" | "limit" => Some(()),
                // One weight for all keys says nothing.
                "weight" => None,
                _ => keys::set(&mut usual, field, value),
            };
            if done.is_none() {
                table.refuse_field(field, allowed(field), FIELDS);
            }
        }
        let mut provider = with_keys(provider, secrets, &usual);
        for table in table.tables("key", fields) {
            provider.keys.extend(keys::read(&table, &usual));
        }
        let read = table.tables("limit", fields).into_iter();
        provider.limits = read.filter_map(|table| limits::read(&table, &provider.keys)).collect();
        if provider.base_url.is_empty() && !fields.contains_key("base_url") {
            table.refuse("base_url", "is missing: where the provider is, an http or https URL");
        }
        if provider.keys.is_empty() && !fields.contains_key("key") {
            table.refuse(
                "keys",
                &format!(
                    "is missing: a list of keys, or keys_file, the path of a file of them, or a table \
                     [[provider.NAME.key]] for each, or {} in the environment",
                    variable_of_keys(self.name)
                ),
            );
        }
        provider
    }

    /// A key of which nothing is said.
    fn usual(&self) -> ProviderKey {
        ProviderKey { uses: self.uses, ..ProviderKey::from(SecretString::default()) }
    }
}

fn with_keys(provider: WithKeys, secrets: Vec<SecretString>, usual: &ProviderKey) -> WithKeys {
    let like = |secret| ProviderKey { secret, ..usual.clone() };
    WithKeys { keys: secrets.into_iter().map(like).collect(), ..provider }
}

/// One table of the file.
pub(super) struct Table<'a> {
    reader: &'a Reader<'a>,
    path: String,
    value: &'a Value,
}

impl<'a> Table<'a> {
    /// Notes that `field` is wrong.
    pub(super) fn refuse(&self, field: &str, allowed: &str) {
        let dot = if field.is_empty() { "" } else { "." };
        let name = format!("{}{dot}{field}", self.path);
        self.reader.refuse_in_table(name, self.value.origin(), allowed);
    }

    /// Notes that the value of `field` is not what is `allowed`, or that there is no such field among
    /// `known`.
    pub(super) fn refuse_field(&self, field: &str, allowed: Option<&str>, known: &str) {
        match allowed {
            Some(allowed) => self.refuse(field, allowed),
            None => self.refuse(field, &format!("there is no such field; known: {known}")),
        }
    }

    /// Its fields, which may be those of `known`.
    pub(super) fn fields(&self, known: &str) -> Option<Map<String, Value>> {
        let fields = self.value.clone().into_table().ok();
        if fields.is_none() {
            self.refuse("", &format!("must be a table of {known}"));
        }
        fields
    }

    /// The tables `[[…field]]` in it.
    fn tables<'b>(&self, field: &str, fields: &'b Map<String, Value>) -> Vec<Table<'b>>
    where
        'a: 'b,
    {
        let Some(value) = fields.get(field) else { return Vec::new() };
        let path = format!("{}.{field}", self.path);
        let ValueKind::Array(items) = &value.kind else {
            let allowed = format!("must be tables, each [[{path}]]");
            self.refuse(field, &allowed);
            return Vec::new();
        };
        let table =
            |(index, value)| Table { reader: self.reader, path: format!("{path}[{index}]"), value };
        items.iter().enumerate().map(table).collect()
    }
}

fn allowed(field: &str) -> Option<&'static str> {
    match field {
        "dialect" => Some("must be openai, gemini or anthropic"),
        "base_url" => Some("must be an http or https URL without an account or a query"),
        "usage_option" => Some("must be true or false"),
        "first_token" => Some("must be a number of seconds, 1 to 3600"),
        "keys" => Some("must be a list of keys of visible ASCII"),
        "keys_file" => keys::allowed("key_file"),
        "weight" | "key_file" => None,
        field => keys::allowed(field),
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
