//! Replacing a refresh token by its successor.

use std::time::Duration;

use domain::{
    account::User,
    id::{EventId, FamilyId},
    ledger::AuditEvent,
    time::Timestamp,
};
use ports::store::{RefreshRotation, TokenHash};
use sqlx::PgConnection;

use super::account_columns;
use crate::{
    batch::Batch,
    error::Error,
    row::{Columns, FromColumns},
    store::{PostgresStore, Writing},
};

const FIND: &str = concat!(
    "SELECT token.family, token.expires_at, token.replaced_by, token.replaced_at, \
     token.revoked_at IS NOT NULL AS revoked, \
     coalesce(successor.replaced_by IS NOT NULL, false) AS successor_replaced, ",
    account_columns!(),
    " FROM refresh_tokens AS token JOIN users ON users.id = token.user_id \
     LEFT JOIN refresh_tokens AS successor ON successor.hash = token.replaced_by \
     WHERE token.hash = $1"
);

/// One rotation of a family at a time: what is decided must still be so when it is written. A family of a
/// long sign-in has thousands of tokens, so none of them is locked, but the number that all of them have in common,
/// to the end of the transaction. Two families with one number wait for each other, and nothing else.
const LOCK: &str = "SELECT pg_advisory_xact_lock(hashtextextended(family::text, 0)) \
     FROM refresh_tokens WHERE hash = $1";

/// Before it, that nobody ends all sign-ins of the user meanwhile. In a statement of its own: whoever holds one lock
/// and waits for the other is to have taken them in this order.
const SHARE: &str = "SELECT pg_advisory_xact_lock_shared(hashtextextended(user_id::text, 1)) \
     FROM refresh_tokens WHERE hash = $1";

const REPLACE: &str = "UPDATE refresh_tokens SET replaced_by = ?, replaced_at = ? WHERE hash = ?";

const ADD_SUCCESSOR: &str = "INSERT INTO refresh_tokens (hash, family, user_id, expires_at) \
     SELECT ?, family, user_id, expires_at FROM refresh_tokens WHERE hash = ?";

const REVOKE_FAMILY: &str =
    "UPDATE refresh_tokens SET revoked_at = coalesce(revoked_at, ?) WHERE family = ?";

/// A refresh token as it is kept, with its user.
struct Token {
    user: User,
    family: FamilyId,
    expires_at: Timestamp,
    replaced_by: Option<Vec<u8>>,
    replaced_at: Option<Timestamp>,
    revoked: bool,
    successor_replaced: bool,
}

/// What to do with a token that somebody presents.
#[derive(Debug, PartialEq, Eq)]
enum Decision {
    Replace,
    Repeat,
    RevokeFamily,
    Refuse,
}

impl Token {
    fn decide(&self, successor: TokenHash, tolerance: Duration, at: Timestamp) -> Decision {
        if self.revoked || self.user.disabled || self.expires_at <= at {
            return Decision::Refuse;
        }
        let (Some(replaced_by), Some(replaced_at)) = (&self.replaced_by, self.replaced_at) else {
            return Decision::Replace;
        };
        let is_recent = (at - replaced_at).to_std().unwrap_or_default() <= tolerance;
        let is_same = replaced_by.as_slice() == successor.0.as_slice();
        if is_recent && is_same && !self.successor_replaced {
            return Decision::Repeat;
        }
        Decision::RevokeFamily
    }
}

impl FromColumns for Token {
    const TABLE: &'static str = "refresh_tokens";
    const KEY: &'static str = "family";

    fn read(columns: Columns<'_>) -> Result<Self, Error> {
        Ok(Self {
            user: User::read(columns)?,
            family: columns.id("family", FamilyId::from_uuid)?,
            expires_at: columns.time("expires_at")?,
            replaced_by: columns.get("replaced_by")?,
            replaced_at: columns.maybe_time("replaced_at")?,
            revoked: columns.get("revoked")?,
            successor_replaced: columns.get("successor_replaced")?,
        })
    }
}

impl PostgresStore {
    pub(super) async fn rotate(
        &self,
        (presented, successor): (TokenHash, TokenHash),
        tolerance: Duration,
        noted_as: EventId,
        at: Timestamp,
    ) -> Result<RefreshRotation, Error> {
        let mut tx = self.begin().await?;
        lock(&mut tx, presented).await?;
        let row = sqlx::query(FIND).bind(presented.0.as_slice()).fetch_optional(&mut *tx).await?;
        let Some(token) = row.as_ref().map(Token::from_row).transpose()? else {
            tx.rollback().await?;
            return Ok(RefreshRotation::Invalid);
        };
        match token.decide(successor, tolerance, at) {
            Decision::Replace => {
                let refreshed = AuditEvent::refreshed(noted_as, token.user.id, at);
                replace(tx, (presented, successor), &refreshed).await?;
                Ok(RefreshRotation::Rotated(token.user, token.family))
            }
            Decision::Repeat => {
                tx.rollback().await?;
                Ok(RefreshRotation::Rotated(token.user, token.family))
            }
            Decision::RevokeFamily => {
                let reused = AuditEvent::refresh_reused(noted_as, token.user.id, at);
                revoke_family(tx, token.family, &reused).await?;
                Ok(RefreshRotation::Reused(token.user.id))
            }
            Decision::Refuse => {
                tx.rollback().await?;
                Ok(RefreshRotation::Invalid)
            }
        }
    }
}

/// Nobody else changes the sign-in that `token` is of, until the end of the transaction.
pub(super) async fn lock(on: &mut PgConnection, token: TokenHash) -> Result<(), Error> {
    for lock in [SHARE, LOCK] {
        sqlx::query(lock).bind(token.0.to_vec()).execute(&mut *on).await?;
    }
    Ok(())
}

async fn replace(
    mut tx: Writing,
    (presented, successor): (TokenHash, TokenHash),
    noted: &AuditEvent,
) -> Result<(), Error> {
    let (presented, successor) = (presented.0.to_vec(), successor.0.to_vec());
    let mut batch = Batch::unconditional();
    batch.push(ADD_SUCCESSOR).bind(successor.clone()).bind(presented.clone());
    batch.push(REPLACE).bind(successor).time(noted.at).bind(presented);
    batch.push_audit(noted);
    batch.execute(&mut *tx).await?;
    Ok(tx.commit().await?)
}

async fn revoke_family(mut tx: Writing, family: FamilyId, noted: &AuditEvent) -> Result<(), Error> {
    let mut batch = Batch::unconditional();
    batch.push(REVOKE_FAMILY).time(noted.at).id(family.as_uuid());
    batch.push_audit(noted);
    batch.execute(&mut *tx).await?;
    Ok(tx.commit().await?)
}
