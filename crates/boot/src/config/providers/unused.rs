//! What is said of providers that are not there. It is no mistake: services that know different keys may
//! share one file.

use super::{Providers, simulated};

impl Providers {
    /// The tables of prices, and of the limits of models, that nothing here makes use of: their providers are
    /// neither named nor have keys here.
    #[must_use]
    pub fn unused_tables(&self) -> Vec<String> {
        let provider_of = |name: &str| name.split('/').next().unwrap_or_default().to_owned();
        let prices = self.prices.models().map(|name| ("price", name.to_owned(), provider_of(name)));
        let limits = self.maxima.models().map(|(provider, model)| {
            ("limit", format!("{provider}/{model}"), provider.to_string())
        });
        let unused = prices.chain(limits).filter(|(.., provider)| !self.is_known(provider));
        unused.map(|(table, name, _)| format!("[{table}.\"{name}\"]")).collect()
    }

    fn is_known(&self, provider: &str) -> bool {
        let with_keys = self.configured.iter().map(|one| &one.name);
        let is_here = self.named.iter().chain(with_keys).any(|name| name.as_str() == provider);
        is_here || self.simulated && provider == simulated().as_str()
    }
}
