//! From the settings of a process to this service's configuration. Beside `main.rs` the only file
//! here that knows `boot`.

use boot::config::{KeySettings, WithKeys};

use crate::config::{Config, Deadlines, Dialect, KeyConfig, Limits, ProviderConfig};

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
        keys: provider.keys.into_iter().map(key).collect(),
        limits: provider.limits,
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

fn key(settings: KeySettings) -> KeyConfig {
    let KeySettings { secret, weight, group, uses, concurrency, proxy } = settings;
    KeyConfig { secret, weight, group, uses, concurrency, proxy }
}
