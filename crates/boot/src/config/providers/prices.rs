//! What tokens cost, from the tables `[price."provider/model"]`.

use std::collections::BTreeMap;

use config::{Value, ValueKind};
use domain::price::{NanoUsd, Price, Prices};

use super::{Reader, value::model};

const NAME: &str = "must be the name of a model, written [price.\"provider/model\"]";

const FIELDS: &str =
    "must be a table of input, cached_input and output: US dollars for a million tokens";

const ALLOWED: &str = "must be a number of US dollars for a million tokens, 0 to 1000000";

/// The prices.
pub(super) fn read(reader: &Reader<'_>) -> Prices {
    let priced = reader.prices().iter().filter_map(|(name, value)| {
        let price = price(reader, name, value)?;
        Some((name.clone(), price))
    });
    Prices::new(priced.collect::<BTreeMap<_, _>>())
}

fn price(reader: &Reader<'_>, name: &str, value: &Value) -> Option<Price> {
    let path = format!("price.{name}");
    let refuse =
        |name: String, allowed: &str| reader.refuse_in_table(name, value.origin(), allowed);
    if model(name).is_none() {
        refuse(path, NAME);
        return None;
    }
    let Ok(fields) = value.clone().into_table() else {
        refuse(path, FIELDS);
        return None;
    };
    let known = ["input", "cached_input", "output"];
    for field in fields.keys().filter(|field| !known.contains(&field.as_str())) {
        refuse(format!("{path}.{field}"), FIELDS);
    }
    let read = |field: &str| {
        let dollars = fields.get(field).map(dollars);
        if dollars == Some(None) {
            refuse(format!("{path}.{field}"), ALLOWED);
        }
        dollars.flatten()
    };
    let (input, output) = (read("input"), read("output"));
    let cached_input = read("cached_input");
    for (field, price) in [("input", input), ("output", output)] {
        if price.is_none() && !fields.contains_key(field) {
            refuse(format!("{path}.{field}"), "is missing: US dollars for a million tokens");
        }
    }
    Some(Price { input: input?, cached_input, output: output? })
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "at most a million dollars, and not negative"
)]
fn dollars(value: &Value) -> Option<NanoUsd> {
    let dollars = match value.kind {
        ValueKind::Float(dollars) => dollars,
        ValueKind::I64(dollars) => f64::from(u32::try_from(dollars).ok()?),
        _ => return None,
    };
    (0.0..=1_000_000.0).contains(&dollars).then(|| (dollars * 1e9).round() as NanoUsd)
}
