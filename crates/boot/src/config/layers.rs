//! The places values come from, laid over each other.

use std::{collections::BTreeMap, fs, path::Path};

use config::{ConfigError, File, FileFormat, Map, Source, Value};

use super::{
    catalogue::{SETTINGS, Setting, Shows, setting},
    problem::{ConfigErrors, Problem},
    providers::Asks,
};

/// The file read when `SLUICE_CONFIG` names none; it may be absent.
const DEFAULT_FILE: &str = "sluice.toml";

/// The values of all settings, each with its origin.
#[derive(Debug)]
pub struct Layers {
    values: BTreeMap<&'static str, Origin>,
    /// The tables `[provider.NAME]` of the file.
    providers: Map<String, Value>,
    /// The keys of those of which the environment has some, by the names of variables.
    keys: BTreeMap<String, String>,
    /// The table `[models]` of the file.
    models: Map<String, Value>,
    /// The tables `[price.NAME]` of the file.
    prices: Map<String, Value>,
    /// The tables `[limit.NAME]` of the file.
    limits: Map<String, Value>,
    /// The tables `[role.NAME]` of the file.
    roles: Map<String, Value>,
}

/// What the file calls its tables of providers.
const PROVIDER: &str = "provider";

/// What the file calls its tables of prices.
const PRICE: &str = "price";

/// What the file calls its tables of the limits of models.
const LIMIT: &str = "limit";

/// What the file calls its tables of roles.
const ROLE: &str = "role";

/// What the file calls its table of chains of models.
const MODELS: &str = "models";

/// A value and where it came from.
#[derive(Debug, Clone)]
pub struct Origin {
    /// As it was written.
    pub value: String,
    /// The flag, the variable, the file, or `default`.
    pub from: String,
}

impl Layers {
    /// Lays flags over environment over file over defaults. Who `asks` nobody has no file of keys opened.
    pub(super) fn collect(
        flags: BTreeMap<String, String>,
        environment: BTreeMap<String, String>,
        asks: Asks,
    ) -> Result<Self, ConfigErrors> {
        let environment = with_secret_files(environment, asks)?;
        let own_keys = environment.clone();
        let mut builder = config::Config::builder().add_source(defaults());
        if let Some(file) = file(&environment) {
            builder = builder.add_source(file);
        }
        let layered = builder
            .add_source(Layer::new("environment", environment))
            .add_source(Layer::new("flag", flags))
            .build()
            .map_err(|error| ConfigErrors::of("the configuration file", &unquoted(&error)))?;
        let mut cache = layered.cache.into_table().unwrap_or_default();
        let providers = table(&mut cache, PROVIDER, "must be tables, such as [provider.groq]")?;
        let keys = match asks {
            Asks::Providers => own_keys_of(&providers, &own_keys)?,
            Asks::Nobody => BTreeMap::new(),
        };
        let models = table(&mut cache, MODELS, "must be a table of lists of models")?;
        let prices =
            table(&mut cache, PRICE, "must be tables, such as [price.\"openai/gpt-4o-mini\"]")?;
        let limits =
            table(&mut cache, LIMIT, "must be tables, such as [limit.\"openai/gpt-4o-mini\"]")?;
        let roles = table(&mut cache, ROLE, "must be tables, such as [role.guest]")?;
        refuse_unknown(&cache)?;
        let mut values = BTreeMap::new();
        for setting in SETTINGS {
            let Some(value) = cache.get(&setting.name.to_lowercase()) else { continue };
            values.insert(setting.name, origin(setting, value)?);
        }
        Ok(Self { values, providers, keys, models, prices, limits, roles })
    }

    /// The value of a setting, and where it came from.
    pub fn get(&self, name: &str) -> Option<&Origin> {
        self.values.get(name)
    }

    /// The file's tables of providers, by name.
    pub fn providers(&self) -> &Map<String, Value> {
        &self.providers
    }

    /// The variable with the keys of a provider of the file, and its text, if the environment has it.
    pub fn keys_of(&self, provider: &str) -> Option<(&str, &str)> {
        let (name, text) = self.keys.get_key_value(&variable_of_keys(provider))?;
        Some((name, text))
    }

    /// The keys that the environment has of providers of the file, by the names of variables.
    pub fn keys(&self) -> &BTreeMap<String, String> {
        &self.keys
    }

    /// The file's tables of prices, by the names of models.
    pub fn prices(&self) -> &Map<String, Value> {
        &self.prices
    }

    /// The file's tables of the limits of models, by the names of those.
    pub fn limits(&self) -> &Map<String, Value> {
        &self.limits
    }

    /// The file's tables of roles, by name.
    pub fn roles(&self) -> &Map<String, Value> {
        &self.roles
    }

    /// The file's chains of models, by name.
    pub fn models(&self) -> &Map<String, Value> {
        &self.models
    }
}

/// How the names of settings end that hold keys of providers.
const OF_KEYS: &str = "_API_KEYS";

/// The variable of the environment that holds the keys of a provider called `name`.
pub fn variable_of_keys(name: &str) -> String {
    format!("{}{OF_KEYS}", name.to_uppercase().replace('-', "_"))
}

/// What the environment has of keys of the `providers` of the file, some of which have no setting for them.
fn own_keys_of(
    providers: &Map<String, Value>,
    environment: &BTreeMap<String, String>,
) -> Result<BTreeMap<String, String>, ConfigErrors> {
    let mut keys = BTreeMap::new();
    for variable in providers.keys().map(|name| variable_of_keys(name)) {
        if let Some(text) = secret_of(&variable, environment)? {
            keys.insert(variable, text);
        }
    }
    Ok(keys)
}

fn table(
    cache: &mut Map<String, Value>,
    name: &str,
    allowed: &str,
) -> Result<Map<String, Value>, ConfigErrors> {
    let Some(table) = cache.remove(name) else { return Ok(Map::new()) };
    table.into_table().map_err(|_| ConfigErrors::of(name, allowed))
}

fn origin(setting: &Setting, value: &Value) -> Result<Origin, ConfigErrors> {
    let from = value.origin().unwrap_or("the configuration file").to_owned();
    let text = match value.clone().into_array() {
        // Lists may be written as lists in the file.
        Ok(items) if !matches!(value.kind, config::ValueKind::String(_)) => {
            let items: Result<Vec<_>, _> = items.into_iter().map(Value::into_string).collect();
            items.map(|items| items.join(","))
        }
        _ => value.clone().into_string(),
    };
    let value = text.map_err(|_| ConfigErrors::of(setting.name, setting.allowed))?;
    Ok(Origin { value, from })
}

/// What is wrong with the file, without the lines of it that the error quotes: they may hold keys.
fn unquoted(error: &ConfigError) -> String {
    let text = error.to_string();
    let lines = text.lines().filter(|line| !line.contains('|'));
    lines.collect::<Vec<_>>().join(" ")
}

/// Refuses names in the file that mean nothing: most of them are spelling mistakes.
fn refuse_unknown(cache: &Map<String, Value>) -> Result<(), ConfigErrors> {
    let problem = |(name, value): (&String, &Value)| {
        let allowed = wrong_name(name)?;
        let from = value.origin().unwrap_or_default().to_owned();
        Some(Problem { name: name.clone(), value: None, from, allowed })
    };
    let problems: Vec<Problem> = cache.iter().filter_map(problem).collect();
    if problems.is_empty() { Ok(()) } else { Err(ConfigErrors(problems)) }
}

/// What is wrong with the name of a setting in the file, if anything is.
fn wrong_name(name: &str) -> Option<String> {
    let lower = name.to_lowercase();
    match setting(name) {
        Some(_) if lower == name => None,
        Some(_) => Some(format!("in the file it is written in lower case: {lower}")),
        None => Some("there is no such setting; `sluice config show` lists them".to_owned()),
    }
}

fn file(
    environment: &BTreeMap<String, String>,
) -> Option<File<config::FileSourceFile, FileFormat>> {
    match environment.get("SLUICE_CONFIG").filter(|path| !path.is_empty()) {
        Some(path) => Some(File::new(path, FileFormat::Toml)),
        None => Path::new(DEFAULT_FILE).exists().then(|| File::new(DEFAULT_FILE, FileFormat::Toml)),
    }
}

/// Puts the content of the file named by `<SECRET>_FILE` in the place of `<SECRET>`.
fn with_secret_files(
    mut environment: BTreeMap<String, String>,
    asks: Asks,
) -> Result<BTreeMap<String, String>, ConfigErrors> {
    let is_read = |setting: &&Setting| {
        let is_needed = asks == Asks::Providers || !setting.name.ends_with(OF_KEYS);
        setting.shown != Shows::Everything && is_needed
    };
    for setting in SETTINGS.iter().filter(is_read) {
        if let Some(text) = secret_of(setting.name, &environment)? {
            environment.insert(setting.name.to_owned(), text);
        }
    }
    Ok(environment)
}

/// The secret called `name`: what stands in the file that `<name>_FILE` names, or else in the environment.
fn secret_of(
    name: &str,
    environment: &BTreeMap<String, String>,
) -> Result<Option<String>, ConfigErrors> {
    let variable = format!("{name}_FILE");
    let Some(path) = environment.get(&variable).filter(|path| !path.is_empty()) else {
        return Ok(environment.get(name).cloned());
    };
    let content = fs::read_to_string(path).map_err(|error| {
        ConfigErrors::of(&variable, &format!("a file that can be read; {path}: {error}"))
    })?;
    Ok(Some(content.trim().to_owned()))
}

fn defaults() -> Layer {
    let entries =
        SETTINGS.iter().map(|setting| (setting.name.to_owned(), setting.default.to_owned()));
    Layer::new("default", entries.collect())
}

/// Values of one origin. Names that are no settings are left out: the environment is full of them.
#[derive(Debug, Clone)]
struct Layer {
    from: &'static str,
    entries: BTreeMap<String, String>,
}

impl Layer {
    fn new(from: &'static str, entries: BTreeMap<String, String>) -> Self {
        Self { from, entries }
    }
}

impl Source for Layer {
    fn clone_into_box(&self) -> Box<dyn Source + Send + Sync> {
        Box::new(self.clone())
    }

    fn collect(&self) -> Result<Map<String, Value>, ConfigError> {
        // An empty variable is an unset one, as compose files leave them.
        let given = |value: &str| self.from == "default" || !value.trim().is_empty();
        let known = self.entries.iter().filter(|(name, value)| {
            given(value) && SETTINGS.iter().any(|setting| setting.name == name.as_str())
        });
        let from = self.from.to_owned();
        let entry = |(name, value): (&String, &String)| {
            (name.to_lowercase(), Value::new(Some(&from), value.as_str()))
        };
        Ok(known.map(entry).collect())
    }
}
