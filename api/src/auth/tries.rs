//! How often passwords may be tried: the more of them were wrong, the longer the wait.
//!
//! Whoever comes from one address has few tries on one account, more on all accounts together; and all addresses
//! together have no more on one account, or whoever has many addresses could go on without end. A device on which
//! the account was signed in to before is counted by itself, and with others of its kind: whatever others do who never
//! knew the password, from wherever they do it, its owner gets in.

use std::{num::NonZeroU32, time::Duration};

use axum::http::HeaderMap;
use domain::{email::Email, time::Timestamp};

use super::{HangsOn, Pass, cookie::device_cookie_value, device::Known};
use crate::{
    app::App,
    error::ApiError,
    extract::ClientAddress,
    quota::{self, Quota},
};

/// How many times as many passwords all accounts, or all addresses, have together as one account from one
/// address: people share addresses.
const TOGETHER: NonZeroU32 = NonZeroU32::new(10).expect("10 is not zero");

/// What callers are told of the quotas for a minute, an hour and a day.
type Names = [&'static str; 3];

const HERE: Names = ["sign-ins", "sign-ins-per-hour", "sign-ins-per-day"];
const FROM: Names = ["sign-ins-from", "sign-ins-from-per-hour", "sign-ins-from-per-day"];
const ANYWHERE: Names = ["sign-ins-of", "sign-ins-of-per-hour", "sign-ins-of-per-day"];
const DEVICE: Names = ["sign-ins-on", "sign-ins-on-per-hour", "sign-ins-on-per-day"];
const DEVICES: Names =
    ["sign-ins-on-devices", "sign-ins-on-devices-per-hour", "sign-ins-on-devices-per-day"];
const SIGNED_IN: Names = ["passwords", "passwords-per-hour", "passwords-per-day"];

/// Counts one more password that somebody tries who wants to sign in by one of these `names`, be there such an
/// account or not; too often is an error that says for how long.
pub(crate) async fn count_try(
    app: &App,
    headers: &HeaderMap,
    from: ClientAddress,
    names: &[Email],
    at: Timestamp,
) -> Result<(), ApiError> {
    let few = app.config.tries_per_minute;
    let many = few.saturating_mul(TOGETHER);
    for name in names {
        let Some(known) = known_device(app, headers, name, at) else { continue };
        climb(app, DEVICE, &known.device.bucket(), few, at).await?;
        let account = app.ports.accounts.by_email(name).await?;
        if account.is_some_and(|account| known.is_of(&account)) {
            return climb(app, DEVICES, &format!("known {name}"), many, at).await;
        }
    }
    // That in which all ways to write it are the same.
    let Some(email) = names.last() else { return Ok(()) };
    let from = from.bucket();
    // What is refused by one is not counted by the next: who tries on and on from one address uses up nothing
    // of what all of them have.
    // An address stands last: what begins with a brace of somebody's choice would not lie together in a cluster.
    climb(app, HERE, &format!("{from} {email}"), few, at).await?;
    climb(app, FROM, &from, many, at).await?;
    climb(app, ANYWHERE, &format!("of {email}"), many, at).await
}

/// Counts one more password that somebody tries who has signed in: each sign-in by itself.
pub(crate) async fn count_own_try(app: &App, pass: Pass, at: Timestamp) -> Result<(), ApiError> {
    let who = match pass.hangs_on {
        HangsOn::SignIn(family) | HangsOn::Brief(family) => family.to_string(),
        HangsOn::Key(_) | HangsOn::Account => pass.user.to_string(),
    };
    climb(app, SIGNED_IN, &who, app.config.tries_per_minute, at).await
}

/// The device that the request comes from, if the account called `email` was signed in to on it not long ago, perhaps by
/// another password.
pub(super) fn known_device(
    app: &App,
    headers: &HeaderMap,
    email: &Email,
    at: Timestamp,
) -> Option<Known> {
    app.devices.known(device_cookie_value(app, headers)?, email, at)
}

/// At once, so that a sign-in does not wait three times where nobody answers, and what one refuses is counted in none.
async fn climb(
    app: &App,
    names: Names,
    who: &str,
    times: NonZeroU32,
    at: Timestamp,
) -> Result<(), ApiError> {
    let [minute, hour, day] = rungs(times);
    let [in_minute, in_hour, in_day] = names;
    let buckets = [(in_minute, minute), (in_hour, hour), (in_day, day)];
    quota::check_all(app, who, &buckets, at).await
}

/// Where `times` are allowed in a minute, how many are in a minute, an hour and a day. Right passwords count as well, so
/// a program that signs in every five minutes has to fit in.
fn rungs(times: NonZeroU32) -> [Quota; 3] {
    const MINUTE: Duration = Duration::from_mins(1);
    [(1, MINUTE), (6, MINUTE * 60), (30, MINUTE * 60 * 24)].map(|(factor, per)| Quota {
        times: times.saturating_mul(NonZeroU32::new(factor).expect("no factor is zero")),
        per,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Security case 21.
    #[test]
    fn the_more_were_tried_the_longer_is_the_wait() {
        let rungs = rungs(NonZeroU32::new(10).unwrap());
        let times: Vec<u32> = rungs.iter().map(|quota| quota.times.get()).collect();
        assert_eq!(times, [10, 60, 300]);
        let waits: Vec<u64> =
            rungs.iter().map(|quota| (quota.per / quota.times.get()).as_secs()).collect();
        assert_eq!(waits, [6, 60, 288]);
    }
}
