//! Keys from the tables `[[provider.NAME.key]]`.

use config::Value;
use ports::provider::ProviderKey;

use super::{
    table::Table,
    value::{LIMIT, USES, key, key_file, number, proxy, set_use, text, word},
};

/// What may stand in the table of a key.
const FIELDS: &str = "key, key_file, weight, group, concurrency, proxy, requests_per_minute, \
     requests_per_day, tokens_per_minute, tokens_per_day";

/// The keys of one table, which all have what it says; `usual` says the rest.
pub(super) fn read(table: &Table<'_>, usual: &ProviderKey) -> Vec<ProviderKey> {
    let Some(fields) = table.fields(FIELDS) else { return Vec::new() };
    let mut like = usual.clone();
    let mut secrets = Vec::new();
    for (field, value) in &fields {
        let done = match field.as_str() {
            "key" => text(value).and_then(|text| key(&text)).map(|it| secrets.push(it)),
            "key_file" => key_file(value).map(|it| secrets.extend(it)),
            _ => set(&mut like, field, value),
        };
        if done.is_none() {
            table.refuse_field(field, allowed(field), FIELDS);
        }
    }
    if secrets.is_empty() && !fields.contains_key("key") && !fields.contains_key("key_file") {
        table.refuse("key", "is missing: a key, or key_file, the path of a file of them");
    }
    secrets.into_iter().map(|secret| ProviderKey { secret, ..like.clone() }).collect()
}

/// Sets what is said of a key by the field `field`, if there is such a field and the value fits.
pub(super) fn set(key: &mut ProviderKey, field: &str, value: &Value) -> Option<()> {
    match field {
        "weight" => key.weight = u16::try_from(number(value, 1, 100)?).ok()?,
        "group" => key.group = Some(word(value)?),
        "concurrency" => {
            let most = number(value, 0, 1_000_000)?;
            key.concurrency = (most > 0).then_some(most);
        }
        "proxy" => key.proxy = Some(proxy(value)?),
        field if USES.contains(&field) => set_use(&mut key.uses, field, value)?,
        _ => return None,
    }
    Some(())
}

/// What the value of `field` may be, if there is such a field.
pub(super) fn allowed(field: &str) -> Option<&'static str> {
    Some(match field {
        "key" => "must be a key of visible ASCII",
        "key_file" => {
            "must be the path of a file that can be read, with a key of visible ASCII a line"
        }
        "weight" => "must be a number, 1 to 100",
        "group" => "must be a word of at most 100 visible ASCII characters",
        "concurrency" => "must be a number, 1 to 1000000, or 0 for any number",
        "proxy" => "must be an http, https, socks5 or socks5h URL",
        field if USES.contains(&field) => LIMIT,
        _ => return None,
    })
}
