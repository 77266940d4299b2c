//! Links that are mailed: whoever has one reads the letters to an address, and may choose the password of
//! its account, or make the account.
//!
//! A link is good for half an hour, and once. Nothing is kept of it: it carries a seal of the account as it
//! was, which is another one as soon as there is an account, or another password; not if the same one is only hashed
//! anew.

use std::time::Duration;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use domain::{email::Email, time::Timestamp};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation, decode, encode};
use ports::store::Account;
use serde::{Deserialize, Serialize};

use super::mark::mark;

/// Tells a link from every other token signed with the same key.
const TYPE: &str = "link+jwt";

/// How long a link is good.
const LASTS: Duration = Duration::from_mins(30);

/// The same, for people.
pub(crate) const LASTS_MINUTES: u64 = LASTS.as_secs() / 60;

/// Longer ones are refused unread. Ours have at most 500 bytes.
const MAX_BYTES: usize = 1024;

#[derive(Debug, Serialize, Deserialize)]
struct Claims {
    /// Whose letters its holder reads.
    email: Email,
    /// The account as it was; absent when there was none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    seal: Option<String>,
    exp: i64,
}

/// A link of ours that is not too old.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Link {
    /// Whose letters its holder reads.
    pub(crate) email: Email,
    seal: Option<String>,
}

impl Link {
    /// Whether it was not used yet: the account is as it was, or there still is none.
    pub(crate) fn is_good(&self, account: Option<&Account>) -> bool {
        self.seal == account.map(seal)
    }
}

fn seal(account: &Account) -> String {
    URL_SAFE_NO_PAD.encode(mark(account))
}

/// Makes and checks links.
pub(crate) struct Links {
    signing: EncodingKey,
    /// The key that signs, and the one before it.
    checking: Vec<DecodingKey>,
    validation: Validation,
}

impl Links {
    /// Links signed with `secret`. Those signed with the `previous` secret are good until they end.
    pub(crate) fn new(secret: &[u8], previous: Option<&[u8]>) -> Self {
        let mut validation = Validation::new(Algorithm::HS256);
        validation.set_required_spec_claims(&["exp"]);
        // Times are compared below, with our own clock.
        validation.validate_exp = false;
        validation.validate_aud = false;
        let secrets = [Some(secret), previous].into_iter().flatten();
        let checking = secrets.map(DecodingKey::from_secret).collect();
        Self { signing: EncodingKey::from_secret(secret), checking, validation }
    }

    /// A link for whoever reads the letters to `email`, which is the address of `account`, if there is one.
    pub(crate) fn issue(&self, email: &Email, account: Option<&Account>, at: Timestamp) -> String {
        let (email, seal) = (email.clone(), account.map(seal));
        let claims = Claims { email, seal, exp: (at + LASTS).timestamp() };
        let header = Header { typ: Some(TYPE.to_owned()), ..Header::new(Algorithm::HS256) };
        encode(&header, &claims, &self.signing)
            .expect("HMAC signs any claims that have a JSON form")
    }

    /// What `token` is at `at`; none if it is no link of ours, or too old.
    pub(crate) fn verify(&self, token: &str, at: Timestamp) -> Option<Link> {
        if token.len() > MAX_BYTES {
            return None;
        }
        let read = |key| decode::<Claims>(token, key, &self.validation).ok();
        let token = self.checking.iter().find_map(read)?;
        let is_link = token.header.typ.is_some_and(|typ| typ.eq_ignore_ascii_case(TYPE));
        let Claims { email, seal, exp } = token.claims;
        (is_link && at.timestamp() < exp).then_some(Link { email, seal })
    }
}

#[cfg(test)]
mod tests {
    use chrono::Duration as Span;
    use domain::id::{FamilyId, UserId};
    use secrecy::SecretString;
    use testkit::{clock::epoch, sample};

    use super::*;
    use crate::auth::{AccessTokens, Pass, Tickets};

    const SECRET: &[u8] = b"a secret that is long enough, yes";
    const NEXT: &[u8] = b"the secret that comes after that";

    fn links() -> Links {
        Links::new(SECRET, None)
    }

    fn account(password: Option<&str>) -> Account {
        let password_hash = password.map(SecretString::from);
        Account { user: sample::user(epoch()), password_hash }
    }

    /// Security cases 11, 100.
    #[test]
    fn a_link_is_good_for_half_an_hour() {
        let email = Email::parse(&format!(
            "{}@{}",
            "a".repeat(64),
            [0; 3].map(|_| "b".repeat(62)).join(".")
        ))
        .unwrap();
        let token = links().issue(&email, Some(&account(Some("x"))), epoch());
        assert!(token.len() < 600, "{}", token.len());
        let at = |seconds| links().verify(&token, epoch() + Span::seconds(seconds));
        assert_eq!(at(1799).map(|link| link.email), Some(email));
        assert_eq!(at(1800), None);
        assert_eq!(Links::new(NEXT, None).verify(&token, epoch()), None);
        assert!(Links::new(NEXT, Some(SECRET)).verify(&token, epoch()).is_some());
        assert_eq!(links().verify(&"a".repeat(10_000), epoch()), None);
    }

    /// Security case 100.
    #[test]
    fn a_link_is_good_for_the_account_as_it_was() {
        let (with, without) = (account(Some("x")), account(None));
        let changed = Account { password_hash: Some("y".into()), ..with.clone() };
        let chosen = Account { password_hash: Some("y".into()), ..without.clone() };
        let others = account(Some("x"));
        let hashed = |hash: &str| Account { password_hash: Some(hash.into()), ..with.clone() };
        let weak = hashed("$argon2id$v=19$m=64,t=1,p=1$salt$hash");
        let strong = hashed("$argon2id$v=19$m=19456,t=2,p=1$salt$another");
        let another = hashed("$argon2id$v=19$m=19456,t=2,p=1$pepper$hash");
        for (given, now, is_good) in [
            (Some(&with), Some(&with), true),
            (Some(&with), Some(&changed), false),
            (Some(&with), Some(&others), false),
            (Some(&weak), Some(&strong), true),
            (Some(&weak), Some(&another), false),
            (Some(&with), None, false),
            (Some(&without), Some(&without), true),
            (Some(&without), Some(&chosen), false),
            (None, None, true),
            (None, Some(&without), false),
        ] {
            let token = links().issue(&with.user.email, given, epoch());
            let link = links().verify(&token, epoch()).unwrap();
            assert_eq!(link.is_good(now), is_good, "{given:?}, {now:?}");
        }
    }

    /// Security case 8.
    #[test]
    fn no_other_token_is_a_link_and_a_link_is_no_other_token() {
        let user = sample::user(epoch());
        let access = AccessTokens::new(SECRET, None, Duration::from_mins(15));
        let tickets = Tickets::new(SECRET, None);
        let pass = Pass::of_guest(UserId::generate(epoch()));
        for other in [
            access.issue(&user, FamilyId::generate(epoch()), epoch()),
            tickets.issue(pass, "/api/events", epoch()),
        ] {
            assert_eq!(links().verify(&other, epoch()), None);
        }
        let link = links().issue(&user.email, None, epoch());
        assert!(access.verify(&link, epoch()).is_none());
        let header = Header { typ: Some("JWT".to_owned()), ..Header::new(Algorithm::HS256) };
        let claims = Claims { email: user.email, seal: None, exp: epoch().timestamp() + 60 };
        let key = EncodingKey::from_secret(SECRET);
        assert_eq!(links().verify(&encode(&header, &claims, &key).unwrap(), epoch()), None);
    }
}
