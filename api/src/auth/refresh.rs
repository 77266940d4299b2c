//! Refresh tokens: opaque, kept as hashes, replaced at every use.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use ports::store::TokenHash;
use sha2::{Digest, Sha256};

/// A refresh token as its user holds it.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct RefreshToken(String);

/// Longer ones are refused unread. Ours have 43 bytes.
const MAX_BYTES: usize = 256;

impl RefreshToken {
    /// What somebody presented; none if it cannot be one of ours.
    pub(crate) fn presented(text: &str) -> Option<Self> {
        let fits = !text.is_empty() && text.len() <= MAX_BYTES;
        fits.then(|| Self(text.to_owned()))
    }

    /// A new token, the first of its family.
    pub(crate) fn random() -> Self {
        Self(URL_SAFE_NO_PAD.encode(rand::random::<[u8; 32]>()))
    }

    /// What the store knows of it.
    pub(crate) fn hash(&self) -> TokenHash {
        TokenHash(Sha256::digest(self.0.as_bytes()).into())
    }

    /// The token itself, for its user alone.
    pub(crate) fn expose(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for RefreshToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("RefreshToken")
    }
}

/// Makes refresh tokens.
pub(crate) struct RefreshTokens {
    key: Hmac<Sha256>,
}

impl RefreshTokens {
    /// Successors are derived with `secret`.
    pub(crate) fn new(secret: &[u8]) -> Self {
        Self { key: Hmac::new_from_slice(secret).expect("HMAC takes keys of any length") }
    }

    /// The token that replaces `presented`: always the same one, so that two tabs which refresh at
    /// once are given the same.
    pub(crate) fn successor(&self, presented: &RefreshToken) -> RefreshToken {
        let mut mac = self.key.clone();
        mac.update(b"refresh-successor");
        mac.update(presented.0.as_bytes());
        RefreshToken(URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Security case 19.
    #[test]
    fn a_token_has_one_successor_which_needs_the_secret_to_tell() {
        let tokens = RefreshTokens::new(b"secret");
        let first = RefreshToken::random();
        assert_ne!(first, RefreshToken::random());
        let successor = tokens.successor(&first);
        assert_eq!(successor, tokens.successor(&first));
        assert_ne!(successor, tokens.successor(&successor));
        assert_ne!(successor, RefreshTokens::new(b"another").successor(&first));
        assert_ne!(successor.hash(), first.hash());
        assert_eq!(format!("{successor:?}"), "RefreshToken");
    }

    /// Security case 17.
    #[test]
    fn what_cannot_be_a_token_is_refused() {
        assert!(RefreshToken::presented("").is_none());
        assert!(RefreshToken::presented(&"a".repeat(1_000_000)).is_none());
    }
}
