//! Messages waiting to be published. A published one is gone: nobody asks for it again, and its body
//! may be a long conversation.

use std::sync::atomic::{AtomicI64, Ordering};

use async_trait::async_trait;
use domain::{
    id::{GenerationId, OutboxId},
    time::Timestamp,
};
use ports::store::{CLAIM_BYTES, NewOutboxRow, Outbox, OutboxRow, StoreError};
use sqlx::Row;

use crate::{
    batch::{Batch, json, stored},
    error::Error,
    store::PostgresStore,
};

const INSERT: &str = "INSERT INTO outbox (id, generation_id, claimed_until, topic, message_id, \
     correlation_id, kind, written_at, headers, body) ";

const ROW: &str = "SELECT ?, ?, ?, ?, ?, ?, ?, ?, ?, ? FROM decided";

// By what is unsent, never by a number reached: numbers are given out before they are committed. Rows
// that somebody else is claiming are skipped. Whoever was tried last goes last. They are looked for once: a subquery may
// be run again for each row, and then passes over those that the statement itself has claimed, to the last one.
// The length of a long body is known without reading it; it is summed up in the order in which they are found.
pub(crate) const CLAIM: &str = "WITH next AS MATERIALIZED (SELECT position, octet_length(body) AS size \
     FROM outbox WHERE (claimed_until IS NULL OR claimed_until <= $3) AND position > $4 \
     ORDER BY claimed_until NULLS FIRST, position LIMIT $1 FOR UPDATE SKIP LOCKED), \
     measured AS (SELECT position, sum(size) OVER (ROWS UNBOUNDED PRECEDING) - size AS before FROM next) \
     UPDATE outbox SET claimed_until = $2 FROM measured \
     WHERE outbox.position = measured.position AND before < $5 RETURNING outbox.*";

const UNSENT: &str = "SELECT count(*) FROM (SELECT 1 FROM outbox LIMIT $1) AS counted";

const MARK_SENT: &str = "DELETE FROM outbox WHERE id = ANY($1)";

const PUT_OFF: &str = "UPDATE outbox SET claimed_until = $2 WHERE id = ANY($1)";

pub(crate) const PRUNE: &str = "DELETE FROM refresh_tokens WHERE hash IN \
     (SELECT hash FROM refresh_tokens WHERE expires_at < $1 ORDER BY expires_at LIMIT $2)";

impl Batch {
    /// Adds messages to be published.
    pub(crate) fn push_outbox(&mut self, rows: &[NewOutboxRow]) {
        for (index, row) in rows.iter().enumerate() {
            // One statement for all of them, so that their order is that of the rows.
            if index == 0 {
                self.push(INSERT).push_on(ROW);
            } else {
                self.push_on(" UNION ALL ").push_on(ROW);
            }
            self.bind_outbox_row(row);
        }
    }

    fn bind_outbox_row(&mut self, row: &NewOutboxRow) {
        let envelope = &row.envelope;
        self.id(row.id.as_uuid())
            .maybe_id(row.generation_id.map(GenerationId::as_uuid))
            .maybe_time(row.claimed_until)
            .bind(json(&row.topic))
            .id(envelope.message_id)
            .id(envelope.correlation_id)
            .text(&envelope.kind)
            .time(envelope.at)
            .bind(json(&envelope.headers))
            .bind(envelope.body.to_vec());
    }
}

#[async_trait]
impl Outbox for PostgresStore {
    async fn add(&self, rows: &[NewOutboxRow]) -> Result<(), StoreError> {
        self.timed(self.add_rows(rows)).await
    }

    async fn claim(
        &self,
        limit: u32,
        until: Timestamp,
        at: Timestamp,
    ) -> Result<Vec<OutboxRow>, StoreError> {
        self.timed(self.claim_rows(limit, until, at)).await
    }

    async fn unsent(&self, most: u32) -> Result<u32, StoreError> {
        self.timed(self.count_unsent(most)).await
    }

    async fn mark_sent(&self, ids: &[OutboxId]) -> Result<(), StoreError> {
        self.timed(self.forget_rows(ids)).await
    }

    async fn put_off(&self, ids: &[OutboxId], until: Timestamp) -> Result<(), StoreError> {
        self.timed(self.put_off_rows(ids, until)).await
    }

    async fn prune(&self, before: Timestamp, limit: u32) -> Result<u64, StoreError> {
        self.timed(self.prune_tokens(before, limit)).await
    }
}

impl PostgresStore {
    async fn add_rows(&self, rows: &[NewOutboxRow]) -> Result<(), Error> {
        if rows.is_empty() {
            return Ok(());
        }
        let mut batch = Batch::unconditional();
        batch.push_outbox(rows);
        batch.execute(&self.pool()).await?;
        Ok(())
    }

    async fn claim_rows(
        &self,
        limit: u32,
        until: Timestamp,
        at: Timestamp,
    ) -> Result<Vec<OutboxRow>, Error> {
        let mut rows = sqlx::query(CLAIM)
            .bind(i64::from(limit))
            .bind(until)
            .bind(at)
            .bind(beyond(0))
            .bind(stored(CLAIM_BYTES))
            // To the last row, since the statement commits when it is done.
            .fetch_all(&self.pool())
            .await?;
        // RETURNING gives no order.
        rows.sort_by_key(|row| row.get::<i64, _>("position"));
        if let Some(last) = rows.last() {
            beyond(last.get("position"));
        }
        self.unreadable.pass_over(&rows)
    }

    async fn count_unsent(&self, most: u32) -> Result<u32, Error> {
        let query = sqlx::query_scalar(UNSENT).bind(i64::from(most));
        let count: i64 = query.fetch_one(&self.pool()).await?;
        Ok(u32::try_from(count).unwrap_or(u32::MAX))
    }

    async fn forget_rows(&self, ids: &[OutboxId]) -> Result<(), Error> {
        if ids.is_empty() {
            return Ok(());
        }
        let ids: Vec<_> = ids.iter().map(|id| id.as_uuid()).collect();
        sqlx::query(MARK_SENT).bind(ids).execute(&self.pool()).await?;
        Ok(())
    }

    async fn put_off_rows(&self, ids: &[OutboxId], until: Timestamp) -> Result<(), Error> {
        if ids.is_empty() {
            return Ok(());
        }
        let ids: Vec<_> = ids.iter().map(|id| id.as_uuid()).collect();
        sqlx::query(PUT_OFF).bind(ids).bind(until).execute(&self.pool()).await?;
        Ok(())
    }

    async fn prune_tokens(&self, before: Timestamp, limit: u32) -> Result<u64, Error> {
        let query = sqlx::query(PRUNE).bind(before).bind(i64::from(limit));
        Ok(query.execute(&self.pool()).await?.rows_affected())
    }
}

/// Behind which position rows are looked for: all of them, unless a test planted the mistake of
/// going by the largest number seen.
fn beyond(seen: i64) -> i64 {
    static LARGEST: AtomicI64 = AtomicI64::new(0);
    if failpoint::is_planted("outbox_id_cursor") {
        LARGEST.fetch_max(seen, Ordering::Relaxed).max(seen)
    } else {
        0
    }
}
