//! Every instrument, with what is told of it.

use metrics::{Unit, describe_counter, describe_gauge, describe_histogram};

/// Bounds of durations, in seconds: from a hop to a long answer.
pub const SECONDS: &[f64] = &[
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0,
    120.0, 300.0, 600.0, 3600.0, 86_400.0,
];

/// Bounds of token counts.
pub const TOKENS: &[f64] =
    &[1.0, 4.0, 16.0, 64.0, 256.0, 1024.0, 4096.0, 16_384.0, 65_536.0, 262_144.0, 1_048_576.0];

/// How an instrument measures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Only grows.
    Counter,
    /// Goes up and down.
    Gauge,
    /// Durations in seconds.
    Seconds,
    /// Numbers of tokens.
    Tokens,
}

/// One instrument.
#[derive(Debug, Clone, Copy)]
pub struct Instrument {
    /// Its name.
    pub name: &'static str,
    /// How it measures.
    pub kind: Kind,
    /// What it tells.
    pub about: &'static str,
}

const fn new(name: &'static str, kind: Kind, about: &'static str) -> Instrument {
    Instrument { name, kind, about }
}

pub(crate) const CALL_DURATION: Instrument = new(
    "gen_ai_client_operation_duration_seconds",
    Kind::Seconds,
    "From a call to a provider to the end of its answer, by how it ended.",
);
pub(crate) const FIRST_TOKEN: Instrument = new(
    "gen_ai_server_time_to_first_token_seconds",
    Kind::Seconds,
    "From a call to a provider to its first token.",
);
pub(crate) const TOKEN_USAGE: Instrument =
    new("gen_ai_client_token_usage", Kind::Tokens, "Tokens of one call, input and output.");
pub(crate) const JOBS: Instrument =
    new("sluice_jobs", Kind::Gauge, "Jobs by state: ready, running, or delayed until a retry.");
pub(crate) const OLDEST: Instrument = new(
    "sluice_oldest_queued_job_age_seconds",
    Kind::Gauge,
    "How long the longest waiting job has been due.",
);
pub(crate) const DEAD: Instrument = new(
    "sluice_dead_jobs",
    Kind::Gauge,
    "Messages that could not be done and wait for an operator.",
);
pub(crate) const COMPLETED: Instrument =
    new("sluice_jobs_completed_total", Kind::Counter, "Generations that ended, by how and why.");
pub(crate) const QUEUE_WAIT: Instrument = new(
    "sluice_job_queue_wait_seconds",
    Kind::Seconds,
    "From the acceptance of a generation to the beginning of its first attempt.",
);
pub(crate) const RETRIES: Instrument = new(
    "sluice_job_retries_total",
    Kind::Counter,
    "Attempts that will be made again, by why, and after which rung of the ladder; 0 is a wait for a key.",
);
pub(crate) const KEYS: Instrument = new("sluice_keys", Kind::Gauge, "Provider keys by state.");
pub(crate) const KEY_REQUESTS: Instrument =
    new("sluice_key_requests_total", Kind::Counter, "Calls by key name and outcome.");
pub(crate) const BREAKERS: Instrument = new(
    "sluice_provider_breakers_open",
    Kind::Gauge,
    "Models of a provider that this worker leaves alone since they are overloaded.",
);
pub(crate) const SLOTS: Instrument =
    new("sluice_pool_slots", Kind::Gauge, "How many answers this worker may stream at once.");
pub(crate) const SLOTS_BUSY: Instrument =
    new("sluice_pool_slots_busy", Kind::Gauge, "How many jobs this worker works on.");
pub(crate) const SSE: Instrument =
    new("sluice_sse_connections", Kind::Gauge, "Open streams to viewers.");
pub(crate) const SSE_RESUMES: Instrument = new(
    "sluice_sse_resumes_total",
    Kind::Counter,
    "Streams opened, by where they go on: new, resumed, over.",
);
pub(crate) const HTTP: Instrument = new(
    "http_server_request_duration_seconds",
    Kind::Seconds,
    "From a request to the beginning of its answer, by route and status.",
);
pub(crate) const PUBLISHED: Instrument = new(
    "sluice_outbox_published_total",
    Kind::Counter,
    "Rows of the outbox by what became of them.",
);
pub(crate) const LAG: Instrument = new(
    "sluice_accounting_lag_seconds",
    Kind::Gauge,
    "How old the oldest entry of the last batch was when it was booked.",
);
pub(crate) const BOOKED: Instrument = new(
    "sluice_accounting_entries_total",
    Kind::Counter,
    "Entries by book, booked or known before.",
);
pub(crate) const LETTERS: Instrument = new(
    "sluice_letters_total",
    Kind::Counter,
    "Letters by what became of them: taken by the mail server, or not.",
);

/// Every instrument.
#[must_use]
pub fn all() -> [Instrument; 21] {
    [
        CALL_DURATION,
        FIRST_TOKEN,
        TOKEN_USAGE,
        JOBS,
        OLDEST,
        DEAD,
        COMPLETED,
        QUEUE_WAIT,
        RETRIES,
        KEYS,
        KEY_REQUESTS,
        BREAKERS,
        SLOTS,
        SLOTS_BUSY,
        SSE,
        SSE_RESUMES,
        HTTP,
        PUBLISHED,
        LAG,
        BOOKED,
        LETTERS,
    ]
}

impl Instrument {
    /// Tells the recorder what it is.
    pub fn describe(&self) {
        let Self { name, kind, about } = *self;
        match kind {
            Kind::Counter => describe_counter!(name, about),
            Kind::Gauge => describe_gauge!(name, about),
            Kind::Seconds => describe_histogram!(name, Unit::Seconds, about),
            Kind::Tokens => describe_histogram!(name, about),
        }
    }
}
