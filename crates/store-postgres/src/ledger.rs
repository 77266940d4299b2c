//! The usage and audit books.

use std::collections::HashSet;

use async_trait::async_trait;
use chrono::NaiveDate;
use domain::{
    id::{EventId, UserId},
    ledger::{AuditEvent, UsageEvent},
};
use ports::store::{DailyUsage, Ledger, Posting, StoreError};
use sqlx::{Row, postgres::PgRow};
use uuid::Uuid;

use crate::{
    batch::stored,
    error::Error,
    row::{Columns, FromColumns},
    store::PostgresStore,
    text::kept,
};

// Entry and day in one statement: neither is there without the other. Ordered, so that two writers
// of one day never wait for each other crosswise.
const POST_USAGE: &str = "WITH posted AS (\
     INSERT INTO usage_events (event_id, user_id, generation_id, attempt, provider, model, \
     input_tokens, output_tokens, source, at) \
     SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::bigint[], $5::text[], \
     $6::text[], $7::bigint[], $8::bigint[], $9::text[], $10::timestamptz[]) AS entry \
     ORDER BY 1 ON CONFLICT (event_id) DO NOTHING \
     RETURNING event_id, user_id, (at AT TIME ZONE 'UTC')::date AS day, input_tokens, \
     output_tokens), \
     days AS (INSERT INTO daily_usage AS known \
     (user_id, day, input_tokens, output_tokens, attempts) \
     SELECT user_id, day, sum(input_tokens)::bigint, sum(output_tokens)::bigint, count(*) \
     FROM posted GROUP BY 1, 2 ORDER BY 1, 2 \
     ON CONFLICT (user_id, day) DO UPDATE SET \
     input_tokens = known.input_tokens + excluded.input_tokens, \
     output_tokens = known.output_tokens + excluded.output_tokens, \
     attempts = known.attempts + excluded.attempts) \
     SELECT event_id FROM posted";

const POST_AUDIT: &str = "INSERT INTO audit_logs (event_id, actor, action, subject, at) \
     SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::timestamptz[]) \
     AS entry ORDER BY 1 ON CONFLICT (event_id) DO NOTHING RETURNING event_id";

const DAILY_USAGE: &str =
    "SELECT * FROM daily_usage WHERE user_id = $1 AND day >= $2 ORDER BY day DESC";

#[async_trait]
impl Ledger for PostgresStore {
    async fn post_usage(&self, events: &[UsageEvent]) -> Result<Vec<Posting>, StoreError> {
        self.timed(self.book_usage(events)).await
    }

    async fn post_audit(&self, events: &[AuditEvent]) -> Result<Vec<Posting>, StoreError> {
        self.timed(self.book_audit(events)).await
    }

    async fn daily_usage(
        &self,
        user: UserId,
        from: NaiveDate,
    ) -> Result<Vec<DailyUsage>, StoreError> {
        self.timed(self.read_days(user, from)).await
    }
}

/// One column of many entries.
fn column<E, T>(events: &[E], value: impl Fn(&E) -> T) -> Vec<T> {
    events.iter().map(value).collect()
}

impl PostgresStore {
    async fn book_usage(&self, events: &[UsageEvent]) -> Result<Vec<Posting>, Error> {
        let text = |text: &str| kept(text).into_owned();
        let rows = sqlx::query(POST_USAGE)
            .bind(column(events, |event| event.event_id.as_uuid()))
            .bind(column(events, |event| event.user_id.as_uuid()))
            .bind(column(events, |event| event.generation_id.as_uuid()))
            .bind(column(events, |event| i64::from(event.attempt)))
            .bind(column(events, |event| text(event.provider.as_str())))
            .bind(column(events, |event| text(&event.model)))
            .bind(column(events, |event| stored(event.usage.input_tokens)))
            .bind(column(events, |event| stored(event.usage.output_tokens)))
            .bind(column(events, |event| event.usage.source.as_str()))
            .bind(column(events, |event| event.at))
            .fetch_all(&self.pool)
            .await?;
        postings(events.iter().map(|event| event.event_id), &rows)
    }

    async fn book_audit(&self, events: &[AuditEvent]) -> Result<Vec<Posting>, Error> {
        let text = |text: &str| kept(text).into_owned();
        let rows = sqlx::query(POST_AUDIT)
            .bind(column(events, |event| event.event_id.as_uuid()))
            .bind(column(events, |event| event.actor.map(UserId::as_uuid)))
            .bind(column(events, |event| text(&event.action)))
            .bind(column(events, |event| text(&event.subject)))
            .bind(column(events, |event| event.at))
            .fetch_all(&self.pool)
            .await?;
        postings(events.iter().map(|event| event.event_id), &rows)
    }

    async fn read_days(&self, user: UserId, from: NaiveDate) -> Result<Vec<DailyUsage>, Error> {
        // PostgreSQL's days begin later than those of the type.
        let from = from.max(NaiveDate::from_ymd_opt(1, 1, 1).unwrap_or(from));
        let query = sqlx::query(DAILY_USAGE).bind(user.as_uuid()).bind(from);
        DailyUsage::from_rows(&query.fetch_all(&self.pool).await?)
    }
}

/// What became of each of `events`, the first of equal ones being the one that was posted.
fn postings(
    events: impl Iterator<Item = EventId>,
    posted: &[PgRow],
) -> Result<Vec<Posting>, Error> {
    let id = |row: &PgRow| row.try_get("event_id");
    let mut posted: HashSet<Uuid> = posted.iter().map(id).collect::<Result<_, _>>()?;
    let posting = |id: EventId| {
        if posted.remove(&id.as_uuid()) { Posting::Posted } else { Posting::Duplicate }
    };
    Ok(events.map(posting).collect())
}

impl FromColumns for DailyUsage {
    const TABLE: &'static str = "daily_usage";
    const KEY: &'static str = "user_id";

    fn read(columns: Columns<'_>) -> Result<Self, Error> {
        Ok(Self {
            day: columns.get("day")?,
            input_tokens: columns.count("input_tokens")?,
            output_tokens: columns.count("output_tokens")?,
            attempts: columns.count("attempts")?,
        })
    }
}
