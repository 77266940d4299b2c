//! Refresh tokens: opaque, kept as hashes, replaced at every use.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use domain::id::FamilyId;
use hmac::{Hmac, KeyInit, Mac};
use ports::store::{Presented, TokenHash};
use sha2::{Digest, Sha256};
use uuid::Uuid;

/// A refresh token as its user holds it.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct RefreshToken(String);

/// Longer ones are refused unread. Ours have 86 bytes.
const MAX_BYTES: usize = 256;

impl RefreshToken {
    /// What somebody presented; none if it cannot be one of ours.
    pub(crate) fn presented(text: &str) -> Option<Self> {
        let fits = !text.is_empty() && text.len() <= MAX_BYTES;
        fits.then(|| Self(text.to_owned()))
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

/// Makes refresh tokens. Each says its sign-in, under a seal: so the store need not keep those that were used to know
/// them again. Those of earlier versions do not, nor do their successors.
pub(crate) struct RefreshTokens {
    key: Hmac<Sha256>,
    /// The key before it.
    former: Option<Hmac<Sha256>>,
}

/// What may replace a token.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Successors {
    /// What replaces it now.
    pub(crate) made: RefreshToken,
    /// What did, if that was before the secret was changed.
    pub(crate) former: Option<RefreshToken>,
}

impl Successors {
    /// The one that the store knows as `kept`.
    pub(crate) fn kept(self, kept: TokenHash) -> RefreshToken {
        self.former.filter(|former| former.hash() == kept).unwrap_or(self.made)
    }
}

/// How many random bytes a token has beside its sign-in.
const NONCE_BYTES: usize = 16;

impl RefreshTokens {
    /// Tokens made with `secret`. Those made with the `previous` secret are good as well.
    pub(crate) fn new(secret: &[u8], previous: Option<&[u8]>) -> Self {
        let key = |secret| Hmac::new_from_slice(secret).expect("HMAC takes keys of any length");
        Self { key: key(secret), former: previous.map(key) }
    }

    /// A new token, the first of `family`.
    pub(crate) fn first(&self, family: FamilyId) -> RefreshToken {
        sealed(&self.key, family, rand::random())
    }

    /// What the store is told of `token`.
    pub(crate) fn presented(&self, token: &RefreshToken) -> Presented {
        Presented { hash: token.hash(), family: self.family(token) }
    }

    /// The sign-in that `token` says it is of, if it was sealed here.
    fn family(&self, token: &RefreshToken) -> Option<FamilyId> {
        let bytes = URL_SAFE_NO_PAD.decode(&token.0).ok()?;
        let (family, rest) = bytes.split_first_chunk()?;
        let family = FamilyId::from_uuid(Uuid::from_bytes(*family));
        let (nonce, seal) = rest.split_first_chunk()?;
        let is_good = |key: &_| sealing(key, family, *nonce).verify_slice(seal).is_ok();
        let keys = [Some(&self.key), self.former.as_ref()];
        keys.into_iter().flatten().any(is_good).then_some(family)
    }

    /// What replaces `presented`: always the same, so that two tabs which refresh at once are given the same.
    pub(crate) fn successors(&self, presented: &RefreshToken) -> Successors {
        let family = self.family(presented);
        let by = |key| successor(key, presented, family);
        Successors { made: by(&self.key), former: self.former.as_ref().map(by) }
    }
}

fn successor(
    key: &Hmac<Sha256>,
    presented: &RefreshToken,
    family: Option<FamilyId>,
) -> RefreshToken {
    let mut mac = key.clone();
    mac.update(b"refresh-successor");
    mac.update(presented.0.as_bytes());
    let made = mac.finalize().into_bytes();
    match (family, made.first_chunk()) {
        (Some(family), Some(nonce)) => sealed(key, family, *nonce),
        _ => RefreshToken(URL_SAFE_NO_PAD.encode(made)),
    }
}

fn sealed(key: &Hmac<Sha256>, family: FamilyId, nonce: [u8; NONCE_BYTES]) -> RefreshToken {
    let seal = sealing(key, family, nonce).finalize().into_bytes();
    let family = family.as_uuid();
    let bytes = [family.as_bytes().as_slice(), &nonce, &seal].concat();
    RefreshToken(URL_SAFE_NO_PAD.encode(bytes))
}

fn sealing(key: &Hmac<Sha256>, family: FamilyId, nonce: [u8; NONCE_BYTES]) -> Hmac<Sha256> {
    let mut mac = key.clone();
    mac.update(b"refresh-family");
    mac.update(family.as_uuid().as_bytes());
    mac.update(&nonce);
    mac
}

#[cfg(test)]
mod tests {
    use testkit::clock::epoch;

    use super::*;

    fn plain() -> RefreshToken {
        RefreshToken::presented("a token of an earlier version").unwrap()
    }

    /// Security case 19.
    #[test]
    fn a_token_has_one_successor_which_needs_the_secret_to_tell() {
        let tokens = RefreshTokens::new(b"secret", None);
        let family = FamilyId::generate(epoch());
        let first = tokens.first(family);
        assert_ne!(first, tokens.first(family));
        for first in [first, plain()] {
            let successor = tokens.successors(&first).made;
            assert_eq!(successor, tokens.successors(&first).made);
            assert_ne!(successor, tokens.successors(&successor).made);
            let another = RefreshTokens::new(b"another", None);
            assert_ne!(successor, another.successors(&first).made);
            assert_ne!(successor.hash(), first.hash());
            assert_eq!(format!("{successor:?}"), "RefreshToken");
        }
    }

    /// Security case 106.
    #[test]
    fn a_token_and_its_successors_say_their_sign_in_and_nobody_makes_that_up() {
        let tokens = RefreshTokens::new(b"secret", None);
        let [family, other] = [0; 2].map(|_| FamilyId::generate(epoch()));
        let first = tokens.first(family);
        let second = tokens.successors(&first).made;
        for token in [&first, &second] {
            let presented = Presented { hash: token.hash(), family: Some(family) };
            assert_eq!(tokens.presented(token), presented);
            assert_eq!(token.expose().len(), 86);
            assert_eq!(RefreshTokens::new(b"another", None).family(token), None);
            assert_eq!(RefreshTokens::new(b"next", Some(b"secret")).family(token), Some(family));
        }
        let other = tokens.first(other);
        let mixed = format!("{}{}", &other.expose()[..20], &first.expose()[20..]);
        let plain = plain();
        let next = tokens.successors(&plain).made;
        for no_seal in ["x", &mixed, &first.expose()[..64], plain.expose(), next.expose()] {
            let token = RefreshToken::presented(no_seal).unwrap();
            assert_eq!(tokens.family(&token), None, "{no_seal}");
        }
    }

    /// Security case 11.
    #[test]
    fn what_the_secret_before_made_of_a_token_is_known() {
        let before = RefreshTokens::new(b"secret", None);
        let now = RefreshTokens::new(b"next", Some(b"secret"));
        for presented in [before.first(FamilyId::generate(epoch())), plain()] {
            let Successors { made: former, former: None } = before.successors(&presented) else {
                panic!("there was no secret before")
            };
            let successors = || now.successors(&presented);
            assert_ne!(successors().made, former);
            assert_eq!(successors().kept(former.hash()), former);
            assert_eq!(successors().kept(successors().made.hash()), successors().made);
        }
    }

    /// Security case 17.
    #[test]
    fn what_cannot_be_a_token_is_refused() {
        assert!(RefreshToken::presented("").is_none());
        assert!(RefreshToken::presented(&"a".repeat(1_000_000)).is_none());
    }
}
