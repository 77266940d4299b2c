//! What follows from a failed call: who is to blame, and what is tried next. Pure.

use std::time::Duration;

use domain::{
    failure::{CallFailure, ErrorClass},
    key::{RestCause, Verdict},
    ladder::{NextRung, RetryLadder},
};

/// How long a key rests whose account is out of money: somebody has to pay first.
const OUT_OF_MONEY_REST: Duration = Duration::from_hours(1);

/// How long a key rests that used up its day when the provider does not say until when.
const DAY_LIMIT_REST: Duration = Duration::from_hours(1);

/// How often one delivery tries again at once for a failure that is not the key's. More would add to
/// the load of a provider in trouble.
const MAX_BLAMELESS_RETRIES: u32 = 1;

/// What is tried next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Disposition {
    /// Another call at once, in the same attempt, since its viewers have seen no text yet.
    OtherKey,
    /// Another call at once, in a new attempt that voids the text.
    Restart,
    /// Another attempt after this wait.
    Park(Duration),
    /// None: the request itself cannot be answered.
    Fail,
    /// None: all retries are used.
    Exhausted,
}

/// Where a generation stands when a call has failed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Situation {
    /// Why it failed.
    pub(crate) class: ErrorClass,
    /// How long the provider asks to wait.
    pub(crate) hint: Option<Duration>,
    /// Whether viewers may have seen text of the attempt.
    pub(crate) has_text: bool,
    /// Whether there are keys that have not failed in this delivery.
    pub(crate) has_other_keys: bool,
    /// Retries at once in this delivery for failures that were not the key's.
    pub(crate) blameless_retries: u32,
    /// Rungs used before.
    pub(crate) retries: u32,
    /// Whether the time of the delivery is over: nothing more is tried at once.
    pub(crate) is_late: bool,
}

/// Another call at once, if one is made after the call that failed last.
pub(crate) fn at_once(now: &Situation) -> Option<Disposition> {
    let next = if now.has_text { Disposition::Restart } else { Disposition::OtherKey };
    (!now.is_late && may_call_at_once(now)).then_some(next)
}

/// What follows when none is made. The class is then that of the key, or the model, that may do better
/// soonest.
pub(crate) fn at_last(now: &Situation, ladder: &RetryLadder) -> Disposition {
    if matches!(now.class, ErrorClass::BadRequest | ErrorClass::NoModel) {
        return Disposition::Fail;
    }
    if now.class == ErrorClass::NoPermission && !now.has_other_keys {
        // No wait gives a key a right that it does not have. Others there was no time for may have it.
        return Disposition::Fail;
    }
    match ladder.next(now.retries, wait_asked_for(now.class, now.hint, ladder)) {
        NextRung::After(wait) => Disposition::Park(wait),
        NextRung::Exhausted => Disposition::Exhausted,
    }
}

fn may_call_at_once(now: &Situation) -> bool {
    let may_retry_blameless = now.blameless_retries < MAX_BLAMELESS_RETRIES;
    match now.class {
        class if is_keys_fault(class) => now.has_other_keys,
        // A fault of the moment: even the same key may do.
        ErrorClass::Network | ErrorClass::Truncated | ErrorClass::Malformed => may_retry_blameless,
        ErrorClass::Overloaded | ErrorClass::Timeout => may_retry_blameless && now.has_other_keys,
        _ => false,
    }
}

/// How long there is no use in asking again after a failure of `class` with this `hint`.
pub(crate) fn wait_asked_for(
    class: ErrorClass,
    hint: Option<Duration>,
    ladder: &RetryLadder,
) -> Option<Duration> {
    match class {
        ErrorClass::MoneyOut => ladder.rungs().last().copied(),
        ErrorClass::RateDay => hint.or(Some(DAY_LIMIT_REST)),
        _ => hint,
    }
}

/// Whether another key would have done better.
pub(crate) fn is_keys_fault(class: ErrorClass) -> bool {
    use ErrorClass::{InvalidKey, MoneyOut, NoPermission, RateDay, RateMinute};
    matches!(class, InvalidKey | NoPermission | MoneyOut | RateMinute | RateDay)
}

/// What the pool is told of the key of a call that failed without text. A key is blamed only for what is its
/// fault.
pub(crate) fn verdict(failure: &CallFailure, key_cooldown: Duration) -> Verdict {
    use Verdict::Rest as rest;
    let hint = failure.retry_after;
    match failure.class {
        ErrorClass::InvalidKey => Verdict::Revoked,
        ErrorClass::NoPermission => Verdict::NotPermitted,
        ErrorClass::RateMinute => rest(RestCause::Throttled, hint.unwrap_or(key_cooldown)),
        ErrorClass::RateDay => rest(RestCause::DayUsed, hint.unwrap_or(DAY_LIMIT_REST)),
        ErrorClass::MoneyOut => {
            rest(RestCause::MoneyOut, hint.unwrap_or_default().max(OUT_OF_MONEY_REST))
        }
        _ => Verdict::Silent,
    }
}

#[cfg(test)]
mod tests;
