//! The configuration as it is shown to people: every setting, every table, its value, its origin, no secret.

mod tables;

use super::{
    catalogue::{SETTINGS, setting},
    layers::Layers,
    providers::keys_in_text,
};

/// One line of `config show`.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Shown {
    /// The setting, or what of a table.
    pub name: String,
    /// Its value; `(set)`, a count or empty for a secret, a URL without its password.
    pub value: String,
    /// `default`, `environment`, `flag`, or the file.
    pub origin: String,
}

/// Every setting as it stands, then the keys that the environment has of the file's own providers, then the
/// tables of the file.
#[must_use]
pub fn show(layers: &Layers) -> Vec<Shown> {
    let line = |setting: &super::Setting| {
        let found = layers.get(setting.name);
        let value = found.map(|found| setting.shown(&found.value)).unwrap_or_default();
        let origin = found.map_or_else(|| "default".to_owned(), |found| found.from.clone());
        Shown { name: setting.name.to_owned(), value, origin }
    };
    let settings = SETTINGS.iter().map(line);
    settings.chain(own_keys(layers)).chain(tables::show(layers)).collect()
}

/// Those that no setting of the catalogue is for.
fn own_keys(layers: &Layers) -> impl Iterator<Item = Shown> {
    let own = layers.keys().iter().filter(|(name, _)| setting(name).is_none());
    own.map(|(name, text)| Shown {
        name: name.clone(),
        // What is not a key makes the service refuse all of them.
        value: keys_in_text(text)
            .map_or_else(|| "(set)".to_owned(), |keys| tables::count(keys.len())),
        origin: "environment".to_owned(),
    })
}
