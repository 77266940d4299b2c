//! Chains of models from the table `[models]`.

use std::collections::BTreeMap;

use config::ValueKind;
use domain::model::ModelRef;

use super::{
    Reader,
    value::{model, word},
};

const ALLOWED: &str =
    "must be a list of models, each written provider/model, and its name without blanks";

/// The chains by name.
pub(super) fn read(reader: &Reader<'_>) -> BTreeMap<String, Vec<ModelRef>> {
    let mut chains = BTreeMap::new();
    for (name, value) in reader.models() {
        let models = match &value.kind {
            ValueKind::Array(items) if !items.is_empty() && !name.contains(char::is_whitespace) => {
                items.iter().map(|item| model(&word(item)?)).collect()
            }
            _ => None,
        };
        match models {
            Some(models) => drop(chains.insert(name.clone(), models)),
            None => reader.refuse_in_table(format!("models.{name}"), value.origin(), ALLOWED),
        }
    }
    chains
}
