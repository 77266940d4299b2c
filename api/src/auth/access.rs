//! Access tokens: signed, short-lived, checked without the store.

use std::time::Duration;

use chrono::DateTime;
use domain::{
    account::{Role, User},
    id::{FamilyId, UserId},
    time::Timestamp,
};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation, decode, encode};
use serde::{Deserialize, Serialize};

use super::{HangsOn, Pass};

/// RFC 9068: tells an access token from every other token signed with the same key.
const TYPE: &str = "at+jwt";
const ISSUER: &str = "sluice";
const AUDIENCE: &str = "sluice-api";
/// How far clocks may differ, in seconds.
const LEEWAY: i64 = 5;
/// Longer ones are refused unread. Ours have about 400 bytes.
const MAX_BYTES: usize = 4096;

#[derive(Debug, Serialize, Deserialize)]
struct Claims {
    iss: String,
    aud: String,
    sub: UserId,
    role: Role,
    /// The sign-in it comes from; tokens were given that did not tell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    sid: Option<FamilyId>,
    /// Whether nothing renews that sign-in.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    brief: bool,
    iat: u32,
    nbf: u32,
    exp: u32,
}

/// Issues and checks access tokens.
pub(crate) struct AccessTokens {
    signing: EncodingKey,
    /// The key that signs, and the one before it.
    checking: Vec<DecodingKey>,
    validation: Validation,
    ttl: Duration,
}

impl AccessTokens {
    /// Tokens signed with `secret`, good for `ttl`. Those signed with the `previous` secret are good until
    /// they end.
    pub(crate) fn new(secret: &[u8], previous: Option<&[u8]>, ttl: Duration) -> Self {
        let mut validation = Validation::new(Algorithm::HS256);
        validation.set_issuer(&[ISSUER]);
        validation.set_audience(&[AUDIENCE]);
        validation.set_required_spec_claims(&["exp", "nbf", "iss", "aud", "sub"]);
        // Times are compared below, with our own clock.
        validation.validate_exp = false;
        validation.validate_nbf = false;
        let signing = EncodingKey::from_secret(secret);
        let secrets = [Some(secret), previous].into_iter().flatten();
        Self { signing, checking: secrets.map(DecodingKey::from_secret).collect(), validation, ttl }
    }

    /// How long a token is good, in seconds.
    pub(crate) fn seconds(&self) -> u64 {
        self.ttl.as_secs()
    }

    /// A token that speaks for `user`, out of the sign-in `family`.
    pub(crate) fn issue(&self, user: &User, family: FamilyId, at: Timestamp) -> String {
        self.signed(user, family, false, at)
    }

    /// The same, out of one that nothing renews.
    pub(crate) fn issue_brief(&self, user: &User, family: FamilyId, at: Timestamp) -> String {
        self.signed(user, family, true, at)
    }

    fn signed(&self, user: &User, family: FamilyId, brief: bool, at: Timestamp) -> String {
        // Seconds fit into 32 bits until 2106; a clock before 1970 makes a token that is over.
        let seconds = |at: Timestamp| u32::try_from(at.timestamp()).unwrap_or(0);
        let claims = Claims {
            iss: ISSUER.to_owned(),
            aud: AUDIENCE.to_owned(),
            sub: user.id,
            role: user.role,
            sid: Some(family),
            brief,
            iat: seconds(at),
            nbf: seconds(at),
            exp: seconds(at + self.ttl),
        };
        let header = Header { typ: Some(TYPE.to_owned()), ..Header::new(Algorithm::HS256) };
        encode(&header, &claims, &self.signing)
            .expect("HMAC signs any claims that have a JSON form")
    }

    /// What `token` is at `at`; none if it is no good.
    pub(crate) fn verify(&self, token: &str, at: Timestamp) -> Option<Pass> {
        if token.len() > MAX_BYTES {
            return None;
        }
        let read = |key| decode::<Claims>(token, key, &self.validation).ok();
        let token = self.checking.iter().find_map(read)?;
        let is_access = token.header.typ.is_some_and(|typ| typ.eq_ignore_ascii_case(TYPE));
        let now = at.timestamp();
        let has_begun = now + LEEWAY >= i64::from(token.claims.nbf);
        let ends = i64::from(token.claims.exp) + LEEWAY;
        let pass = Pass {
            user: token.claims.sub,
            hangs_on: match token.claims.sid {
                Some(family) if token.claims.brief => HangsOn::Brief(family),
                Some(family) => HangsOn::SignIn(family),
                None => HangsOn::Account,
            },
            ends: DateTime::from_timestamp(ends, 0),
        };
        (is_access && has_begun && now < ends).then_some(pass)
    }
}

#[cfg(test)]
mod tests {
    use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
    use chrono::Duration as Span;
    use jsonwebtoken::jwk::Jwk;
    use serde_json::{Value, json};
    use testkit::{clock::epoch, sample};

    use super::*;

    const SECRET: &[u8] = b"a secret that is long enough, yes";

    fn tokens() -> AccessTokens {
        AccessTokens::new(SECRET, None, Duration::from_mins(15))
    }

    fn signed(header: &Header, claims: &Value) -> String {
        encode(header, claims, &EncodingKey::from_secret(SECRET)).unwrap()
    }

    fn header(typ: &str) -> Header {
        Header { typ: Some(typ.to_owned()), ..Header::new(Algorithm::HS256) }
    }

    fn claims() -> Value {
        let at = epoch().timestamp();
        json!({
            "iss": ISSUER, "aud": AUDIENCE, "sub": sample::user(epoch()).id, "role": "user",
            "iat": at, "nbf": at, "exp": at + 900,
        })
    }

    /// Security case 10.
    #[test]
    fn a_token_speaks_for_its_user_until_it_ends() {
        let user = sample::user(epoch());
        let family = FamilyId::generate(epoch());
        let token = tokens().issue(&user, family, epoch());
        let at = |seconds| tokens().verify(&token, epoch() + Span::seconds(seconds));
        let ends = Some(epoch() + Span::seconds(905));
        let pass = Pass { user: user.id, hangs_on: HangsOn::SignIn(family), ends };
        assert_eq!(at(0), Some(pass));
        assert_eq!(at(904), Some(pass), "clocks may differ a little");
        assert_eq!(at(905), None);
        assert_eq!(at(-6), None, "it has not begun");
        let brief = tokens().issue_brief(&user, family, epoch());
        let pass = Pass { hangs_on: HangsOn::Brief(family), ..pass };
        assert_eq!(tokens().verify(&brief, epoch()), Some(pass));
    }

    /// Security cases 5, 6, 7.
    #[test]
    fn claims_that_are_not_ours_are_refused() {
        let pass = tokens().verify(&signed(&header(TYPE), &claims()), epoch());
        assert_eq!(pass.map(|pass| pass.hangs_on), Some(HangsOn::Account));
        for (name, value) in [
            ("iss", json!("elsewhere")),
            ("aud", json!("elsewhere")),
            ("exp", json!("99999999999")),
            ("exp", json!(1.5e12)),
            ("exp", json!(-1)),
            ("exp", Value::Null),
            ("nbf", Value::Null),
            ("nbf", json!(epoch().timestamp() + 60)),
            ("sub", json!("1")),
            ("sid", json!("1")),
            ("role", json!("root")),
        ] {
            let mut claims = claims();
            claims[name] = value;
            if claims[name].is_null() {
                claims.as_object_mut().unwrap().remove(name);
            }
            let token = signed(&header(TYPE), &claims);
            assert_eq!(tokens().verify(&token, epoch()), None, "{claims}");
        }
    }

    /// Security case 11.
    #[test]
    fn a_key_that_was_replaced_checks_and_does_not_sign() {
        let user = sample::user(epoch());
        let ttl = Duration::from_mins(15);
        let family = FamilyId::generate(epoch());
        let old = tokens().issue(&user, family, epoch());
        let new = AccessTokens::new(b"the secret that comes after that", Some(SECRET), ttl);
        assert!(new.verify(&old, epoch()).is_some());
        assert!(new.verify(&old, epoch() + ttl + ttl).is_none(), "until its end");
        assert!(tokens().verify(&new.issue(&user, family, epoch()), epoch()).is_none());
        let without = AccessTokens::new(b"the secret that comes after that", None, ttl);
        assert!(without.verify(&old, epoch()).is_none());
    }

    /// Security case 3.
    #[test]
    fn a_header_names_no_key() {
        let own = EncodingKey::from_secret(b"a key of whoever made the token up");
        let named = Header {
            kid: Some("../../../dev/null".to_owned()),
            jku: Some("https://evil.example/keys".to_owned()),
            x5u: Some("https://evil.example/chain".to_owned()),
            jwk: Some(Jwk::from_encoding_key(&own, Algorithm::HS256).unwrap()),
            ..header(TYPE)
        };
        let by_own = encode(&named, &claims(), &own).unwrap();
        assert_eq!(tokens().verify(&by_own, epoch()), None, "signed with the key that it brings");
        assert!(tokens().verify(&signed(&named, &claims()), epoch()).is_some());
        let empty = EncodingKey::from_secret(b"");
        let forged = encode(&named, &claims(), &empty).unwrap();
        assert_eq!(tokens().verify(&forged, epoch()), None);
    }

    /// Security cases 1, 2, 9.
    #[test]
    fn a_token_of_another_kind_or_key_is_refused() {
        let refused = |token: &str| assert_eq!(tokens().verify(token, epoch()), None, "{token}");
        refused(&signed(&header("JWT"), &claims()));
        refused(&signed(&Header::new(Algorithm::HS512), &claims()));
        let other = EncodingKey::from_secret(b"another secret that is long enough");
        refused(&encode(&header(TYPE), &claims(), &other).unwrap());
        let good = signed(&header(TYPE), &claims());
        let (unsigned, _) = good.rsplit_once('.').unwrap();
        refused(unsigned);
        refused(&format!("{unsigned}."));
        let none = URL_SAFE_NO_PAD.encode(br#"{"alg":"none","typ":"at+jwt"}"#);
        let body = unsigned.split('.').nth(1).unwrap();
        refused(&format!("{none}.{body}."));
        let (_, signature) = good.rsplit_once('.').unwrap();
        let mut changed = claims();
        changed["role"] = json!("admin");
        let changed = signed(&header(TYPE), &changed);
        refused(&format!("{}.{signature}", changed.rsplit_once('.').unwrap().0));
        refused(&".".repeat(10_000));
        refused(&"a".repeat(1_000_000));
    }
}
