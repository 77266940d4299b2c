//! The usage and audit books.

use std::collections::HashSet;

use async_trait::async_trait;
use chrono::{NaiveDate, NaiveTime};
use domain::{
    id::{EventId, UserId},
    ledger::{AuditEvent, UsageEvent},
    model::ProviderName,
};
use ports::store::{Cursor, DailyUsage, Ledger, ModelUsage, Page, Posting, StoreError};
use sqlx::{Row, postgres::PgRow};
use uuid::Uuid;

use crate::{
    batch::{Batch, stored},
    chats::{behind, towards},
    error::Error,
    row::{Columns, FromColumns},
    store::PostgresStore,
    text::kept,
};

// Entry and day in one statement: neither is there without the other. Ordered, so that two writers
// of one day never wait for each other crosswise.
const POST_USAGE: &str = "WITH posted AS (\
     INSERT INTO usage_events (event_id, user_id, generation_id, attempt, provider, model, \
     input_tokens, output_tokens, source, at, cached_input_tokens, reasoning_tokens, cost_nano) \
     SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::bigint[], $5::text[], \
     $6::text[], $7::bigint[], $8::bigint[], $9::text[], $10::timestamptz[], \
     $11::bigint[], $12::bigint[], $13::bigint[]) AS entry \
     ORDER BY 1 ON CONFLICT (event_id) DO NOTHING \
     RETURNING event_id, user_id, (at AT TIME ZONE 'UTC')::date AS day, input_tokens, \
     output_tokens, cost_nano), \
     days AS (INSERT INTO daily_usage AS known \
     (user_id, day, input_tokens, output_tokens, attempts, cost_nano) \
     SELECT user_id, day, sum(input_tokens)::bigint, sum(output_tokens)::bigint, count(*), \
     coalesce(sum(cost_nano), 0)::bigint \
     FROM posted GROUP BY 1, 2 ORDER BY 1, 2 \
     ON CONFLICT (user_id, day) DO UPDATE SET \
     input_tokens = known.input_tokens + excluded.input_tokens, \
     output_tokens = known.output_tokens + excluded.output_tokens, \
     attempts = known.attempts + excluded.attempts, \
     cost_nano = known.cost_nano + excluded.cost_nano) \
     SELECT event_id FROM posted";

const POST_AUDIT: &str = "INSERT INTO audit_logs (event_id, actor, action, subject, at, detail) \
     SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::timestamptz[], $6::text[]) \
     AS entry ORDER BY 1 ON CONFLICT (event_id) DO NOTHING RETURNING event_id";

const NOTE: &str = "INSERT INTO audit_logs (event_id, actor, action, subject, at, detail) \
     SELECT ?, ?, ?, ?, ?, ? FROM decided ON CONFLICT (event_id) DO NOTHING";

pub(crate) const AUDIT: &str = "SELECT * FROM audit_logs ORDER BY at DESC, event_id DESC LIMIT $1";

pub(crate) const AUDIT_OLDER: &str = "SELECT * FROM audit_logs WHERE (at, event_id) < ($2, $3) \
     ORDER BY at DESC, event_id DESC LIMIT $1";

pub(crate) const AUDIT_NEWER: &str = "SELECT * FROM audit_logs WHERE (at, event_id) > ($2, $3) \
     ORDER BY at, event_id LIMIT $1";

pub(crate) const DAILY_USAGE: &str =
    "SELECT * FROM daily_usage WHERE user_id = $1 AND day >= $2 ORDER BY day DESC";

const MODEL_USAGE: &str = "SELECT (at AT TIME ZONE 'UTC')::date AS day, provider, model, \
     sum(input_tokens)::bigint AS input_tokens, \
     sum(cached_input_tokens)::bigint AS cached_input_tokens, \
     sum(output_tokens)::bigint AS output_tokens, \
     sum(reasoning_tokens)::bigint AS reasoning_tokens, count(*) AS attempts, \
     count(*) - count(cost_nano) AS unpriced, coalesce(sum(cost_nano), 0)::bigint AS cost \
     FROM usage_events WHERE at >= $1 GROUP BY 1, 2, 3 ORDER BY 1 DESC, 2, 3";

impl Batch {
    /// Notes `event` in the audit book.
    pub(crate) fn push_audit(&mut self, event: &AuditEvent) {
        self.push(NOTE)
            .id(event.event_id.as_uuid())
            .maybe_id(event.actor.map(UserId::as_uuid))
            .text(&event.action)
            .text(&event.subject)
            .time(event.at)
            .maybe_text(event.detail.as_deref());
    }
}

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

    async fn audit(
        &self,
        from: Option<Cursor>,
        limit: u32,
    ) -> Result<Page<AuditEvent>, StoreError> {
        self.timed(self.page_of_audit(from, limit)).await
    }

    async fn model_usage(&self, from: NaiveDate) -> Result<Vec<ModelUsage>, StoreError> {
        self.timed(self.read_models(from)).await
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
            .bind(column(events, |event| stored(event.usage.cached_input_tokens)))
            .bind(column(events, |event| stored(event.usage.reasoning_tokens)))
            .bind(column(events, |event| event.cost.map(stored)))
            .fetch_all(&self.pool())
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
            .bind(column(events, |event| event.detail.as_deref().map(text)))
            .fetch_all(&self.pool())
            .await?;
        postings(events.iter().map(|event| event.event_id), &rows)
    }

    async fn read_days(&self, user: UserId, from: NaiveDate) -> Result<Vec<DailyUsage>, Error> {
        let from = kept_day(from);
        let query = sqlx::query(DAILY_USAGE).bind(user.as_uuid()).bind(from);
        DailyUsage::from_rows(&query.fetch_all(&self.pool()).await?)
    }

    async fn page_of_audit(
        &self,
        from: Option<Cursor>,
        limit: u32,
    ) -> Result<Page<AuditEvent>, Error> {
        let sql = towards(from, [AUDIT, AUDIT_OLDER, AUDIT_NEWER]);
        let query = behind(sqlx::query(sql).bind(i64::from(limit) + 1), from);
        let events = AuditEvent::from_rows(&query.fetch_all(&self.pool()).await?)?;
        Ok(Page::of(events, limit, from, |event| (event.at, event.event_id.as_uuid())))
    }

    async fn read_models(&self, from: NaiveDate) -> Result<Vec<ModelUsage>, Error> {
        let from = kept_day(from).and_time(NaiveTime::MIN).and_utc();
        let rows = sqlx::query(MODEL_USAGE).bind(from).fetch_all(&self.pool()).await?;
        ModelUsage::from_rows(&rows)
    }
}

/// `day`, or the first that is kept: PostgreSQL's days begin later than those of the type.
fn kept_day(day: NaiveDate) -> NaiveDate {
    day.max(NaiveDate::from_ymd_opt(1, 1, 1).unwrap_or(day))
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

impl FromColumns for AuditEvent {
    const TABLE: &'static str = "audit_logs";
    const KEY: &'static str = "event_id";

    fn read(columns: Columns<'_>) -> Result<Self, Error> {
        Ok(Self {
            event_id: columns.id("event_id", EventId::from_uuid)?,
            actor: columns.maybe_id("actor", UserId::from_uuid)?,
            action: columns.text("action")?,
            subject: columns.text("subject")?,
            detail: columns.maybe_text("detail")?,
            at: columns.time("at")?,
        })
    }
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
            cost: columns.count("cost_nano")?,
        })
    }
}

impl FromColumns for ModelUsage {
    const TABLE: &'static str = "usage_events";
    const KEY: &'static str = "model";

    fn read(columns: Columns<'_>) -> Result<Self, Error> {
        Ok(Self {
            day: columns.get("day")?,
            provider: columns.known("provider", |text| ProviderName::parse(text).ok())?,
            model: columns.text("model")?,
            input_tokens: columns.count("input_tokens")?,
            cached_input_tokens: columns.count("cached_input_tokens")?,
            output_tokens: columns.count("output_tokens")?,
            reasoning_tokens: columns.count("reasoning_tokens")?,
            attempts: columns.count("attempts")?,
            unpriced: columns.count("unpriced")?,
            cost: columns.count("cost")?,
        })
    }
}
