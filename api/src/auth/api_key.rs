//! API keys: opaque, kept as hashes, asked of the store once a minute.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use domain::{account::Role, id::UserId, time::Timestamp};
use ports::store::{ApiKeys, StoreError, TokenHash};
use sha2::{Digest, Sha256};

use super::recent::Recent;

/// How every key begins, so that one that leaked is recognized.
const PREFIX: &str = "slk_";
/// How much of a key its user sees later.
const SHOWN: usize = 10;
/// Longer ones are refused unread. Ours have 47 bytes.
const MAX_BYTES: usize = 256;

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
}

/// What the store said of keys lately.
#[derive(Default)]
pub(crate) struct KnownKeys(Recent<TokenHash, KeyHolder>);

impl KnownKeys {
    /// For whom the key found by `hash` speaks, if it is good.
    pub(crate) async fn holder(
        &self,
        keys: &dyn ApiKeys,
        hash: TokenHash,
        at: Timestamp,
    ) -> Result<Option<KeyHolder>, StoreError> {
        let known = self.0.get(&hash, at);
        if let Some(holder) = known.filter(|holder| holder.ends.is_none_or(|ends| at < ends)) {
            return Ok(Some(holder));
        }
        let asking = self.0.ask();
        let Some((key, user)) = keys.find(hash, at).await? else { return Ok(None) };
        keys.touch(key.id, at).await?;
        let (role, read_only) = (user.role, key.read_only);
        let holder = KeyHolder { user: user.id, role, read_only, ends: key.expires_at };
        self.0.remember(asking, hash, holder, at);
        Ok(Some(holder))
    }

    /// Asks the store anew for whatever comes: a key was revoked, or an account changed.
    pub(crate) fn forget(&self) {
        self.0.forget();
    }
}
