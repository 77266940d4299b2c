//! The rows of the store, read as text so that the checker shares no code with what it checks.

use sqlx::{AssertSqlSafe, Connection, PgConnection, Row, postgres::PgRow};

/// A generation's row.
#[derive(Debug, Clone, Default)]
pub struct GenerationRow {
    pub id: String,
    pub user: String,
    pub status: String,
    pub retries: i64,
    pub request_id: Option<String>,
    pub answer: Option<String>,
    /// Why it failed, if it did: the code, and the words.
    pub error: Option<(String, String)>,
    /// In microseconds since 1970.
    pub created_us: i64,
    /// Likewise; none before its end.
    pub finished_us: Option<i64>,
}

/// A message's row.
#[derive(Debug, Clone, Default)]
pub struct MessageRow {
    pub id: String,
    pub generation: Option<String>,
    pub role: String,
    pub content: String,
}

/// A try at a generation.
#[derive(Debug, Clone, Default)]
pub struct AttemptRow {
    pub generation: String,
    pub attempt: i64,
    /// Whether a key is noted, with which a provider was called.
    pub called: bool,
    /// Whether it is known how it ended: of one whose worker died it is not, and whether it called neither.
    pub ended: bool,
}

/// An archived event.
#[derive(Debug, Clone, Default)]
pub struct EventRow {
    pub generation: String,
    pub seq: i64,
    pub json: String,
}

/// An entry of the usage book.
#[derive(Debug, Clone, Default)]
pub struct UsageRow {
    pub generation: String,
    pub user: String,
    pub attempt: i64,
    pub model: String,
    pub day: String,
    pub input: i64,
    pub output: i64,
    pub source: String,
}

/// A day of the usage book.
#[derive(Debug, Clone, Default)]
pub struct DayRow {
    pub user: String,
    pub day: String,
    pub input: i64,
    pub output: i64,
    pub attempts: i64,
}

/// An entry of the audit book.
#[derive(Debug, Clone, Default)]
pub struct AuditRow {
    pub action: String,
    pub subject: String,
}

/// Everything the checker looks at.
#[derive(Debug, Clone, Default)]
pub struct StoreState {
    pub generations: Vec<GenerationRow>,
    pub messages: Vec<MessageRow>,
    pub attempts: Vec<AttemptRow>,
    pub events: Vec<EventRow>,
    pub usage: Vec<UsageRow>,
    pub days: Vec<DayRow>,
    pub audit: Vec<AuditRow>,
    pub unsent: i64,
}

impl StoreState {
    /// Reads the rows of the PostgreSQL database at `url`.
    pub async fn read(url: &str) -> Self {
        let mut store = PgConnection::connect(url).await.unwrap();
        let state = Self {
            generations: all(&mut store, GENERATIONS, |row| GenerationRow {
                id: row.get(0),
                user: row.get(1),
                status: row.get(2),
                retries: row.get(3),
                request_id: row.get(4),
                answer: row.get(5),
                created_us: row.get(6),
                finished_us: row.get(7),
                error: row.get::<Option<String>, _>(8).zip(row.get(9)),
            })
            .await,
            messages: all(&mut store, MESSAGES, |row| MessageRow {
                id: row.get(0),
                generation: row.get(1),
                role: row.get(2),
                content: row.get(3),
            })
            .await,
            attempts: all(&mut store, ATTEMPTS, |row| AttemptRow {
                generation: row.get(0),
                attempt: row.get(1),
                called: row.get(2),
                ended: row.get(3),
            })
            .await,
            events: all(&mut store, EVENTS, |row| EventRow {
                generation: row.get(0),
                seq: row.get(1),
                json: row.get(2),
            })
            .await,
            usage: all(&mut store, USAGE, |row| UsageRow {
                generation: row.get(0),
                user: row.get(1),
                attempt: row.get(2),
                day: row.get(3),
                input: row.get(4),
                output: row.get(5),
                source: row.get(6),
                model: row.get(7),
            })
            .await,
            days: all(&mut store, DAYS, |row| DayRow {
                user: row.get(0),
                day: row.get(1),
                input: row.get(2),
                output: row.get(3),
                attempts: row.get(4),
            })
            .await,
            audit: all(&mut store, AUDIT, |row| AuditRow {
                action: row.get(0),
                subject: row.get(1),
            })
            .await,
            unsent: all(&mut store, UNSENT, |row| row.get(0)).await[0],
        };
        store.close().await.unwrap();
        state
    }

    /// Whether nothing is left to be done: everything ended, published and booked.
    pub fn is_quiet(&self) -> bool {
        let ended = |row: &GenerationRow| is_terminal(&row.status);
        let audited = |row: &GenerationRow| {
            let ending = format!("generation.{}", row.status);
            self.audit.iter().any(|entry| entry.subject == row.id && entry.action == ending)
        };
        self.unsent == 0 && self.generations.iter().all(|row| ended(row) && audited(row))
    }
}

/// Whether a generation with this status is over.
pub fn is_terminal(status: &str) -> bool {
    ["succeeded", "failed", "canceled"].contains(&status)
}

async fn all<T>(store: &mut PgConnection, sql: &'static str, read: impl Fn(&PgRow) -> T) -> Vec<T> {
    let rows = sqlx::query(AssertSqlSafe(sql)).fetch_all(store).await.unwrap();
    rows.iter().map(read).collect()
}

const GENERATIONS: &str = "SELECT id::text, user_id::text, status::text, retries::bigint, \
     request_id::text, assistant_message_id::text, \
     (extract(epoch FROM created_at) * 1000000)::bigint, \
     (extract(epoch FROM finished_at) * 1000000)::bigint, error_code::text, \
     coalesce(error_message, '')::text FROM generations ORDER BY id";
const MESSAGES: &str =
    "SELECT id::text, generation_id::text, role::text, content::text FROM messages ORDER BY id";
const ATTEMPTS: &str = "SELECT generation_id::text, attempt::bigint, key_id IS NOT NULL, outcome IS NOT NULL \
     FROM generation_attempts ORDER BY 1, 2";
const EVENTS: &str = "SELECT run_id::text, seq::bigint, data::text FROM run_events ORDER BY 1, 2";
const USAGE: &str = "SELECT generation_id::text, user_id::text, attempt::bigint, \
     (at AT TIME ZONE 'UTC')::date::text, input_tokens::bigint, output_tokens::bigint, \
     source::text, provider || '/' || model FROM usage_events ORDER BY 1, 3";
const DAYS: &str = "SELECT user_id::text, day::text, input_tokens::bigint, output_tokens::bigint, \
     attempts::bigint FROM daily_usage ORDER BY 1, 2";
const AUDIT: &str = "SELECT action::text, subject::text FROM audit_logs ORDER BY 2, 1";
const UNSENT: &str = "SELECT count(*)::bigint FROM outbox";
