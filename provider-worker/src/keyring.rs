//! The secrets behind the names of keys.

use std::collections::BTreeMap;

use domain::{
    key::{KeyId, SharedLimit, Uses},
    model::ProviderName,
};
use ports::{live::KeySpec, provider::ProviderKey};
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};

/// The name of `secret`: the provider and the first eight hex digits of its SHA-256.
///
/// It tells keys apart in logs and on operators' pages and leads nobody to the secret.
#[must_use]
pub fn key_id(provider: &ProviderName, secret: &SecretString) -> KeyId {
    let digest = Sha256::digest(secret.expose_secret().as_bytes());
    let [a, b, c, d, ..] = <[u8; 32]>::from(digest);
    KeyId::new(format!("{provider}:{:08x}", u32::from_be_bytes([a, b, c, d])))
}

/// The keys of one provider. The same secret given twice is one key, as it was given last.
#[derive(Debug, Default)]
pub(crate) struct Keyring {
    keys: BTreeMap<KeyId, ProviderKey>,
    /// What keys may use beside their own limits.
    limits: Vec<SharedLimit>,
}

impl Keyring {
    /// The keys `keys`, with `limits` beside their own.
    pub(crate) fn new(
        provider: &ProviderName,
        keys: &[ProviderKey],
        limits: &[SharedLimit],
    ) -> Self {
        let keys = keys.iter().map(|key| (key_id(provider, &key.secret), key.clone())).collect();
        Self { keys, limits: limits.to_vec() }
    }

    /// The key called `id`, and the proxy that its calls go through.
    pub(crate) fn find(&self, id: &KeyId) -> Option<(&SecretString, Option<&SecretString>)> {
        self.keys.get(id).map(|key| (&key.secret, key.proxy.as_ref()))
    }

    /// The names of all keys.
    pub(crate) fn names(&self) -> Vec<KeyId> {
        self.keys.keys().cloned().collect()
    }

    /// Whether there is a key called `id`.
    pub(crate) fn has(&self, id: &KeyId) -> bool {
        self.keys.contains_key(id)
    }

    /// Whether there are keys beside `excluded`.
    pub(crate) fn has_others(&self, excluded: &[KeyId]) -> bool {
        self.keys.keys().any(|id| !excluded.contains(id))
    }

    /// The keys as the pool knows them, each with `per_minute` requests a minute if that is wished.
    pub(crate) fn specs(&self, per_minute: Option<u32>) -> Vec<KeySpec> {
        let specs = self.keys.iter().map(|(id, key)| spec(id, key, &self.limits));
        let wished = |spec: KeySpec| KeySpec {
            requests_per_minute: per_minute.or(spec.requests_per_minute),
            ..spec
        };
        specs.map(wished).collect()
    }
}

fn spec(id: &KeyId, key: &ProviderKey, limits: &[SharedLimit]) -> KeySpec {
    // Requests per minute are counted by the pool for every key anyway.
    let own = Uses { requests_per_minute: None, ..key.uses }.budgets(id.as_str(), None);
    let group = key.group.as_deref();
    let shared = limits.iter().flat_map(|limit| limit.budgets(id.as_str(), group));
    KeySpec {
        id: id.clone(),
        weight: key.weight,
        group: key.group.clone(),
        requests_per_minute: key.uses.requests_per_minute,
        concurrency: key.concurrency,
        budgets: own.into_iter().chain(shared).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_tells_the_provider_and_nothing_of_the_secret() {
        let provider = ProviderName::parse("openai").unwrap();
        let secret = SecretString::from("sk-canary");
        let key = ProviderKey::from(secret.clone());
        let ring = Keyring::new(&provider, &[key.clone(), key], &[]);
        assert_eq!(ring.specs(None).len(), 1);
        let id = key_id(&provider, &secret);
        assert_eq!(id.as_str().len(), "openai:".len() + 8);
        assert!(ring.has(&id) && !ring.has_others(std::slice::from_ref(&id)));
        assert!(!format!("{ring:?} {id}").contains("canary"));
    }

    #[test]
    fn limits_become_budgets() {
        let provider = ProviderName::parse("openai").unwrap();
        let limited = |secret: &str, group: Option<&str>| ProviderKey {
            group: group.map(str::to_owned),
            uses: Uses {
                requests_per_minute: Some(3),
                tokens_per_minute: Some(1000),
                ..Uses::default()
            },
            ..ProviderKey::from(SecretString::from(secret))
        };
        let uses = Uses { requests_per_day: Some(50), ..Uses::default() };
        let shared = SharedLimit { group: Some("g".to_owned()), model: None, uses };
        let keys = [limited("a", Some("g")), limited("b", None)];
        let specs = Keyring::new(&provider, &keys, &[shared]).specs(None);
        let in_group = specs.iter().find(|spec| spec.group.is_some()).unwrap();
        let alone = specs.iter().find(|spec| spec.group.is_none()).unwrap();
        assert_eq!((in_group.requests_per_minute, in_group.budgets.len()), (Some(3), 2));
        assert_eq!(alone.budgets.len(), 1);
    }
}
