//! Why a model cannot answer now, and what has to happen before it can. Pure.

use std::time::Duration;

use domain::{
    failure::{CallFailure, ErrorClass},
    ladder::RetryLadder,
};

use super::words;
use crate::disposition::wait_asked_for;

/// Why a model cannot answer now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Trouble {
    /// A call failed.
    Refused(CallFailure),
    /// The request does not fit this model, which is not the first of its chain.
    Unfit(CallFailure),
    /// Its keys rest for so long.
    Resting(Duration),
    /// It has no key that can be lent.
    NoneUsable,
    /// None of its keys may be used for it.
    NotPermitted,
}

/// What has to happen before it can, the most welcome first. Waits are rungs of the ladder, whichever the
/// generation stands on: what differs by less is the same wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Remedy {
    /// Nothing can, and no other key or model can do better.
    NoneAnywhere,
    /// Time has to pass.
    Wait(Duration),
    /// Somebody has to do something.
    Operator,
    /// Nothing can here.
    NoneHere,
}

impl Trouble {
    /// The same if the model is not the first of its chain. Then the request may be refused for what is so with this
    /// model alone, such as the length that it takes: the ones before it were in trouble for something else, and have
    /// not called it bad.
    pub(super) fn of_later_model(self) -> Self {
        match self {
            Self::Refused(failure) if failure.class == ErrorClass::BadRequest => {
                Self::Unfit(failure)
            }
            other => other,
        }
    }

    /// Whether no other model does better.
    pub(super) fn is_everywhere(&self) -> bool {
        matches!(self, Self::Refused(failure) if failure.class == ErrorClass::BadRequest)
    }

    /// What kind of failure it is, or is like.
    pub(super) const fn class(&self) -> ErrorClass {
        match self {
            Self::Refused(failure) | Self::Unfit(failure) => failure.class,
            Self::Resting(_) => ErrorClass::RateMinute,
            Self::NoneUsable => ErrorClass::InvalidKey,
            Self::NotPermitted => ErrorClass::NoPermission,
        }
    }

    /// How long there is no use in asking.
    pub(super) const fn hint(&self) -> Option<Duration> {
        match self {
            Self::Refused(failure) | Self::Unfit(failure) => failure.retry_after,
            Self::Resting(wait) => Some(*wait),
            Self::NoneUsable | Self::NotPermitted => None,
        }
    }

    /// The stable code.
    pub(super) const fn code(&self) -> &'static str {
        match self {
            Self::NoneUsable => words::NO_USABLE_KEY,
            _ => self.class().code(),
        }
    }

    /// What people are told.
    pub(super) fn words(&self) -> String {
        match self {
            Self::Refused(failure) | Self::Unfit(failure) => {
                words::explain(failure.class, &failure.message)
            }
            Self::Resting(_) | Self::NotPermitted => words::explain(self.class(), ""),
            Self::NoneUsable => words::NO_USABLE_KEY_WORDS.to_owned(),
        }
    }

    /// What operators are told.
    pub(super) fn details(&self) -> &str {
        match self {
            Self::Refused(failure) | Self::Unfit(failure) => &failure.message,
            Self::Resting(_) => "all keys rest",
            Self::NoneUsable => words::NO_USABLE_KEY_WORDS,
            Self::NotPermitted => "no key may be used for the model",
        }
    }

    fn remedy(&self, ladder: &RetryLadder) -> Remedy {
        match self.class() {
            ErrorClass::BadRequest if self.is_everywhere() => Remedy::NoneAnywhere,
            ErrorClass::InvalidKey => Remedy::Operator,
            ErrorClass::BadRequest | ErrorClass::NoPermission | ErrorClass::NoModel => {
                Remedy::NoneHere
            }
            class => {
                let wait = wait_asked_for(class, self.hint(), ladder);
                Remedy::Wait(ladder.at_least(wait.unwrap_or_default()))
            }
        }
    }
}

/// Of several troubles, each with a key or a model of its own, the one that counts: that which may be over
/// soonest, the first of equals.
pub(super) fn soonest(
    troubles: impl IntoIterator<Item = Trouble>,
    ladder: &RetryLadder,
) -> Option<Trouble> {
    troubles.into_iter().min_by_key(|trouble| trouble.remedy(ladder))
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn secs(n: u64) -> Duration {
        Duration::from_secs(n)
    }

    fn refused(class: ErrorClass, hint: Option<u64>) -> Trouble {
        let retry_after = hint.map(secs);
        Trouble::Refused(CallFailure { retry_after, ..CallFailure::new(class, "said no") })
    }

    #[test]
    fn what_may_be_over_soonest_counts() {
        use ErrorClass::{
            BadRequest, InvalidKey, MoneyOut, NoModel, NoPermission, Overloaded, RateDay,
            RateMinute,
        };
        let ladder = RetryLadder::default();
        let minute = refused(RateMinute, Some(5));
        let ten_minutes = refused(RateMinute, Some(61));
        let overloaded = refused(Overloaded, None);
        let day = refused(RateDay, None);
        let money = refused(MoneyOut, None);
        let revoked = refused(InvalidKey, None);
        let forbidden = refused(NoPermission, None);
        let bad = refused(BadRequest, None);
        let unfit = bad.clone().of_later_model();
        let unknown_here = refused(NoModel, None);
        let table = [
            (&forbidden, &Trouble::Resting(secs(30)), &Trouble::Resting(secs(30))),
            (&money, &Trouble::Resting(secs(30)), &Trouble::Resting(secs(30))),
            (&money, &minute, &minute),
            (&money, &day, &day),
            (&day, &ten_minutes, &ten_minutes),
            (&forbidden, &minute, &minute),
            (&forbidden, &money, &money),
            (&forbidden, &revoked, &revoked),
            (&forbidden, &Trouble::NoneUsable, &Trouble::NoneUsable),
            (&Trouble::NotPermitted, &money, &money),
            (&revoked, &money, &money),
            (&revoked, &ten_minutes, &ten_minutes),
            (&Trouble::NoneUsable, &Trouble::Resting(secs(4000)), &Trouble::Resting(secs(4000))),
            // Equal but for less than a rung: the first, which is the newest.
            (&overloaded, &minute, &overloaded),
            (&minute, &overloaded, &minute),
            // No other key makes a bad request good.
            (&bad, &minute, &bad),
            (&minute, &bad, &bad),
            // Another model may.
            (&unfit, &minute, &minute),
            (&unfit, &revoked, &revoked),
            (&unknown_here, &money, &money),
            (&unknown_here, &bad, &bad),
            (&unfit, &unknown_here, &unfit),
        ];
        for (one, other, expected) in table {
            for pair in [[one, other], [other, one]] {
                let is_tie = one.remedy(&ladder) == other.remedy(&ladder);
                let expected = if is_tie { pair[0] } else { expected };
                let found = soonest(pair.map(Clone::clone), &ladder);
                assert_eq!(found.as_ref(), Some(expected), "{pair:?}");
            }
        }
        assert_eq!(soonest([], &ladder), None);
    }

    #[test]
    fn people_are_told_nothing_that_a_provider_said_but_of_their_request() {
        for trouble in [refused(ErrorClass::Overloaded, None), Trouble::NoneUsable] {
            assert!(!trouble.words().contains("said no"), "{trouble:?}");
        }
        assert!(refused(ErrorClass::BadRequest, None).words().contains("said no"));
    }
}
