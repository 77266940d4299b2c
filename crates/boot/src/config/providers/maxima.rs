//! How long the answers of models can be, from the tables `[limit."provider/model"]`.

use config::Value;
use domain::{maxima::Maxima, model::ModelRef};

use super::{
    Reader,
    value::{model, number},
};

const NAME: &str = "must be the name of a model, written [limit.\"provider/model\"]";

const FIELDS: &str = "must be a table of max_output_tokens";

const TOKENS: &str = "must be a number of tokens, 1 to 10000000";

/// The maxima.
pub(super) fn read(reader: &Reader<'_>) -> Maxima {
    let known = reader.limits().iter();
    known.filter_map(|(name, value)| maximum(reader, name, value)).collect()
}

fn maximum(reader: &Reader<'_>, name: &str, value: &Value) -> Option<(ModelRef, u32)> {
    let path = format!("limit.{name}");
    let refuse =
        |name: String, allowed: &str| reader.refuse_in_table(name, value.origin(), allowed);
    let Some(model) = model(name) else {
        refuse(path, NAME);
        return None;
    };
    let Ok(fields) = value.clone().into_table() else {
        refuse(path, FIELDS);
        return None;
    };
    for field in fields.keys().filter(|field| *field != "max_output_tokens") {
        refuse(format!("{path}.{field}"), FIELDS);
    }
    let most = fields.get("max_output_tokens").and_then(|value| number(value, 1, 10_000_000));
    if most.is_none() {
        refuse(format!("{path}.max_output_tokens"), TOKENS);
    }
    Some((model, most?))
}
