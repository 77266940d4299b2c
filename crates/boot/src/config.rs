//! The configuration: which settings there are, where their values came from, what they mean.
//!
//! A flag wins over the environment, the environment over the file, the file over the default.
//! Every wrong value is reported, not only the first.

mod catalogue;
mod example;
mod layers;
mod log;
mod mail;
mod passwords;
mod problem;
mod providers;
mod proxies;
mod reader;
mod rules;
mod sections;
mod show;
mod urls;

use std::collections::BTreeMap;

pub use catalogue::{SETTINGS, Setting, Shows, without_account};
pub use example::env_example;
pub use mail::Mail;
pub use passwords::is_here;
pub use problem::{ConfigErrors, Problem};
pub use providers::{Dialect, Offer, Providers, WithKeys};
pub use sections::{Auth, Config, Http, Limits, LogFormat, MetricsAddress, Worker};
pub use show::{Shown, show};
pub use urls::{LiveUrl, QueueUrl, StoreUrl, Urls};

use layers::Layers;
use providers::Asks;
use reader::Reader;

/// Reads the configuration of a process that asks providers: whatever it says of them must be right, and
/// every key be there.
///
/// `flags` are the values given on the command line, by setting name. `environment` is the process
/// environment, or what a test puts in its place.
pub fn load(
    flags: BTreeMap<String, String>,
    environment: BTreeMap<String, String>,
) -> Result<Config, ConfigErrors> {
    read(flags, environment, Asks::Providers)
}

/// Reads the configuration of a process that asks no provider. It has no key of any: what is said of
/// providers and their keys is the business of those that do, and no file of keys is opened.
pub fn load_without_keys(
    flags: BTreeMap<String, String>,
    environment: BTreeMap<String, String>,
) -> Result<Config, ConfigErrors> {
    read(flags, environment, Asks::Nobody)
}

fn read(
    flags: BTreeMap<String, String>,
    environment: BTreeMap<String, String>,
    asks: Asks,
) -> Result<Config, ConfigErrors> {
    let proxies = match asks {
        Asks::Providers => proxies::wrong(&environment),
        Asks::Nobody => Vec::new(),
    };
    let layers = Layers::collect(flags, environment, asks)?;
    let reader = Reader::new(&layers);
    let config = sections::read(&reader, asks);
    for name in proxies {
        reader.refuse_in_table(name, Some("environment"), proxies::ALLOWED);
    }
    reader.finish(config)
}

/// Reads the configuration as `config show` prints it, wrong values included.
pub fn load_shown(
    flags: BTreeMap<String, String>,
    environment: BTreeMap<String, String>,
) -> Result<Vec<Shown>, ConfigErrors> {
    Ok(show(&Layers::collect(flags, environment, Asks::Providers)?))
}

/// The environment of this process. Variables that are not UTF-8 are left out.
#[must_use]
pub fn process_environment() -> BTreeMap<String, String> {
    let readable = |(name, value): (std::ffi::OsString, std::ffi::OsString)| {
        Some((name.into_string().ok()?, value.into_string().ok()?))
    };
    std::env::vars_os().filter_map(readable).collect()
}

#[cfg(test)]
mod tests;
