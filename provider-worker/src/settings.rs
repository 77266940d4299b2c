//! From the settings of a process to this service's configuration. Beside `main.rs` the only file
//! here that knows `boot`.

use boot::config::WithKeys;

use crate::config::{Config, Deadlines, Dialect, Limits, ProviderConfig};

/// What `settings` say about this service; operators know the worker as `name`.
#[must_use]
pub fn config(settings: &boot::config::Config, name: String) -> Config {
    let provider = |provider: WithKeys| with_deadlines(settings, provider);
    Config {
        worker: name,
        providers: settings.providers.with_keys().into_iter().map(provider).collect(),
        ladder: settings.worker.ladder.clone(),
        limits: Limits::default(),
        grace: settings.shutdown_grace,
    }
}

fn with_deadlines(settings: &boot::config::Config, provider: WithKeys) -> ProviderConfig {
    let waits = &settings.providers;
    ProviderConfig {
        name: provider.name,
        dialect: match provider.dialect {
            boot::config::Dialect::OpenAi => Dialect::OpenAi,
            boot::config::Dialect::Gemini => Dialect::Gemini,
            boot::config::Dialect::Anthropic => Dialect::Anthropic,
        },
        base_url: provider.base_url,
        keys: provider.keys,
        requests_per_minute: provider.requests_per_minute,
        key_cooldown: waits.keys_cooldown,
        deadlines: Deadlines {
            connect: waits.connect,
            first_token: waits.first_token,
            progress: waits.progress,
            total: waits.total,
            ..Deadlines::default()
        },
        concurrency: settings.worker.concurrency,
    }
}
