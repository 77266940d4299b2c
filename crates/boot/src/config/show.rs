//! The configuration as it is shown to people: every setting, its value, its origin, no secret.

use super::{catalogue::SETTINGS, layers::Layers};

/// One line of `config show`.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Shown {
    /// The setting.
    pub name: &'static str,
    /// Its value; `(set)` or empty for a secret, a URL without its password.
    pub value: String,
    /// `default`, `environment`, `flag`, or the file.
    pub origin: String,
}

/// Every setting as it stands.
#[must_use]
pub fn show(layers: &Layers) -> Vec<Shown> {
    let line = |setting: &super::Setting| {
        let found = layers.get(setting.name);
        let value = found.map(|found| setting.shown(&found.value)).unwrap_or_default();
        let origin = found.map_or_else(|| "default".to_owned(), |found| found.from.clone());
        Shown { name: setting.name, value, origin }
    };
    SETTINGS.iter().map(line).collect()
}
