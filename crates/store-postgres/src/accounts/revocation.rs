//! The end of sign-ins.
//!
//! They are locked first, and their tokens revoked in a statement of its own: a rotation that was under way has
//! put a successor there by then, which a statement that waits for it does not see.

use domain::{
    id::{EventId, UserId},
    ledger::AuditEvent,
    time::Timestamp,
};
use ports::store::Presented;
use sqlx::{PgConnection, Row};

use super::rotation::{lock, of};
use crate::{batch::Batch, error::Error, store::PostgresStore};

// One that is forgotten says its family; the others are known by what is kept.
const REVOKE: &str = "UPDATE refresh_tokens SET revoked_at = $3 \
     WHERE family = coalesce($2, (SELECT family FROM refresh_tokens WHERE hash = $1)) \
     AND revoked_at IS NULL RETURNING user_id";

/// Whoever changes one sign-in shares this, before the lock of the sign-in itself: one lock, however many sign-ins
/// there are. The user's row is locked by then, and none of them waits for that.
const LOCK_ALL: &str = "SELECT pg_advisory_xact_lock(hashtextextended($1::uuid::text, 1))";

const REVOKE_ALL: &str =
    "UPDATE refresh_tokens SET revoked_at = $2 WHERE user_id = $1 AND revoked_at IS NULL";

const REVOKE_SOME: &str = "UPDATE refresh_tokens SET revoked_at = $2 WHERE hash IN \
     (SELECT hash FROM refresh_tokens WHERE user_id = $1 AND revoked_at IS NULL LIMIT $3)";

/// So many tokens are revoked at once: a second or two of the fifteen that a call is given.
const AT_ONCE: u16 = 20_000;

impl PostgresStore {
    /// Ends the sign-in that `token` is of. Whose it was, if there is one.
    pub(super) async fn revoke(
        &self,
        token: Presented,
        noted_as: EventId,
        at: Timestamp,
    ) -> Result<Option<UserId>, Error> {
        let mut tx = self.begin().await?;
        lock(&mut tx, token).await?;
        let revoked = of(REVOKE, token).bind(at);
        let owners = revoked.fetch_all(&mut *tx).await?;
        let owner = owners.first().map(|row| row.try_get("user_id")).transpose()?;
        let owner = owner.map(UserId::from_uuid);
        if let Some(owner) = owner {
            let mut batch = Batch::unconditional();
            batch.push_audit(&AuditEvent::signed_out(noted_as, owner, at));
            batch.execute(&mut *tx).await?;
        }
        tx.commit().await?;
        Ok(owner)
    }

    /// Ends the sign-ins of `user`, so many tokens at a time, so that a next try goes on where one has no time left: there
    /// are accounts with a million. Those that are begun meanwhile may go on.
    pub(super) async fn revoke_by_and_by(&self, user: UserId, at: Timestamp) -> Result<(), Error> {
        loop {
            let mut tx = self.begin().await?;
            sqlx::query(LOCK_ALL).bind(user.as_uuid()).execute(&mut *tx).await?;
            let some = sqlx::query(REVOKE_SOME).bind(user.as_uuid()).bind(at);
            let revoked = some.bind(i64::from(AT_ONCE)).execute(&mut *tx).await?.rows_affected();
            tx.commit().await?;
            if revoked < AT_ONCE.into() {
                return Ok(());
            }
        }
    }
}

/// Ends all sign-ins of `user`, in the transaction `on`.
pub(super) async fn revoke_all(
    on: &mut PgConnection,
    user: UserId,
    at: Timestamp,
) -> Result<(), Error> {
    sqlx::query(LOCK_ALL).bind(user.as_uuid()).execute(&mut *on).await?;
    sqlx::query(REVOKE_ALL).bind(user.as_uuid()).bind(at).execute(&mut *on).await?;
    Ok(())
}
