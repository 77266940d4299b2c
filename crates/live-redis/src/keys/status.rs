//! How keys are, as the scripts tell it.

use std::collections::BTreeMap;

use domain::{
    key::{Budget, KeyId},
    time::Timestamp,
};
use ports::live::{KeyState, KeyStatus, ModelRest, Probe, Spent};
use serde::Deserialize;

use crate::{answer::timestamp, error::Error};

/// Later than any time: out for good.
const NEVER: f64 = 8e15;

#[derive(Deserialize)]
struct Key {
    name: String,
    weight: u16,
    group: Option<String>,
    rpm: Option<u32>,
    concurrency: Option<u32>,
    #[serde(default)]
    budgets: Vec<Counted>,
    revoked: bool,
    /// Models it may not be used for.
    #[serde(default)]
    barred: BTreeMap<String, bool>,
    off: Option<f64>,
    used: u32,
    under_way: u32,
    #[serde(default)]
    rests: Vec<Rest>,
    found: Option<String>,
    found_at: Option<f64>,
}

#[derive(Deserialize)]
struct Counted {
    #[serde(flatten)]
    budget: Budget,
    used: i64,
}

#[derive(Deserialize)]
struct Rest {
    model: Option<String>,
    #[serde(rename = "until_")]
    until: f64,
    cause: String,
}

/// How keys are, by name.
pub(super) fn read_all(list: Option<Vec<String>>) -> Result<Vec<KeyStatus>, Error> {
    let keys = list.unwrap_or_default();
    let mut status: Vec<KeyStatus> =
        keys.iter().map(|json| read(json)).collect::<Result<_, Error>>()?;
    status.sort_by(|a, b| a.key.cmp(&b.key));
    Ok(status)
}

fn read(json: &str) -> Result<KeyStatus, Error> {
    let key: Key =
        serde_json::from_str(json).map_err(|_| Error::unknown("key", json.to_owned()))?;
    let state = state(&key)?;
    let mut models = Vec::new();
    for rest in &key.rests {
        if let Some(model) = rest.model.clone() {
            models.push(ModelRest { model, until: Some(at(rest.until)?) });
        }
    }
    models.extend(key.barred.into_keys().map(|model| ModelRest { model, until: None }));
    models.sort_by(|a, b| a.model.cmp(&b.model));
    let probe = match (key.found, key.found_at) {
        (Some(found), Some(micros)) => Some(Probe { found, at: at(micros)? }),
        _ => None,
    };
    let spent = |Counted { budget, used }| Spent { budget, used: used.try_into().unwrap_or(0) };
    Ok(KeyStatus {
        key: KeyId::new(key.name),
        state,
        weight: key.weight,
        group: key.group,
        used_in_window: key.used,
        requests_per_minute: key.rpm,
        under_way: key.under_way,
        concurrency: key.concurrency,
        budgets: key.budgets.into_iter().map(spent).collect(),
        models,
        probe,
    })
}

fn state(key: &Key) -> Result<KeyState, Error> {
    if let Some(off) = key.off {
        let until = (off < NEVER).then(|| at(off)).transpose()?;
        return Ok(KeyState::taken_out(until, key.under_way));
    }
    if key.revoked {
        return Ok(KeyState::Revoked);
    }
    let longest = key.rests.iter().max_by(|a, b| a.until.total_cmp(&b.until));
    let Some(rest) = longest else { return Ok(KeyState::Active) };
    let until = at(rest.until)?;
    Ok(match rest.cause.as_str() {
        "throttled" => KeyState::CoolingUntil(until),
        _ => KeyState::ExhaustedUntil(until),
    })
}

/// The time that a script tells, which counts in whole microseconds.
#[expect(clippy::cast_possible_truncation, reason = "times are far below 2^53 microseconds")]
fn at(micros: f64) -> Result<Timestamp, Error> {
    timestamp(micros as i64)
}
