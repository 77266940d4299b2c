//! Reading typed values, collecting every mistake on the way.

use std::{cell::RefCell, time::Duration};

use secrecy::SecretString;

use super::{
    catalogue::{Shows, setting},
    layers::Layers,
    problem::{ConfigErrors, Problem},
};

/// Reads values by name. A wrong one is noted, and its default is read in its place.
pub struct Reader<'a> {
    layers: &'a Layers,
    problems: RefCell<Vec<Problem>>,
}

impl<'a> Reader<'a> {
    pub fn new(layers: &'a Layers) -> Self {
        Self { layers, problems: RefCell::default() }
    }

    /// `config`, if nothing was wrong.
    pub fn finish<T>(self, config: T) -> Result<T, ConfigErrors> {
        let problems = self.problems.into_inner();
        if problems.is_empty() { Ok(config) } else { Err(ConfigErrors(problems)) }
    }

    /// The text of a setting; empty when it has none.
    pub fn text(&self, name: &'static str) -> String {
        self.layers.get(name).map(|origin| origin.value.trim().to_owned()).unwrap_or_default()
    }

    /// Whether nobody has said anything else.
    pub fn is_default(&self, name: &'static str) -> bool {
        self.layers.get(name).is_none_or(|origin| origin.from == "default")
    }

    /// The text of a secret setting, if it has one.
    pub fn secret(&self, name: &'static str) -> Option<SecretString> {
        Some(self.text(name)).filter(|text| !text.is_empty()).map(SecretString::from)
    }

    /// What `parse` makes of the text of a setting.
    ///
    /// The default of a setting must parse; a test reads all of them.
    pub fn parse<T>(&self, name: &'static str, parse: impl Fn(&str) -> Option<T>) -> T {
        parse(&self.text(name)).unwrap_or_else(|| {
            self.refuse(name, None);
            let default = setting(name).map_or("", |setting| setting.default);
            parse(default).expect("defaults are read by a test")
        })
    }

    /// A number within bounds.
    pub fn number(&self, name: &'static str, bounds: std::ops::RangeInclusive<u64>) -> u64 {
        self.parse(name, |text| text.parse().ok().filter(|number| bounds.contains(number)))
    }

    /// A number of seconds within bounds.
    pub fn seconds(&self, name: &'static str, bounds: std::ops::RangeInclusive<u64>) -> Duration {
        Duration::from_secs(self.number(name, bounds))
    }

    /// The file's tables of providers, by name.
    pub fn provider_tables(&self) -> &'a config::Map<String, config::Value> {
        self.layers.providers()
    }

    /// The variable of the environment with the keys of a provider of the file, and its text, if there is one.
    pub fn keys_of(&self, provider: &str) -> Option<(&'a str, &'a str)> {
        self.layers.keys_of(provider)
    }

    /// The file's tables of prices, by the names of models.
    pub fn prices(&self) -> &'a config::Map<String, config::Value> {
        self.layers.prices()
    }

    /// The file's tables of the limits of models, by the names of those.
    pub fn limits(&self) -> &'a config::Map<String, config::Value> {
        self.layers.limits()
    }

    /// The file's tables of roles, by name.
    pub fn roles(&self) -> &'a config::Map<String, config::Value> {
        self.layers.roles()
    }

    /// The file's chains of models, by name.
    pub fn models(&self) -> &'a config::Map<String, config::Value> {
        self.layers.models()
    }

    /// Notes that something in a table of the file is wrong. Its value may be a secret and is not shown.
    pub fn refuse_in_table(&self, name: String, from: Option<&str>, allowed: &str) {
        let (from, allowed) = (from.unwrap_or_default().to_owned(), allowed.to_owned());
        self.problems.borrow_mut().push(Problem { name, value: None, from, allowed });
    }

    /// Notes that a setting is wrong; `allowed` says more than the catalogue does.
    pub fn refuse(&self, name: &'static str, allowed: Option<String>) {
        let setting = setting(name).expect("only settings of the catalogue are read");
        let origin = self.layers.get(name);
        let allowed = allowed.unwrap_or_else(|| format!("must be {}", setting.allowed));
        let is_url = matches!(setting.shown, Shows::NoPassword | Shows::NoAccount);
        let unescaped = origin.filter(|origin| is_url && is_unescaped(&origin.value));
        self.problems.borrow_mut().push(Problem {
            name: name.to_owned(),
            value: origin
                .filter(|_| setting.shown != Shows::Nothing)
                .map(|origin| setting.shown(&origin.value)),
            from: origin.map(|origin| origin.from.clone()).unwrap_or_default(),
            allowed: if unescaped.is_some() { allowed + ESCAPES } else { allowed },
        });
    }
}

/// How a password is written in a URL.
const ESCAPES: &str =
    "; in names and passwords write % as %25, / as %2F, ? as %3F, # as %23, @ as %40, : as %3A";

/// Whether `url` seems to have an account that a reader of URLs does not see.
fn is_unescaped(url: &str) -> bool {
    let is_seen = |url: url::Url| !url.username().is_empty() || url.password().is_some();
    url.contains('@') && !url::Url::parse(url).is_ok_and(is_seen)
}
