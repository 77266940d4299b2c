//! Tickets for streams: an `EventSource` cannot send headers, and an access token must not stand in an
//! address. A ticket opens one stream, once, within a minute.

use std::time::Duration;

use chrono::DateTime;
use domain::{
    id::{FamilyId, UserId},
    time::Timestamp,
};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation, decode, encode};
use ports::{
    live::{Limits, LiveError},
    store::TokenHash,
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{HangsOn, Pass};

/// Tells a ticket from every other token signed with the same key.
const TYPE: &str = "ticket+jwt";

/// How long a ticket is good.
pub(crate) const TICKET_LASTS: Duration = Duration::from_mins(1);

/// How long a used ticket is remembered: longer than it is good, whatever the clocks say.
const REMEMBERED: Duration = Duration::from_mins(5);

/// Longer ones are refused unread. Ours have at most 700 bytes, for an API key.
const MAX_BYTES: usize = 2048;

#[derive(Debug, Serialize, Deserialize)]
struct Claims {
    sub: UserId,
    /// The one stream it opens.
    path: String,
    /// Told apart by this when it is used.
    jti: Uuid,
    exp: i64,
    /// The sign-in behind it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    sid: Option<FamilyId>,
    /// The API key behind it, by its hash.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    key: Option<[u8; 32]>,
    /// When the stream ends, where neither says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    ends: Option<i64>,
}

impl Claims {
    /// What the stream hangs on that was opened with it: whoever has a ticket cannot show another token
    /// later, so that the stream does not end with the access token, and ends with the sign-in.
    fn pass(&self) -> Pass {
        let sign_in = self.sid.map(HangsOn::SignIn);
        let key = self.key.map(|hash| HangsOn::Key(TokenHash(hash)));
        let ends = self.ends.and_then(|ends| DateTime::from_timestamp(ends, 0));
        Pass { user: self.sub, hangs_on: sign_in.or(key).unwrap_or(HangsOn::Account), ends }
    }
}

/// Issues and checks tickets.
pub(crate) struct Tickets {
    signing: EncodingKey,
    checking: Vec<DecodingKey>,
    validation: Validation,
}

impl Tickets {
    /// Tickets signed with `secret`. Those signed with the `previous` secret are good as well.
    pub(crate) fn new(secret: &[u8], previous: Option<&[u8]>) -> Self {
        let mut validation = Validation::new(Algorithm::HS256);
        validation.set_required_spec_claims(&["exp", "sub"]);
        // Times are compared below, with our own clock.
        validation.validate_exp = false;
        validation.validate_aud = false;
        let signing = EncodingKey::from_secret(secret);
        let secrets = [Some(secret), previous].into_iter().flatten();
        Self { signing, checking: secrets.map(DecodingKey::from_secret).collect(), validation }
    }

    /// A ticket with which whoever has `pass` opens the stream `path`.
    pub(crate) fn issue(&self, pass: Pass, path: &str, at: Timestamp) -> String {
        let jti = uuid::Builder::from_random_bytes(rand::random()).into_uuid();
        let exp = (at + TICKET_LASTS).timestamp();
        let (sid, key, ends) = match pass.hangs_on {
            // A stream is all that it opens.
            HangsOn::SignIn(family) | HangsOn::Brief(family) => (Some(family), None, None),
            HangsOn::Key(TokenHash(hash)) => (None, Some(hash), None),
            HangsOn::Account => (None, None, pass.ends.map(|ends| ends.timestamp())),
        };
        let claims = Claims { sub: pass.user, path: path.to_owned(), jti, exp, sid, key, ends };
        let header = Header { typ: Some(TYPE.to_owned()), ..Header::new(Algorithm::HS256) };
        encode(&header, &claims, &self.signing)
            .expect("HMAC signs any claims that have a JSON form")
    }

    /// Uses a ticket for the stream `path` up. Answers what is behind it, if it was good. Without a live side that all
    /// processes share none is, or it would be good once in each.
    pub(crate) async fn redeem(
        &self,
        limits: &dyn Limits,
        ticket: &str,
        path: &str,
        at: Timestamp,
    ) -> Result<Option<Pass>, LiveError> {
        let Some(claims) = self.verify(ticket, path, at) else { return Ok(None) };
        // Whoever presents it again is somebody else, though it be the same one: only a call lost on its way is made again.
        let by = uuid::Builder::from_random_bytes(rand::random()).into_uuid();
        let is_good = limits.use_up(&format!("ticket:{}", claims.jti), by, REMEMBERED).await?;
        Ok(is_good.then(|| claims.pass()))
    }

    fn verify(&self, ticket: &str, path: &str, at: Timestamp) -> Option<Claims> {
        if ticket.len() > MAX_BYTES {
            return None;
        }
        let read = |key| decode::<Claims>(ticket, key, &self.validation).ok();
        let token = self.checking.iter().find_map(read)?;
        let is_ticket = token.header.typ.is_some_and(|typ| typ.eq_ignore_ascii_case(TYPE));
        let is_good = is_ticket && token.claims.path == path && at.timestamp() < token.claims.exp;
        is_good.then_some(token.claims)
    }
}

#[cfg(test)]
mod tests {
    use chrono::Duration as Span;
    use testkit::clock::epoch;

    use super::*;

    const SECRET: &[u8] = b"a secret that is long enough, yes";

    /// Security case 41.
    #[test]
    fn a_ticket_is_good_for_one_address_and_one_minute() {
        let tickets = Tickets::new(SECRET, None);
        let pass = Pass::of_guest(UserId::generate(epoch()));
        let ticket = tickets.issue(pass, "/a", epoch());
        let at = |path, seconds| tickets.verify(&ticket, path, epoch() + Span::seconds(seconds));
        assert_eq!(at("/a", 59).map(|claims| claims.pass()), Some(pass));
        assert!(at("/a", 60).is_none());
        assert!(at("/b", 0).is_none());
        let another = b"another secret that is long enough";
        let [other, next] = [None, Some(SECRET)].map(|previous| Tickets::new(another, previous));
        assert!(other.verify(&ticket, "/a", epoch()).is_none());
        assert!(next.verify(&ticket, "/a", epoch()).is_some(), "the secret was replaced");
        assert!(tickets.verify(&"a".repeat(10_000), "/a", epoch()).is_none());
    }

    /// Security case 98.
    #[test]
    fn a_stream_opened_by_a_ticket_hangs_on_what_the_ticket_was_given_for() {
        let tickets = Tickets::new(SECRET, None);
        let user = UserId::generate(epoch());
        let soon = Some(epoch() + Span::seconds(900));
        for (hangs_on, ends) in [
            (HangsOn::SignIn(FamilyId::generate(epoch())), None),
            (HangsOn::Key(TokenHash([255; 32])), None),
            (HangsOn::Account, soon),
        ] {
            let given = Pass { user, hangs_on, ends: soon };
            let ticket = tickets.issue(given, "/api/events", epoch());
            assert!(ticket.len() < 700, "{}", ticket.len());
            let claims = tickets.verify(&ticket, "/api/events", epoch()).unwrap();
            assert_eq!(claims.pass(), Pass { user, hangs_on, ends });
        }
    }

    /// Security case 8.
    #[test]
    fn no_other_token_is_a_ticket_and_a_ticket_is_no_other_token() {
        let user = testkit::sample::user(epoch());
        let access = crate::auth::AccessTokens::new(SECRET, None, Duration::from_mins(15));
        let tickets = Tickets::new(SECRET, None);
        let family = FamilyId::generate(epoch());
        assert!(tickets.verify(&access.issue(&user, family, epoch()), "/a", epoch()).is_none());
        let ticket = tickets.issue(Pass::of_guest(user.id), "/a", epoch());
        assert!(access.verify(&ticket, epoch()).is_none());
    }
}
