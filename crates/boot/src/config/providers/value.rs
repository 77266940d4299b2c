//! Values of tables, as what they are to be.

use std::fs;

use config::{Value, ValueKind};
use domain::{
    key::Uses,
    model::{ModelRef, ProviderName},
};
use secrecy::SecretString;

use super::super::proxies::is_proxy;

/// The fields that say how much may be used.
pub(super) const USES: [&str; 4] =
    ["requests_per_minute", "requests_per_day", "tokens_per_minute", "tokens_per_day"];

/// What a limit may be.
pub(super) const LIMIT: &str = "must be a number, 1 to 1000000000, or 0 for any number";

pub(super) fn text(value: &Value) -> Option<String> {
    match &value.kind {
        ValueKind::String(text) => Some(text.trim().to_owned()),
        _ => None,
    }
}

pub(super) fn flag(value: &Value) -> Option<bool> {
    match value.kind {
        ValueKind::Boolean(flag) => Some(flag),
        _ => None,
    }
}

/// A word that stands in names: a group, a model.
pub(in crate::config) fn word(value: &Value) -> Option<String> {
    text(value).filter(|word| {
        (1..=100).contains(&word.len()) && word.chars().all(|c| c.is_ascii_graphic())
    })
}

/// A model, written `provider/model`.
pub(super) fn model(text: &str) -> Option<ModelRef> {
    let (provider, model) = text.split_once('/').filter(|(_, model)| !model.is_empty())?;
    let provider = ProviderName::parse(provider).ok()?;
    Some(ModelRef { provider, model: model.to_owned() })
}

pub(super) fn key(text: &str) -> Option<SecretString> {
    let fits = !text.is_empty() && text.chars().all(|c| c.is_ascii_graphic());
    fits.then(|| SecretString::from(text))
}

pub(super) fn key_list(value: &Value) -> Option<Vec<SecretString>> {
    let ValueKind::Array(items) = &value.kind else { return None };
    items.iter().map(|item| key(&text(item)?)).collect()
}

pub(super) fn key_file(value: &Value) -> Option<Vec<SecretString>> {
    keys(&fs::read_to_string(text(value)?).ok()?)
}

/// Keys separated by commas or line breaks; none where one is not a key.
pub(in crate::config) fn keys(text: &str) -> Option<Vec<SecretString>> {
    text.split([',', '\n']).map(str::trim).filter(|one| !one.is_empty()).map(key).collect()
}

/// A proxy's address, which may hold a password.
pub(super) fn proxy(value: &Value) -> Option<SecretString> {
    let text = text(value)?;
    is_proxy(&text).then(|| SecretString::from(text))
}

pub(super) fn number(value: &Value, least: i64, most: i64) -> Option<u32> {
    let ValueKind::I64(number) = value.kind else { return None };
    u32::try_from(number).ok().filter(|_| (least..=most).contains(&number))
}

/// Sets the limit called `field`, one of [`USES`]; 0 is none.
pub(super) fn set_use(uses: &mut Uses, field: &str, value: &Value) -> Option<()> {
    let limit = number(value, 0, 1_000_000_000)?;
    let limit = (limit > 0).then_some(limit);
    match field {
        "requests_per_minute" => uses.requests_per_minute = limit,
        "requests_per_day" => uses.requests_per_day = limit,
        "tokens_per_minute" => uses.tokens_per_minute = limit,
        _ => uses.tokens_per_day = limit,
    }
    Some(())
}
