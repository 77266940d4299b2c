//! Replacing a refresh token by its successor.

use std::time::Duration;

use domain::{
    account::User,
    id::{EventId, FamilyId},
    ledger::AuditEvent,
    time::Timestamp,
};
use ports::store::{RefreshRotation, TokenHash};

use super::account_columns;
use crate::{
    batch::Batch,
    error::Error,
    row::{Columns, FromColumns},
    store::SqliteStore,
    writer::{Writing, begin},
};

const FIND: &str = concat!(
    "SELECT token.family, token.expires_at, token.replaced_by, token.replaced_at, \
     token.revoked_at IS NOT NULL AS revoked, \
     coalesce(successor.replaced_by IS NOT NULL, 0) AS successor_replaced, ",
    account_columns!(),
    " FROM refresh_tokens AS token JOIN users ON users.id = token.user_id \
     LEFT JOIN refresh_tokens AS successor ON successor.hash = token.replaced_by \
     WHERE token.hash = ?1"
);

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
            family: columns.id("family")?,
            expires_at: columns.time("expires_at")?,
            replaced_by: columns.get("replaced_by")?,
            replaced_at: columns.maybe_time("replaced_at")?,
            revoked: columns.get("revoked")?,
            successor_replaced: columns.get("successor_replaced")?,
        })
    }
}

impl SqliteStore {
    pub(super) async fn rotate(
        &self,
        (presented, successor): (TokenHash, TokenHash),
        tolerance: Duration,
        noted_as: EventId,
        at: Timestamp,
    ) -> Result<RefreshRotation, Error> {
        let mut writer = self.writer.turn().await?;
        let mut tx = begin(&mut writer).await?;
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

async fn replace(
    mut tx: Writing<'_>,
    (presented, successor): (TokenHash, TokenHash),
    noted: &AuditEvent,
) -> Result<(), Error> {
    let (presented, successor) = (presented.0.to_vec(), successor.0.to_vec());
    let mut batch = Batch::default();
    batch.push(ADD_SUCCESSOR).bind(successor.clone()).bind(presented.clone());
    batch.push(REPLACE).bind(successor).time(noted.at).bind(presented);
    batch.push_audit(noted);
    batch.execute(&mut tx).await?;
    Ok(tx.commit().await?)
}

async fn revoke_family(
    mut tx: Writing<'_>,
    family: FamilyId,
    noted: &AuditEvent,
) -> Result<(), Error> {
    let mut batch = Batch::default();
    batch.push(REVOKE_FAMILY).time(noted.at).bind(family.to_string());
    batch.push_audit(noted);
    batch.execute(&mut tx).await?;
    Ok(tx.commit().await?)
}

#[cfg(test)]
mod tests;
