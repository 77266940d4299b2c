//! Answers of the scripts, read.

use std::time::Duration;

use domain::key::{KeyId, NoKeyReason};

use crate::{answer::Answer, error::Error};

/// What became of the wish for a key.
pub(super) enum Reply {
    /// Use this one.
    Lent { created: u64, key: KeyId, ticket: u64, wants_return: bool, is_trial: bool },
    /// None for this long.
    NoneFor(Duration, NoKeyReason),
    /// None.
    NoneUsable,
    /// None, for want of permission.
    NotPermitted,
    /// There is no such pool.
    Missing,
}

impl Reply {
    pub(super) fn read(answer: Answer) -> Result<Self, Error> {
        Ok(match answer.word.as_str() {
            "lent" => {
                let (created, key, ticket, wants_return, is_trial): (_, String, _, _, _) =
                    answer.read()?;
                Self::Lent { created, key: KeyId::new(key), ticket, wants_return, is_trial }
            }
            "limited" => Self::NoneFor(wait(answer)?, NoKeyReason::RateLimited),
            "busy" => Self::NoneFor(wait(answer)?, NoKeyReason::Busy),
            "cooling" => Self::NoneFor(wait(answer)?, NoKeyReason::CoolingDown),
            "unusable" => Self::NoneUsable,
            "not_permitted" => Self::NotPermitted,
            "missing" => Self::Missing,
            _ => return Err(Error::unknown("answer to a wish for a key", answer.word)),
        })
    }
}

fn wait(answer: Answer) -> Result<Duration, Error> {
    let (_created, micros): (u64, u64) = answer.read()?;
    Ok(Duration::from_micros(micros))
}
