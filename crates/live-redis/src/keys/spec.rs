//! Keys as the scripts read them.

use domain::key::Budget;
use ports::live::KeySpec;
use serde::Serialize;

#[derive(Serialize)]
struct Spec<'a> {
    name: &'a str,
    weight: u16,
    #[serde(skip_serializing_if = "Option::is_none")]
    group: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rpm: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    concurrency: Option<u32>,
    budgets: &'a [Budget],
}

impl<'a> From<&'a KeySpec> for Spec<'a> {
    fn from(key: &'a KeySpec) -> Self {
        Self {
            name: key.id.as_str(),
            weight: key.weight.max(1),
            group: key.group.as_deref(),
            rpm: key.requests_per_minute,
            concurrency: key.concurrency,
            budgets: &key.budgets,
        }
    }
}

/// `keys` as the scripts read them.
pub(super) fn json(keys: &[KeySpec]) -> String {
    let specs: Vec<Spec<'_>> = keys.iter().map(Spec::from).collect();
    serde_json::to_string(&specs).expect("texts and numbers always have a JSON form")
}
