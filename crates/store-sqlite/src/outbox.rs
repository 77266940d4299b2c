//! Messages waiting to be published. A published one is gone: nobody asks for it again, and its body
//! may be a long conversation.

use async_trait::async_trait;
use domain::{id::OutboxId, time::Timestamp};
use ports::store::{CLAIM_BYTES, NewOutboxRow, Outbox, OutboxRow, StoreError};
use sqlx::Row;

use crate::{
    batch::{Batch, stored},
    error::Error,
    store::SqliteStore,
    writer::begin,
};

const INSERT: &str = "INSERT INTO outbox (id, generation_id, claimed_until, topic, message_id, \
     correlation_id, kind, written_at, headers, body) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";

// Whoever was tried last goes last; who never was has no time, which is less than any.
// Lengths are summed up in the order in which they are found.
pub(crate) const CLAIM: &str = "UPDATE outbox SET claimed_until = ?2 WHERE position IN \
     (SELECT position FROM (SELECT position, sum(size) OVER (ROWS UNBOUNDED PRECEDING) - size AS before \
         FROM (SELECT position, octet_length(body) AS size FROM outbox \
             WHERE claimed_until IS NULL OR claimed_until <= ?3 \
             ORDER BY claimed_until, position LIMIT ?1)) WHERE before < ?4) RETURNING *";

const UNSENT: &str = "SELECT count(*) FROM (SELECT 1 FROM outbox LIMIT ?1)";

const MARK_SENT: &str = "DELETE FROM outbox WHERE id IN (SELECT value FROM json_each(?1))";

const PUT_OFF: &str =
    "UPDATE outbox SET claimed_until = ?2 WHERE id IN (SELECT value FROM json_each(?1))";

pub(crate) const PRUNE: &str = "DELETE FROM refresh_tokens WHERE hash IN \
     (SELECT hash FROM refresh_tokens WHERE expires_at < ?1 ORDER BY expires_at LIMIT ?2)";

impl Batch {
    /// Adds messages to be published.
    pub(crate) fn push_outbox(&mut self, rows: &[NewOutboxRow]) {
        for row in rows {
            self.push_outbox_row(row);
        }
    }

    fn push_outbox_row(&mut self, row: &NewOutboxRow) {
        let envelope = &row.envelope;
        self.push(INSERT)
            .text(&row.id)
            .maybe_text(row.generation_id)
            .maybe_time(row.claimed_until)
            .bind(json(&row.topic))
            .text(&envelope.message_id)
            .text(&envelope.correlation_id)
            .bind(envelope.kind.clone())
            .time(envelope.at)
            .bind(json(&envelope.headers))
            .bind(envelope.body.to_vec());
    }
}

/// `value` as JSON text.
pub(crate) fn json(value: &impl serde::Serialize) -> String {
    serde_json::to_string(value).expect("texts, numbers and maps of texts always have a JSON form")
}

#[async_trait]
impl Outbox for SqliteStore {
    async fn add(&self, rows: &[NewOutboxRow]) -> Result<(), StoreError> {
        Ok(self.add_rows(rows).await?)
    }

    async fn claim(
        &self,
        limit: u32,
        until: Timestamp,
        at: Timestamp,
    ) -> Result<Vec<OutboxRow>, StoreError> {
        Ok(self.claim_rows(limit, until, at).await?)
    }

    async fn unsent(&self, most: u32) -> Result<u32, StoreError> {
        Ok(self.count_unsent(most).await?)
    }

    async fn mark_sent(&self, ids: &[OutboxId]) -> Result<(), StoreError> {
        Ok(self.forget_rows(ids).await?)
    }

    async fn put_off(&self, ids: &[OutboxId], until: Timestamp) -> Result<(), StoreError> {
        Ok(self.put_off_rows(ids, until).await?)
    }

    async fn prune(&self, before: Timestamp, limit: u32) -> Result<u64, StoreError> {
        Ok(self.prune_tokens(before, limit).await?)
    }
}

impl SqliteStore {
    async fn add_rows(&self, rows: &[NewOutboxRow]) -> Result<(), Error> {
        if rows.is_empty() {
            return Ok(());
        }
        let mut batch = Batch::default();
        batch.push_outbox(rows);
        let mut writer = self.writer.turn().await?;
        let mut tx = begin(&mut writer).await?;
        batch.execute(&mut tx).await?;
        Ok(tx.commit().await?)
    }

    async fn claim_rows(
        &self,
        limit: u32,
        until: Timestamp,
        at: Timestamp,
    ) -> Result<Vec<OutboxRow>, Error> {
        let mut writer = self.writer.turn().await?;
        let mut tx = begin(&mut writer).await?;
        let mut rows = sqlx::query(CLAIM)
            .bind(i64::from(limit))
            .bind(until.timestamp_micros())
            .bind(at.timestamp_micros())
            .bind(stored(CLAIM_BYTES))
            .fetch_all(&mut *tx)
            .await?;
        tx.commit().await?;
        drop(writer);
        // RETURNING gives no order.
        rows.sort_by_key(|row| row.get::<i64, _>("position"));
        self.unreadable.pass_over(&rows)
    }

    async fn count_unsent(&self, most: u32) -> Result<u32, Error> {
        let query = sqlx::query_scalar(UNSENT).bind(i64::from(most));
        let count: i64 = query.fetch_one(&self.readers).await?;
        Ok(u32::try_from(count).unwrap_or(u32::MAX))
    }

    async fn forget_rows(&self, ids: &[OutboxId]) -> Result<(), Error> {
        if ids.is_empty() {
            return Ok(());
        }
        let ids = json(&ids);
        let mut writer = self.writer.turn().await?;
        sqlx::query(MARK_SENT).bind(ids).execute(&mut *writer).await?;
        Ok(())
    }

    async fn put_off_rows(&self, ids: &[OutboxId], until: Timestamp) -> Result<(), Error> {
        if ids.is_empty() {
            return Ok(());
        }
        let (ids, until) = (json(&ids), until.timestamp_micros());
        let mut writer = self.writer.turn().await?;
        sqlx::query(PUT_OFF).bind(ids).bind(until).execute(&mut *writer).await?;
        Ok(())
    }

    async fn prune_tokens(&self, before: Timestamp, limit: u32) -> Result<u64, Error> {
        let mut writer = self.writer.turn().await?;
        let pruned = sqlx::query(PRUNE)
            .bind(before.timestamp_micros())
            .bind(i64::from(limit))
            .execute(&mut *writer)
            .await?;
        Ok(pruned.rows_affected())
    }
}
