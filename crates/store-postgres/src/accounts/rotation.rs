//! Replacing a refresh token by its successor.

use domain::{account::User, id::FamilyId, ledger::AuditEvent, time::Timestamp};
use ports::store::{Presented, Refresh, RefreshRotation, TokenHash};
use sqlx::PgConnection;

use super::{Query, account_columns};
use crate::{
    batch::Batch,
    error::Error,
    row::{Columns, FromColumns},
    store::{PostgresStore, Writing},
};

const FIND: &str = concat!(
    "SELECT token.family, token.expires_at, token.replaced_by, token.replaced_at, \
     token.hash = $1 AS is_kept, token.revoked_at IS NOT NULL AS revoked, \
     coalesce(successor.replaced_by IS NOT NULL, false) AS successor_replaced, ",
    account_columns!(),
    " FROM refresh_tokens AS token JOIN users ON users.id = token.user_id \
     LEFT JOIN refresh_tokens AS successor ON successor.hash = token.replaced_by \
     WHERE token.hash = $1 OR token.family = $2 ORDER BY is_kept DESC LIMIT 1"
);

/// One rotation of a family at a time: what is decided must still be so when it is written. A family
/// may have thousands of tokens, so none of them is locked, but the number that all of them have in common,
/// to the end of the transaction. Two families with one number wait for each other, and nothing else.
const LOCK: &str = "SELECT pg_advisory_xact_lock(hashtextextended(family::text, 0)) \
     FROM refresh_tokens WHERE hash = $1 OR family = $2 LIMIT 1";

/// Before it, that nobody ends all sign-ins of the user meanwhile. In a statement of its own: whoever holds one lock
/// and waits for the other is to have taken them in this order.
const SHARE: &str = "SELECT pg_advisory_xact_lock_shared(hashtextextended(user_id::text, 1)) \
     FROM refresh_tokens WHERE hash = $1 OR family = $2 LIMIT 1";

const REPLACE: &str = "UPDATE refresh_tokens SET replaced_by = ?, replaced_at = ? WHERE hash = ?";

/// That which is being replaced is none of them yet: it may be presented again for a while. One that somebody else has a
/// lock on is forgotten the next time.
const FORGET_USED: &str = "DELETE FROM refresh_tokens WHERE hash IN (SELECT hash \
     FROM refresh_tokens WHERE family = ? AND replaced_by IS NOT NULL FOR UPDATE SKIP LOCKED)";

const ADD_SUCCESSOR: &str = "INSERT INTO refresh_tokens (hash, family, user_id, expires_at) \
     SELECT ?, family, user_id, expires_at FROM refresh_tokens WHERE hash = ?";

const REVOKE_FAMILY: &str =
    "UPDATE refresh_tokens SET revoked_at = ? WHERE family = ? AND revoked_at IS NULL";

/// A refresh token as it is kept, with its user.
struct Token {
    user: User,
    family: FamilyId,
    expires_at: Timestamp,
    replaced_by: Option<Vec<u8>>,
    replaced_at: Option<Timestamp>,
    /// Whether it is kept itself; else it was used long ago, and this is another one of its family.
    is_kept: bool,
    revoked: bool,
    successor_replaced: bool,
}

/// What to do with a token that somebody presents.
#[derive(Debug, PartialEq, Eq)]
enum Decision {
    Replace,
    /// The answer, which is this one.
    Repeat(TokenHash),
    RevokeFamily,
    Refuse,
}

impl Token {
    fn decide(&self, refresh: &Refresh, at: Timestamp) -> Decision {
        if self.revoked || self.user.disabled || self.expires_at <= at {
            return Decision::Refuse;
        }
        if !self.is_kept {
            return Decision::RevokeFamily;
        }
        let (Some(replaced_by), Some(replaced_at)) = (&self.replaced_by, self.replaced_at) else {
            return Decision::Replace;
        };
        let is_recent = (at - replaced_at).to_std().unwrap_or_default() <= refresh.tolerance;
        let is_by = |made: &TokenHash| made.0.as_slice() == replaced_by.as_slice();
        let by = [Some(refresh.successor), refresh.former].into_iter().flatten().find(is_by);
        match by.filter(|_| is_recent && !self.successor_replaced) {
            Some(by) => Decision::Repeat(by),
            None => Decision::RevokeFamily,
        }
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
            is_kept: columns.get("is_kept")?,
            revoked: columns.get("revoked")?,
            successor_replaced: columns.get("successor_replaced")?,
        })
    }
}

impl PostgresStore {
    pub(super) async fn rotate(
        &self,
        refresh: &Refresh,
        at: Timestamp,
    ) -> Result<RefreshRotation, Error> {
        let mut tx = self.begin().await?;
        lock(&mut tx, refresh.presented).await?;
        let row = of(FIND, refresh.presented).fetch_optional(&mut *tx).await?;
        let Some(token) = row.as_ref().map(Token::from_row).transpose()? else {
            tx.rollback().await?;
            return Ok(RefreshRotation::Invalid);
        };
        let decision = token.decide(refresh, at);
        let Token { user, family, .. } = token;
        match decision {
            Decision::Replace => {
                let refreshed = AuditEvent::refreshed(refresh.noted_as, user.id, at);
                replace(tx, refresh, &refreshed).await?;
                Ok(RefreshRotation::Rotated { user, family, by: refresh.successor })
            }
            Decision::Repeat(by) => {
                tx.rollback().await?;
                Ok(RefreshRotation::Rotated { user, family, by })
            }
            Decision::RevokeFamily => {
                let reused = AuditEvent::refresh_reused(refresh.noted_as, user.id, at);
                revoke_family(tx, family, &reused).await?;
                Ok(RefreshRotation::Reused(user.id))
            }
            Decision::Refuse => {
                tx.rollback().await?;
                Ok(RefreshRotation::Invalid)
            }
        }
    }
}

/// Nobody else changes the sign-in that `token` is of, until the end of the transaction.
pub(super) async fn lock(on: &mut PgConnection, token: Presented) -> Result<(), Error> {
    for lock in [SHARE, LOCK] {
        of(lock, token).execute(&mut *on).await?;
    }
    Ok(())
}

/// `statement` of a token, or, if that is not kept any more, of its family.
pub(super) fn of(statement: &'static str, token: Presented) -> Query {
    sqlx::query(statement).bind(token.hash.0.to_vec()).bind(token.family.map(FamilyId::as_uuid))
}

async fn replace(mut tx: Writing, refresh: &Refresh, noted: &AuditEvent) -> Result<(), Error> {
    let Presented { hash, family } = refresh.presented;
    let (presented, successor) = (hash.0.to_vec(), refresh.successor.0.to_vec());
    let mut batch = Batch::unconditional();
    if let Some(family) = family {
        batch.push(FORGET_USED).id(family.as_uuid());
    }
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
