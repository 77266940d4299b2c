//! From the settings of a process to this service's configuration. Beside `main.rs` the only file
//! here that knows `boot`.

use std::num::NonZeroU32;

use anyhow::Context;
use secrecy::SecretString;

use crate::config::Config;

/// What `settings` say about this service. `starts_empty`: what was queued before is gone.
pub fn config(
    settings: &boot::config::Config,
    jwt_secret: SecretString,
    starts_empty: bool,
) -> anyhow::Result<Config> {
    let offer = settings.providers.offer()?;
    Ok(Config {
        jwt_secret_previous: settings.auth.jwt_secret_previous.clone(),
        operator_token: settings.auth.ops_token.clone(),
        access_ttl: settings.auth.access_ttl,
        refresh_ttl: settings.auth.refresh_ttl,
        cors_origins: settings.http.cors_origins.clone(),
        trust_forwarded: settings.http.trust_forwarded,
        registration: settings.auth.registration,
        guests: settings.auth.guests,
        rules: settings.rules.clone(),
        maxima: settings.providers.maxima.clone(),
        tries_per_minute: NonZeroU32::new(settings.auth.tries_per_minute)
            .context("AUTH_TRIES_PER_MINUTE must not be 0")?,
        tokens_per_day: settings.limits.tokens_per_day,
        streams_per_user: settings.limits.streams,
        prompt_tokens: settings.limits.prompt_tokens,
        max_in_flight_per_user: settings.limits.max_in_flight,
        max_queued_per_user: settings.limits.max_queued,
        requests_per_second: NonZeroU32::new(settings.limits.requests_per_second)
            .context("USER_REQUESTS_PER_SECOND must not be 0")?,
        requests_per_minute: NonZeroU32::new(settings.limits.requests_per_minute)
            .context("USER_REQUESTS_PER_MINUTE must not be 0")?,
        rescue_everything_at_start: starts_empty,
        // A row does not change while its answer streams.
        streaming_overdue: settings.providers.total * 3,
        ..Config::new(jwt_secret, offer.catalog, offer.models)
    })
}
