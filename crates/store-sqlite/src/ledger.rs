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
use serde_json::Value;
use sqlx::{Row, SqliteConnection, sqlite::SqliteRow};

use crate::{
    batch::{Batch, stored},
    chats::{behind, towards},
    error::Error,
    outbox::json,
    row::{Columns, FromColumns},
    store::SqliteStore,
    writer::begin,
};

const POST_USAGE: &str = "INSERT INTO usage_events (event_id, user_id, generation_id, attempt, \
     provider, model, input_tokens, output_tokens, source, at, cached_input_tokens, \
     reasoning_tokens, cost_nano) \
     SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5, \
     value ->> 6, value ->> 7, value ->> 8, value ->> 9, value ->> 10, value ->> 11, \
     value ->> 12 FROM json_each(?1) \
     WHERE true ON CONFLICT (event_id) DO NOTHING RETURNING event_id";

const ADD_TO_DAYS: &str = "INSERT INTO daily_usage \
     (user_id, day, input_tokens, output_tokens, attempts, cost_nano) \
     SELECT user_id, date(at / 1000000, 'unixepoch'), sum(input_tokens), sum(output_tokens), \
     count(*), coalesce(sum(cost_nano), 0) FROM usage_events WHERE event_id IN (SELECT value FROM json_each(?1)) \
     GROUP BY 1, 2 ON CONFLICT (user_id, day) DO UPDATE SET \
     input_tokens = input_tokens + excluded.input_tokens, \
     output_tokens = output_tokens + excluded.output_tokens, \
     attempts = attempts + excluded.attempts, cost_nano = cost_nano + excluded.cost_nano";

const POST_AUDIT: &str = "INSERT INTO audit_logs (event_id, actor, action, subject, at) \
     SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4 FROM json_each(?1) \
     WHERE true ON CONFLICT (event_id) DO NOTHING RETURNING event_id";

const NOTE: &str = "INSERT INTO audit_logs (event_id, actor, action, subject, at) \
     VALUES (?, ?, ?, ?, ?) ON CONFLICT (event_id) DO NOTHING";

pub(crate) const AUDIT: &str = "SELECT * FROM audit_logs ORDER BY at DESC, event_id DESC LIMIT ?1";

pub(crate) const AUDIT_OLDER: &str = "SELECT * FROM audit_logs WHERE (at, event_id) < (?2, ?3) \
     ORDER BY at DESC, event_id DESC LIMIT ?1";

pub(crate) const AUDIT_NEWER: &str = "SELECT * FROM audit_logs WHERE (at, event_id) > (?2, ?3) \
     ORDER BY at, event_id LIMIT ?1";

pub(crate) const DAILY_USAGE: &str = "SELECT * FROM daily_usage \
     WHERE user_id = ?1 AND day >= ?2 ORDER BY day DESC";

pub(crate) const MODEL_USAGE: &str = "SELECT date(at / 1000000, 'unixepoch') AS day, provider, \
     model, sum(input_tokens) AS input_tokens, sum(cached_input_tokens) AS cached_input_tokens, \
     sum(output_tokens) AS output_tokens, sum(reasoning_tokens) AS reasoning_tokens, \
     count(*) AS attempts, count(*) - count(cost_nano) AS unpriced, \
     coalesce(sum(cost_nano), 0) AS cost FROM usage_events WHERE at >= ?1 \
     GROUP BY 1, 2, 3 ORDER BY 1 DESC, 2, 3";

/// How days are written, so that their order as texts is theirs as days.
const DAY: &str = "%Y-%m-%d";

#[async_trait]
impl Ledger for SqliteStore {
    async fn post_usage(&self, events: &[UsageEvent]) -> Result<Vec<Posting>, StoreError> {
        Ok(self.book_usage(events).await?)
    }

    async fn post_audit(&self, events: &[AuditEvent]) -> Result<Vec<Posting>, StoreError> {
        Ok(self.book_audit(events).await?)
    }

    async fn daily_usage(
        &self,
        user: UserId,
        from: NaiveDate,
    ) -> Result<Vec<DailyUsage>, StoreError> {
        Ok(self.read_days(user, from).await?)
    }

    async fn audit(
        &self,
        from: Option<Cursor>,
        limit: u32,
    ) -> Result<Page<AuditEvent>, StoreError> {
        Ok(self.page_of_audit(from, limit).await?)
    }

    async fn model_usage(&self, from: NaiveDate) -> Result<Vec<ModelUsage>, StoreError> {
        Ok(self.read_models(from).await?)
    }
}

impl SqliteStore {
    async fn book_usage(&self, events: &[UsageEvent]) -> Result<Vec<Posting>, Error> {
        let entries = json(&events.iter().map(usage_entry).collect::<Vec<_>>());
        let mut writer = self.writer.turn().await?;
        let mut tx = begin(&mut writer).await?;
        let posted = post(&mut tx, POST_USAGE, entries).await?;
        let ids = json(&posted);
        sqlx::query(ADD_TO_DAYS).bind(ids).execute(&mut *tx).await?;
        tx.commit().await?;
        Ok(postings(events.iter().map(|event| event.event_id), posted))
    }

    async fn book_audit(&self, events: &[AuditEvent]) -> Result<Vec<Posting>, Error> {
        let entries = json(&events.iter().map(audit_entry).collect::<Vec<_>>());
        let mut writer = self.writer.turn().await?;
        let mut tx = begin(&mut writer).await?;
        let posted = post(&mut tx, POST_AUDIT, entries).await?;
        tx.commit().await?;
        Ok(postings(events.iter().map(|event| event.event_id), posted))
    }

    async fn read_days(&self, user: UserId, from: NaiveDate) -> Result<Vec<DailyUsage>, Error> {
        let rows = sqlx::query(DAILY_USAGE)
            .bind(user.to_string())
            .bind(from.format(DAY).to_string())
            .fetch_all(&self.readers)
            .await?;
        DailyUsage::from_rows(&rows)
    }

    async fn page_of_audit(
        &self,
        from: Option<Cursor>,
        limit: u32,
    ) -> Result<Page<AuditEvent>, Error> {
        let sql = towards(from, [AUDIT, AUDIT_OLDER, AUDIT_NEWER]);
        let query = behind(sqlx::query(sql).bind(i64::from(limit) + 1), from);
        let events = AuditEvent::from_rows(&query.fetch_all(&self.readers).await?)?;
        Ok(Page::of(events, limit, from, |event| (event.at, event.event_id.as_uuid())))
    }

    async fn read_models(&self, from: NaiveDate) -> Result<Vec<ModelUsage>, Error> {
        let from = from.and_time(NaiveTime::MIN).and_utc().timestamp_micros();
        let rows = sqlx::query(MODEL_USAGE).bind(from).fetch_all(&self.readers).await?;
        ModelUsage::from_rows(&rows)
    }
}

/// Writes entries, and answers the ids of those that were not in the book before.
async fn post(
    connection: &mut SqliteConnection,
    sql: &'static str,
    entries: String,
) -> Result<Vec<String>, Error> {
    let rows = sqlx::query(sql).bind(entries).fetch_all(connection).await?;
    let id = |row: &SqliteRow| row.try_get("event_id");
    Ok(rows.iter().map(id).collect::<Result<_, _>>()?)
}

/// What became of each of `events`, the first of equal ones being the one that was posted.
fn postings(events: impl Iterator<Item = EventId>, posted: Vec<String>) -> Vec<Posting> {
    let mut posted: HashSet<String> = posted.into_iter().collect();
    let posting = |id: EventId| {
        if posted.remove(&id.to_string()) { Posting::Posted } else { Posting::Duplicate }
    };
    events.map(posting).collect()
}

fn usage_entry(event: &UsageEvent) -> Value {
    serde_json::json!([
        event.event_id,
        event.user_id,
        event.generation_id,
        event.attempt,
        event.provider,
        event.model,
        stored(event.usage.input_tokens),
        stored(event.usage.output_tokens),
        event.usage.source,
        event.at.timestamp_micros(),
        stored(event.usage.cached_input_tokens),
        stored(event.usage.reasoning_tokens),
        event.cost.map(stored),
    ])
}

/// Has `event` booked with the rest of `batch`.
pub(crate) fn note(batch: &mut Batch, event: &AuditEvent) {
    batch.push(NOTE).text(&event.event_id).maybe_text(event.actor);
    batch.text(&event.action).text(&event.subject).time(event.at);
}

fn audit_entry(event: &AuditEvent) -> Value {
    serde_json::json!([
        event.event_id,
        event.actor,
        event.action,
        event.subject,
        event.at.timestamp_micros(),
    ])
}

impl FromColumns for AuditEvent {
    const TABLE: &'static str = "audit_logs";
    const KEY: &'static str = "event_id";

    fn read(columns: Columns<'_>) -> Result<Self, Error> {
        Ok(Self {
            event_id: columns.id("event_id")?,
            actor: columns.maybe_id("actor")?,
            action: columns.get("action")?,
            subject: columns.get("subject")?,
            at: columns.time("at")?,
        })
    }
}

impl FromColumns for DailyUsage {
    const TABLE: &'static str = "daily_usage";
    const KEY: &'static str = "user_id";

    fn read(columns: Columns<'_>) -> Result<Self, Error> {
        Ok(Self {
            day: columns.known("day", |text| NaiveDate::parse_from_str(text, DAY).ok())?,
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
            day: columns.known("day", |text| NaiveDate::parse_from_str(text, DAY).ok())?,
            provider: columns.known("provider", |text| ProviderName::parse(text).ok())?,
            model: columns.get("model")?,
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
