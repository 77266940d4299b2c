//! Who answers: from settings to the worker's providers and the caller's models.

use anyhow::{Context, bail};
use boot::config::{Config, Providers};
use domain::model::{Catalog, ModelRef, ProviderName};
use provider_worker::{Deadlines, Dialect, ProviderConfig};
use secrecy::SecretString;

/// The keys of the simulated provider: several, so that rotation can be watched.
const SIMULATED_KEYS: [&str; 3] = ["sim-1", "sim-2", "sim-3"];

/// Who answers.
pub struct Answering {
    /// For the worker.
    pub providers: Vec<ProviderConfig>,
    /// For the api.
    pub catalog: Catalog,
    /// The models offered in the list.
    pub models: Vec<ModelRef>,
    /// For the banner.
    pub phrases: Vec<String>,
}

/// Puts together who answers; `simulated` is where the simulated provider is, if it runs.
pub fn answering(config: &Config, simulated: Option<&str>) -> anyhow::Result<Answering> {
    let settings = &config.providers;
    let mut providers = Vec::new();
    if !settings.openai_keys.is_empty() {
        let limit = Some(settings.keys_max_per_minute);
        let keys = settings.openai_keys.clone();
        providers.push(provider(config, "openai", &settings.openai_base_url, keys, limit)?);
    }
    if let Some(base_url) = simulated {
        let keys = SIMULATED_KEYS.map(SecretString::from).to_vec();
        providers.push(provider(config, "simulated", base_url, keys, None)?);
    }
    let default = default_model(settings, &providers)?;
    let names = providers.iter().map(|provider| provider.name.clone()).collect();
    Ok(Answering {
        models: models(&default, simulated.is_some())?,
        catalog: Catalog::new(default, names),
        phrases: phrases(settings),
        providers,
    })
}

fn provider(
    config: &Config,
    name: &str,
    base_url: &str,
    keys: Vec<SecretString>,
    requests_per_minute: Option<u32>,
) -> anyhow::Result<ProviderConfig> {
    let settings = &config.providers;
    Ok(ProviderConfig {
        name: ProviderName::parse(name)?,
        dialect: Dialect::OpenAi,
        base_url: base_url.to_owned(),
        keys,
        requests_per_minute,
        key_cooldown: settings.keys_cooldown,
        deadlines: Deadlines {
            connect: settings.connect,
            first_token: settings.first_token,
            progress: settings.progress,
            total: settings.total,
            ..Deadlines::default()
        },
        concurrency: config.worker.concurrency,
    })
}

fn default_model(settings: &Providers, providers: &[ProviderConfig]) -> anyhow::Result<ModelRef> {
    let Some(first) = providers.first() else {
        bail!("no provider: set OPENAI_API_KEYS, or SIMULATED_PROVIDER=true");
    };
    let usual = if settings.openai_keys.is_empty() { "sim-demo" } else { "gpt-4o-mini" };
    let Some(wish) = settings.default_model.as_deref() else {
        return Ok(ModelRef { provider: first.name.clone(), model: usual.to_owned() });
    };
    let names: Vec<ProviderName> = providers.iter().map(|provider| provider.name.clone()).collect();
    let any = ModelRef { provider: first.name.clone(), model: String::new() };
    match Catalog::new(any.clone(), names).resolve(Some(wish)) {
        Ok(model) => Ok(model),
        // A name of no known family belongs to the only provider there is.
        Err(_) if providers.len() == 1 => Ok(ModelRef { model: wish.to_owned(), ..any }),
        Err(unknown) => Err(unknown).with_context(|| format!("DEFAULT_MODEL={wish:?}")),
    }
}

fn models(default: &ModelRef, simulated: bool) -> anyhow::Result<Vec<ModelRef>> {
    let mut models = vec![default.clone()];
    for model in ["sim-demo", "sim-echo"].into_iter().filter(|_| simulated) {
        let model =
            ModelRef { provider: ProviderName::parse("simulated")?, model: model.to_owned() };
        if !models.contains(&model) {
            models.push(model);
        }
    }
    Ok(models)
}

fn phrases(settings: &Providers) -> Vec<String> {
    let openai = match settings.openai_keys.len() {
        0 => "openai: no keys   → set OPENAI_API_KEYS and restart".to_owned(),
        1 => format!("openai ✓ 1 key at {}", settings.openai_base_url),
        keys => format!("openai ✓ {keys} keys at {}", settings.openai_base_url),
    };
    let simulated = settings.simulated.then(|| "simulated ✓".to_owned());
    simulated.into_iter().chain([openai]).collect()
}
