//! Answers of the scripts, read.

use std::time::Duration;

use domain::key::{KeyId, NoKeyReason};
use ports::live::{KeyState, KeyStatus};

use crate::{
    answer::{Answer, timestamp},
    error::Error,
};

/// What became of the wish for a key.
pub(super) enum Reply {
    /// Use this one.
    Lent { created: u64, key: KeyId, turn: u64 },
    /// None for this long.
    NoneFor(Duration, NoKeyReason),
    /// None.
    NoneUsable,
    /// There is no such pool.
    Missing,
}

impl Reply {
    pub(super) fn read(answer: Answer) -> Result<Self, Error> {
        Ok(match answer.word.as_str() {
            "lent" => {
                let (created, key, turn): (_, String, _) = answer.read()?;
                Self::Lent { created, key: KeyId::new(key), turn }
            }
            "limited" => Self::NoneFor(wait(answer)?, NoKeyReason::RateLimited),
            "cooling" => Self::NoneFor(wait(answer)?, NoKeyReason::CoolingDown),
            "unusable" => Self::NoneUsable,
            "missing" => Self::Missing,
            _ => return Err(Error::unknown("answer to a wish for a key", answer.word)),
        })
    }
}

fn wait(answer: Answer) -> Result<Duration, Error> {
    let (_created, micros): (u64, u64) = answer.read()?;
    Ok(Duration::from_micros(micros))
}

/// How keys are, by name.
pub(super) fn status(
    list: Option<Vec<(String, String, i64, u32)>>,
) -> Result<Vec<KeyStatus>, Error> {
    let mut status = list
        .unwrap_or_default()
        .into_iter()
        .map(|(name, word, cooling, used_in_window)| {
            let state = state(&word, cooling)?;
            Ok(KeyStatus { key: KeyId::new(name), state, used_in_window })
        })
        .collect::<Result<Vec<_>, Error>>()?;
    status.sort_by(|a, b| a.key.cmp(&b.key));
    Ok(status)
}

fn state(word: &str, cooling: i64) -> Result<KeyState, Error> {
    Ok(match word {
        "active" => KeyState::Active,
        "cooling" => KeyState::CoolingUntil(timestamp(cooling)?),
        "revoked" => KeyState::Revoked,
        "disabled" => KeyState::Disabled,
        other => return Err(Error::unknown("state of a key", other)),
    })
}
