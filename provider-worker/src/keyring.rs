//! The secrets behind the names of keys.

use std::collections::BTreeMap;

use domain::{key::KeyId, model::ProviderName};
use ports::live::KeySpec;
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

/// The keys of one provider. The same secret given twice is one key.
#[derive(Debug, Default)]
pub(crate) struct Keyring(BTreeMap<KeyId, SecretString>);

impl Keyring {
    /// The keys `secrets`.
    pub(crate) fn new(provider: &ProviderName, secrets: &[SecretString]) -> Self {
        Self(secrets.iter().map(|secret| (key_id(provider, secret), secret.clone())).collect())
    }

    /// The secret called `id`.
    pub(crate) fn secret(&self, id: &KeyId) -> Option<&SecretString> {
        self.0.get(id)
    }

    /// Whether there are keys beside `excluded`.
    pub(crate) fn has_others(&self, excluded: &[KeyId]) -> bool {
        self.0.keys().any(|id| !excluded.contains(id))
    }

    /// The keys as the pool knows them, each with the same budget.
    pub(crate) fn specs(&self, requests_per_minute: Option<u32>) -> Vec<KeySpec> {
        self.0.keys().map(|id| KeySpec { id: id.clone(), requests_per_minute }).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_tells_the_provider_and_nothing_of_the_secret() {
        let provider = ProviderName::parse("openai").unwrap();
        let secret = SecretString::from("sk-canary");
        let ring = Keyring::new(&provider, &[secret.clone(), secret.clone()]);
        assert_eq!(ring.specs(None).len(), 1);
        let id = key_id(&provider, &secret);
        assert_eq!(id.as_str().len(), "openai:".len() + 8);
        assert!(ring.secret(&id).is_some() && !ring.has_others(std::slice::from_ref(&id)));
        assert!(!format!("{ring:?} {id}").contains("canary"));
    }
}
