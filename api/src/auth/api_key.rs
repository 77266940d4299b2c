//! API keys: opaque, kept as hashes, asked of the store once a minute.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::TimeDelta;
use domain::{account::Role, id::UserId, time::Timestamp};
use ports::store::{ApiKeys, StoreError, TokenHash};
use sha2::{Digest, Sha256};

/// How every key begins, so that one that leaked is recognized.
const PREFIX: &str = "slk_";
/// How much of a key its user sees later.
const SHOWN: usize = 10;
/// Longer ones are refused unread. Ours have 47 bytes.
const MAX_BYTES: usize = 256;
/// How long an answer of the store holds: a revoked key is out after at most this.
const FRESH: TimeDelta = TimeDelta::seconds(60);
/// Beyond this the memory is emptied; every key is asked for once more.
const MEMORY: usize = 10_000;

/// An API key as its user holds it.
pub(crate) struct ApiKeySecret(String);

impl ApiKeySecret {
    /// What somebody presented; none if it cannot be one of ours.
    pub(crate) fn presented(text: &str) -> Option<Self> {
        let fits = text.starts_with(PREFIX) && text.len() <= MAX_BYTES;
        fits.then(|| Self(text.to_owned()))
    }

    /// A new key.
    pub(crate) fn random() -> Self {
        Self(format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(rand::random::<[u8; 32]>())))
    }

    /// What the store knows of it.
    pub(crate) fn hash(&self) -> TokenHash {
        TokenHash(Sha256::digest(self.0.as_bytes()).into())
    }

    /// What its user knows it by.
    pub(crate) fn shown(&self) -> String {
        self.0.chars().take(SHOWN).collect()
    }

    /// The key itself, for its user alone, once.
    pub(crate) fn expose(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for ApiKeySecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ApiKeySecret")
    }
}

/// For whom a good key speaks.
#[derive(Debug, Clone, Copy)]
pub(crate) struct KeyHolder {
    /// Who.
    pub(crate) user: UserId,
    /// What they may do.
    pub(crate) role: Role,
    /// Whether the key may only read.
    pub(crate) read_only: bool,
    ends: Option<Timestamp>,
    asked: Timestamp,
}

impl KeyHolder {
    fn is_good(&self, at: Timestamp) -> bool {
        at - self.asked < FRESH && self.ends.is_none_or(|ends| at < ends)
    }
}

/// What the store said of keys lately.
#[derive(Default)]
pub(crate) struct KnownKeys(Mutex<HashMap<[u8; 32], KeyHolder>>);

impl KnownKeys {
    /// For whom the key found by `hash` speaks, if it is good.
    pub(crate) async fn holder(
        &self,
        keys: &dyn ApiKeys,
        hash: TokenHash,
        at: Timestamp,
    ) -> Result<Option<KeyHolder>, StoreError> {
        let known = self.lock().get(&hash.0).copied();
        if let Some(holder) = known.filter(|holder| holder.is_good(at)) {
            return Ok(Some(holder));
        }
        let Some((key, user)) = keys.find(hash, at).await? else { return Ok(None) };
        keys.touch(key.id, at).await?;
        let (role, read_only) = (user.role, key.read_only);
        let ends = key.expires_at;
        let holder = KeyHolder { user: user.id, role, read_only, ends, asked: at };
        let mut known = self.lock();
        if known.len() >= MEMORY {
            known.clear();
        }
        known.insert(hash.0, holder);
        Ok(Some(holder))
    }

    /// Asks the store anew for whatever comes: a key was revoked, or an account shut out.
    pub(crate) fn forget(&self) {
        self.lock().clear();
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<[u8; 32], KeyHolder>> {
        // Nothing panics while holding it.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
