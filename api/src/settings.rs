//! From the settings of a process to this service's configuration. Beside `main.rs` the only file
//! here that knows `boot`.

use std::{num::NonZeroU32, time::Duration};

use anyhow::Context;
use boot::config::ConfigErrors;
use domain::account::Registration;
use secrecy::SecretString;

use crate::config::{Config, LONGEST_ATTEMPT};

/// Whether `settings` are right for this service. Others are told less: where letters are handed in is none
/// of a worker's business, whoever makes accounts.
pub fn check(settings: &boot::config::Config) -> Result<(), ConfigErrors> {
    if settings.auth.registration == Registration::ByMail && settings.mail.is_none() {
        let allowed = "mail is allowed where MAIL_URL, MAIL_FROM and PUBLIC_URL are set; else open, closed or auto";
        return Err(ConfigErrors::of("REGISTRATION", allowed));
    }
    Ok(())
}

/// What `settings` say about this service. `starts_empty`: what was queued before is gone.
pub fn config(
    settings: &boot::config::Config,
    jwt_secret: SecretString,
    starts_empty: bool,
) -> anyhow::Result<Config> {
    check(settings)?;
    let offer = settings.providers.offer()?;
    Ok(Config {
        jwt_secret_previous: settings.auth.jwt_secret_previous.clone(),
        operator_token: settings.auth.ops_token.clone(),
        access_ttl: settings.auth.access_ttl,
        refresh_ttl: settings.auth.refresh_ttl,
        cors_origins: settings.http.cors_origins.clone(),
        trust_forwarded: settings.http.trust_forwarded,
        registration: settings.auth.registration,
        public_url: settings.http.public_url.clone(),
        guests: settings.auth.guests,
        rules: settings.rules.clone(),
        maxima: settings.providers.maxima.clone(),
        tries_per_minute: NonZeroU32::new(settings.auth.tries_per_minute)
            .context("AUTH_TRIES_PER_MINUTE must not be 0")?,
        tokens_per_day: settings.limits.tokens_per_day,
        streams_per_user: settings.limits.streams,
        streams_in_all: settings.limits.streams_in_all.unwrap_or_else(boot::files::for_streams),
        max_unsent: settings.limits.max_unsent,
        prompt_tokens: settings.limits.prompt_tokens,
        max_in_flight_per_user: settings.limits.max_in_flight,
        max_queued_per_user: settings.limits.max_queued,
        requests_per_second: NonZeroU32::new(settings.limits.requests_per_second)
            .context("USER_REQUESTS_PER_SECOND must not be 0")?,
        requests_per_minute: NonZeroU32::new(settings.limits.requests_per_minute)
            .context("USER_REQUESTS_PER_MINUTE must not be 0")?,
        rescue_everything_at_start: starts_empty,
        streaming_overdue: streaming_overdue(settings.providers.total),
        ..Config::new(jwt_secret, offer.catalog, offer.models)
    })
}

/// How long a row may stay as it is while its answer streams, where a call may take `total`. Calls that are longer than
/// most are not broken off.
fn streaming_overdue(total: Duration) -> Duration {
    (total * 3).max(LONGEST_ATTEMPT)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_attempt_is_taken_for_lost_while_its_worker_may_be_on_it() {
        for (total, expected) in [(1, 31), (10, 31), (11, 33), (60, 180)] {
            let overdue = streaming_overdue(Duration::from_mins(total));
            assert_eq!(overdue, Duration::from_mins(expected), "calls of {total} minutes");
        }
    }
}
