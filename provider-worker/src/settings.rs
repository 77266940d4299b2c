//! From the settings of a process to this service's configuration. Beside `main.rs` the only file
//! here that knows `boot`.

use boot::config::{LiveUrl, QueueUrl, WithKeys};

use crate::{
    config::{Config, Crowd, Deadlines, Dialect, Limits, ProviderConfig},
    reload::Reloads,
};

/// What `settings` say about this service; operators know the worker as `name`.
#[must_use]
pub fn config(settings: &boot::config::Config, name: String) -> Config {
    Config {
        worker: name,
        providers: providers(settings),
        ladder: settings.worker.ladder.clone(),
        limits: limits(settings),
        reloads: Reloads::default(),
        grace: settings.shutdown_grace,
    }
}

fn limits(settings: &boot::config::Config) -> Limits {
    let limits = Limits { crowd: crowd(&settings.urls.live), ..Limits::default() };
    match settings.urls.queue {
        QueueUrl::Memory => limits.unhurried(),
        QueueUrl::RabbitMq(_) => limits,
    }
}

fn crowd(live: &LiveUrl) -> Crowd {
    match live {
        LiveUrl::Memory => Crowd::NEAR,
        LiveUrl::Redis(_) => Crowd::FAR,
    }
}

/// The providers that `settings` name.
#[must_use]
pub fn providers(settings: &boot::config::Config) -> Vec<ProviderConfig> {
    let named = settings.providers.with_keys().into_iter();
    named.map(|provider| with_deadlines(settings, provider)).collect()
}

fn with_deadlines(settings: &boot::config::Config, provider: WithKeys) -> ProviderConfig {
    let common = &settings.providers;
    let first_token = provider.first_token.unwrap_or(common.first_token);
    let thinking = provider.first_token.unwrap_or(common.thinking.max(first_token));
    ProviderConfig {
        max_output: common.maxima.of_provider(&provider.name),
        name: provider.name,
        dialect: match provider.dialect {
            boot::config::Dialect::OpenAi => Dialect::OpenAi,
            boot::config::Dialect::Gemini => Dialect::Gemini,
            boot::config::Dialect::Anthropic => Dialect::Anthropic,
        },
        base_url: provider.base_url,
        usage_option: provider.usage_option,
        keys: provider.keys,
        limits: provider.limits,
        key_cooldown: common.keys_cooldown,
        deadlines: Deadlines {
            connect: common.connect,
            first_token,
            thinking,
            progress: common.progress,
            total: common.total,
            ..Deadlines::default()
        },
        concurrency: settings.worker.concurrency,
    }
}
