//! Who answers: the providers with their keys, and the models a request may name.

mod chains;
mod keys;
mod known;
mod limits;
mod maxima;
mod prices;
mod table;
mod unused;
mod value;

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::RangeInclusive,
    time::Duration,
};

use anyhow::Context;
use domain::{
    key::SharedLimit,
    maxima::Maxima,
    model::{Catalog, ModelRef, ProviderName},
    price::Prices,
};
use ports::provider::ProviderKey;
use secrecy::SecretString;
use url::Url;

use super::reader::Reader;
use known::{KNOWN, Known};
pub(super) use value::{keys as keys_in_text, word};

/// The keys of the simulated provider: several, so that rotation can be watched.
const SIMULATED_KEYS: [&str; 3] = ["sim-1", "sim-2", "sim-3"];

/// Whom a process asks for answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Asks {
    /// Every provider that it has keys of.
    Providers,
    /// Nobody: it needs no keys, and has none.
    Nobody,
}

/// Who answers.
#[derive(Debug, Clone)]
pub struct Providers {
    /// Those that this process has keys of, the simulated one apart.
    pub configured: Vec<WithKeys>,
    /// Answers when a request names no model.
    pub default_model: Option<String>,
    /// Which providers requests may name; none: those with keys here.
    pub named: Vec<ProviderName>,
    /// Names for chains of models, of which the next is asked when one cannot answer.
    pub chains: BTreeMap<String, Vec<ModelRef>>,
    /// What tokens cost.
    pub prices: Prices,
    /// How long the answers of models can be.
    pub maxima: Maxima,
    /// Whether the simulated provider answers.
    pub simulated: bool,
    /// Where it is, if not inside this process.
    pub simulated_base_url: Option<String>,
    /// How long a refused key rests.
    pub keys_cooldown: Duration,
    /// How long to wait for a connection.
    pub connect: Duration,
    /// How long to wait for the first token.
    pub first_token: Duration,
    /// The same for models that are known to think before they say anything, if it is longer.
    pub thinking: Duration,
    /// How long to wait for the next token.
    pub progress: Duration,
    /// How long one answer may take; a broker's own limit holds as well.
    pub total: Duration,
}

/// How a provider is spoken to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// Chat completions.
    OpenAi,
    /// Google's generative language API.
    Gemini,
    /// Anthropic's Messages.
    Anthropic,
}

/// One provider that this process has keys of.
#[derive(Debug, Clone)]
pub struct WithKeys {
    /// Its name.
    pub name: ProviderName,
    /// How it is spoken to.
    pub dialect: Dialect,
    /// Where it is.
    pub base_url: String,
    /// Whether it is asked, with an option of the dialect of `OpenAI`, to tell what an answer has cost; unset, as is
    /// known of its host.
    pub usage_option: Option<bool>,
    /// How long to wait for its first token, whichever model is asked; unset, as for any provider.
    pub first_token: Option<Duration>,
    /// Its keys.
    pub keys: Vec<ProviderKey>,
    /// What keys may use beside their own limits.
    pub limits: Vec<SharedLimit>,
}

/// What a request may ask for.
#[derive(Debug, Clone)]
pub struct Offer {
    /// How names are read.
    pub catalog: Catalog,
    /// The models in the list.
    pub models: Vec<ModelRef>,
}

impl Providers {
    /// The providers that this process has keys of.
    #[must_use]
    pub fn with_keys(&self) -> Vec<WithKeys> {
        let base_url = self.simulated_base_url.clone().filter(|_| self.simulated);
        let simulated = base_url.map(|base_url| WithKeys {
            name: simulated(),
            dialect: Dialect::OpenAi,
            base_url,
            usage_option: None,
            first_token: None,
            keys: SIMULATED_KEYS.map(|key| SecretString::from(key).into()).to_vec(),
            limits: Vec::new(),
        });
        self.configured.iter().cloned().chain(simulated).collect()
    }

    /// The providers whose keys have a setting of their own, which is empty.
    pub fn without_keys(&self) -> impl Iterator<Item = &'static str> {
        let has_keys = |name: &str| self.configured.iter().any(|one| one.name.as_str() == name);
        KNOWN.iter().map(|known| known.name).filter(move |name| !has_keys(name))
    }

    /// What requests may ask for.
    pub fn offer(&self) -> anyhow::Result<Offer> {
        let names = if self.named.is_empty() {
            self.with_keys().into_iter().map(|provider| provider.name).collect()
        } else {
            self.named.clone()
        };
        let default = self.default_model(&names)?;
        let models = models(&default, &names);
        for (chain, model) in
            self.chains.iter().flat_map(|(name, all)| all.iter().map(move |one| (name, one)))
        {
            let provider = &model.provider;
            anyhow::ensure!(
                names.contains(provider),
                "models.{chain}: provider {provider} has no keys here, and is not in PROVIDERS"
            );
        }
        let catalog = Catalog::new(default, names).with_chains(self.chains.clone());
        Ok(Offer { catalog, models })
    }

    fn default_model(&self, names: &[ProviderName]) -> anyhow::Result<ModelRef> {
        let first = names.first().context(
            "no provider: set OPENAI_API_KEYS, GEMINI_API_KEYS, ANTHROPIC_API_KEYS, PROVIDERS, or \
             SIMULATED_PROVIDER=true",
        )?;
        let of_first = |model: &str| ModelRef { provider: first.clone(), model: model.to_owned() };
        let Some(wish) = self.default_model.as_deref() else { return usual_model(names) };
        match Catalog::new(of_first(""), names.to_vec()).resolve(Some(wish)) {
            Ok(model) => Ok(model),
            // A name of no known family belongs to the only provider there is.
            Err(_) if names.len() == 1 => Ok(of_first(wish)),
            Err(unknown) => Err(unknown).with_context(|| format!("DEFAULT_MODEL={wish:?}")),
        }
    }
}

fn simulated() -> ProviderName {
    ProviderName::parse("simulated").expect("a name as the rule wants it")
}

/// The usual model of the first of `names` that has one.
fn usual_model(names: &[ProviderName]) -> anyhow::Result<ModelRef> {
    let usual = names.iter().find_map(|name| usual_models(name).next());
    usual.with_context(|| {
        let names: Vec<_> = names.iter().map(ProviderName::as_str).collect();
        let (first, all) = (names.first().copied().unwrap_or_default(), names.join(", "));
        format!("DEFAULT_MODEL is missing, such as {first}/MODEL: no usual model of {all} is known")
    })
}

/// The models of a provider that are offered unasked, the usual one first.
fn usual_models(name: &ProviderName) -> impl Iterator<Item = ModelRef> {
    let known = Known::named(name.as_str()).map(|known| known.usual_model);
    let simulated = ["sim-demo", "sim-echo"].into_iter().filter(|_| *name == simulated());
    let models = known.into_iter().chain(simulated);
    models.map(|model| ModelRef { provider: name.clone(), model: model.to_owned() })
}

/// The default, and the usual models of every provider.
fn models(default: &ModelRef, names: &[ProviderName]) -> Vec<ModelRef> {
    let usual = names.iter().flat_map(usual_models);
    let others = usual.filter(|model| model != default);
    std::iter::once(default.clone()).chain(others).collect()
}

pub(super) fn read(reader: &Reader<'_>, asks: Asks) -> Providers {
    let per_minute = number(reader, "KEYS_MAX_PER_MINUTE", 1..=100_000);
    let configured = match asks {
        Asks::Providers => table::read(reader, per_minute),
        Asks::Nobody => Vec::new(),
    };
    let mut named: Vec<_> = reader.parse("PROVIDERS", |text| {
        let names = text.split(',').map(str::trim).filter(|name| !name.is_empty());
        let mut names: Vec<_> = names.map(ProviderName::parse).collect::<Result<_, _>>().ok()?;
        let mut seen = BTreeSet::new();
        names.retain(|name| seen.insert(name.clone()));
        Some(names)
    });
    let simulated = reader.parse("SIMULATED_PROVIDER", |text| match text {
        "auto" if asks == Asks::Providers => Some(configured.is_empty()),
        // As those that ask have it, as far as can be told without their keys.
        "auto" => Some(named.iter().all(|name| *name == self::simulated())),
        "true" => Some(true),
        "false" => Some(false),
        _ => None,
    });
    if asks == Asks::Nobody && !simulated {
        named.retain(|name| *name != self::simulated());
    }
    Providers {
        configured,
        default_model: Some(reader.text("DEFAULT_MODEL")).filter(|model| !model.is_empty()),
        named,
        chains: chains::read(reader),
        prices: prices::read(reader),
        maxima: maxima::read(reader),
        simulated,
        simulated_base_url: reader.parse("SIMULATED_BASE_URL", |text| match text {
            "" => Some(None),
            _ => base_url(text).map(Some),
        }),
        keys_cooldown: reader.seconds("KEYS_COOLDOWN_SECONDS", 1..=86_400),
        connect: reader.seconds("PROVIDER_CONNECT_SECONDS", 1..=3600),
        first_token: reader.seconds("PROVIDER_FIRST_TOKEN_SECONDS", 1..=3600),
        thinking: reader.seconds("PROVIDER_THINKING_SECONDS", 1..=3600),
        progress: reader.seconds("PROVIDER_PROGRESS_SECONDS", 1..=3600),
        total: reader.seconds("PROVIDER_TOTAL_SECONDS", 1..=86_400),
    }
}

/// Where a provider is. Whoever has to sign in there does so with a key: what stands in an address is
/// shown and logged.
fn base_url(text: &str) -> Option<String> {
    let url = Url::parse(text).ok()?;
    let names_a_server = matches!(url.scheme(), "http" | "https") && url.has_host();
    let has_account = !url.username().is_empty() || url.password().is_some();
    let ends_with_path = url.query().is_none() && url.fragment().is_none();
    let fits = names_a_server && !has_account && ends_with_path;
    fits.then(|| text.trim_end_matches('/').to_owned())
}

/// What keys in a setting must be: a key travels in a header, which takes visible ASCII only.
const KEYS: &str = "must be keys of visible ASCII, separated by commas";

fn keys_in(reader: &Reader<'_>, name: &'static str) -> Vec<SecretString> {
    let text = reader.text(name);
    value::keys(&text).unwrap_or_else(|| {
        reader.refuse(name, Some(KEYS.to_owned()));
        Vec::new()
    })
}

/// The keys of a provider of the file that its variable in the environment names.
fn keys_of_own(reader: &Reader<'_>, name: &str) -> Vec<SecretString> {
    let Some((variable, text)) = reader.keys_of(name) else { return Vec::new() };
    value::keys(text).unwrap_or_else(|| {
        reader.refuse_in_table(variable.to_owned(), Some("environment"), KEYS);
        Vec::new()
    })
}

pub(super) fn number(reader: &Reader<'_>, name: &'static str, bounds: RangeInclusive<u64>) -> u32 {
    u32::try_from(reader.number(name, bounds)).expect("every bound given here fits into 32 bits")
}
