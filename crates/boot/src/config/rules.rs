//! What roles may ask for, from the tables `[role.NAME]`.

use std::collections::BTreeMap;

use config::{Value, ValueKind};
use domain::{
    account::Role,
    rules::{RoleRules, Rules},
};

use super::{providers::word, reader::Reader};

const ROLES: &str = "must be guest, user, viewer, operator or admin";
const FIELDS: &str = "must be a table of models and system_prompt";
const MODELS: &str = "must be a list of names of chains, provider/model or provider/*";
const SYSTEM_PROMPT: &str = "must be true or false";

/// The rules.
pub(super) fn read(reader: &Reader<'_>) -> Rules {
    let mut rules = BTreeMap::new();
    for (name, value) in reader.roles() {
        let path = format!("role.{name}");
        match (Role::from_name(name), value.clone().into_table()) {
            (None, _) => reader.refuse_in_table(path, value.origin(), ROLES),
            (_, Err(_)) => reader.refuse_in_table(path, value.origin(), FIELDS),
            (Some(role), Ok(fields)) => {
                rules.insert(role, of_role(reader, &path, &fields));
            }
        }
    }
    Rules::new(rules)
}

fn of_role(reader: &Reader<'_>, path: &str, fields: &config::Map<String, Value>) -> RoleRules {
    let mut rules = RoleRules::default();
    for (field, value) in fields {
        let allowed = match (field.as_str(), models(value), &value.kind) {
            ("models", Some(models), _) => {
                rules.models = Some(models);
                continue;
            }
            ("system_prompt", _, ValueKind::Boolean(may)) => {
                rules.system_prompt = *may;
                continue;
            }
            ("models", None, _) => MODELS,
            ("system_prompt", ..) => SYSTEM_PROMPT,
            _ => FIELDS,
        };
        reader.refuse_in_table(format!("{path}.{field}"), value.origin(), allowed);
    }
    rules
}

fn models(value: &Value) -> Option<Vec<String>> {
    let ValueKind::Array(items) = &value.kind else { return None };
    items.iter().map(word).collect()
}
