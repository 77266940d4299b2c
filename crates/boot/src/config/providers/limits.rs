//! Limits of keys together from the tables `[[provider.NAME.limit]]`.

use domain::key::{SharedLimit, Uses};
use ports::provider::ProviderKey;

use super::{
    table::Table,
    value::{LIMIT, USES, set_use, word},
};

/// What may stand in the table of a limit.
const FIELDS: &str =
    "group, model, requests_per_minute, requests_per_day, tokens_per_minute, tokens_per_day";

/// The limit of one table, for the provider's `keys`.
pub(super) fn read(table: &Table<'_>, keys: &[ProviderKey]) -> Option<SharedLimit> {
    let fields = table.fields(FIELDS)?;
    let mut limit = SharedLimit { group: None, model: None, uses: Uses::default() };
    for (field, value) in &fields {
        let done = match field.as_str() {
            "group" => word(value).map(|it| limit.group = Some(it)),
            "model" => word(value).map(|it| limit.model = Some(it)),
            field if USES.contains(&field) => set_use(&mut limit.uses, field, value),
            _ => None,
        };
        if done.is_none() {
            table.refuse_field(field, allowed(field), FIELDS);
        }
    }
    if limit.group.is_none() && limit.model.is_none() {
        table.refuse("", "must have a group, a model, or both: else it is a limit of the provider");
    }
    // What bounds nothing is a slip, and would only be noticed by what it was to prevent.
    if limit.group.is_some() && keys.iter().all(|key| key.group != limit.group) {
        table.refuse("group", "must be the group of a key of this provider");
    }
    if limit.uses == Uses::default() {
        table.refuse("", &format!("must have one of {}, above 0", USES.join(", ")));
    }
    Some(limit)
}

fn allowed(field: &str) -> Option<&'static str> {
    match field {
        "group" | "model" => Some("must be a word of at most 100 visible ASCII characters"),
        field if USES.contains(&field) => Some(LIMIT),
        _ => None,
    }
}
