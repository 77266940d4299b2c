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
        operator_token: settings.auth.ops_token.clone(),
        access_ttl: settings.auth.access_ttl,
        refresh_ttl: settings.auth.refresh_ttl,
        prompt_tokens: settings.limits.prompt_tokens,
        max_in_flight_per_user: settings.limits.max_in_flight,
        requests_per_minute: NonZeroU32::new(settings.limits.requests_per_minute)
            .context("USER_REQUESTS_PER_MINUTE must not be 0")?,
        rescue_everything_at_start: starts_empty,
        // A row does not change while its answer streams.
        streaming_overdue: settings.providers.total * 3,
        ..Config::new(jwt_secret, offer.catalog, offer.models)
    })
}
