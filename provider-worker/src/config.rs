//! What a worker has to be told.

use std::{collections::BTreeMap, time::Duration};

use domain::{key::SharedLimit, ladder::RetryLadder, model::ProviderName};
use ports::provider::ProviderKey;

use crate::{providers, reload::Reloads};

/// What a worker has to be told.
#[derive(Debug, Clone)]
pub struct Config {
    /// Its own name, for operators.
    pub worker: String,
    /// Whom to ask.
    pub providers: Vec<ProviderConfig>,
    /// The waits between slow retries.
    pub ladder: RetryLadder,
    /// Bounds that hold for every provider.
    pub limits: Limits,
    /// Where new keys and limits come from while it runs.
    pub reloads: Reloads,
    /// How long answers may go on once the worker is asked to stop.
    pub grace: Duration,
}

/// One provider.
#[derive(Debug, Clone)]
pub struct ProviderConfig {
    /// Its name, which is also that of its queue.
    pub name: ProviderName,
    /// What it speaks.
    pub dialect: Dialect,
    /// Where it is, up to and with the version, for example `https://api.openai.com/v1`.
    pub base_url: String,
    /// Whether it is asked, with an option of the dialect of `OpenAI`, to tell what an answer has cost; unset, as is
    /// known of its host.
    pub usage_option: Option<bool>,
    /// The keys it knows us by.
    pub keys: Vec<ProviderKey>,
    /// What keys may use beside their own limits.
    pub limits: Vec<SharedLimit>,
    /// The most tokens that its models put out, by their names, where it is known.
    pub max_output: BTreeMap<String, u32>,
    /// How long a key rests that made too many requests, unless the provider says.
    pub key_cooldown: Duration,
    /// How long to wait for it.
    pub deadlines: Deadlines,
    /// How many answers at once.
    pub concurrency: u16,
}

/// How to speak to a provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// Chat completions, as `OpenAI` and many others speak them.
    OpenAi,
    /// `streamGenerateContent`, as Google's generative language API speaks it.
    Gemini,
    /// Messages, as Anthropic speaks them.
    Anthropic,
}

/// How long to wait for a provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Deadlines {
    /// To connect.
    pub connect: Duration,
    /// From the request to the first text.
    pub first_token: Duration,
    /// The same for models that are known to think before they say anything: many send nothing meanwhile.
    pub thinking: Duration,
    /// From text to text. Keep-alives and empty pieces are not text.
    pub progress: Duration,
    /// In all.
    pub total: Duration,
    /// For the usage, once the answer is whole.
    pub after_finish: Duration,
}

impl Default for Deadlines {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(10),
            first_token: Duration::from_mins(1),
            thinking: Duration::from_mins(5),
            progress: Duration::from_secs(30),
            total: Duration::from_mins(10),
            after_finish: Duration::from_secs(2),
        }
    }
}

impl Deadlines {
    /// Those of a call for `model`.
    pub(crate) fn of_model(self, model: &str) -> Self {
        let first_token = if providers::thinks(model) { self.thinking } else { self.first_token };
        Self { first_token, ..self }
    }
}

/// When many answers are under way at once, text waits for more, so that fewer writes carry it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Crowd {
    /// With up to so many answers under way none waits longer for it.
    pub unburdened: usize,
    /// What each further one adds to the wait of all.
    pub per_answer: Duration,
}

impl Crowd {
    /// For a log in this process, where a write costs little.
    pub const NEAR: Self = Self { unburdened: 100, per_answer: Duration::from_micros(100) };

    /// For a log on a server: a write costs its processor, the edge's and the proxy's more than the
    /// worker's. With 60 answers of 50 tokens a second nothing waits; with 100, writes carry two.
    pub const FAR: Self = Self { unburdened: 60, per_answer: Duration::from_millis(1) };
}

/// How long the calls of one delivery may take in all, waits for keys between them included.
///
/// A broker takes a job away that is not done after half an hour, and with it all others that came the
/// same way: they share a channel. The ten minutes left are for the end: the log and the report are
/// written even if that takes [`Limits::patience`].
const DELIVERY: Duration = Duration::from_mins(20);

/// The same where nobody takes a job away: longer than any two calls.
const UNHURRIED_DELIVERY: Duration = Duration::from_hours(72);

/// How many times the longest answer the log of a generation may take, of all attempts together.
///
/// One answer takes far less, whatever it says: JSON makes at most six bytes of one, and what an event has
/// around its text is little, since text is written together (see [`Limits::coalesce`]). So no answer is
/// refused for its own length, and as a rule not even after ten that were broken off just before their end.
/// A report, which carries all of them, stays below what a broker takes.
const ANSWERS_IN_LOG: usize = 16;

/// Bounds that hold for every provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// The longest answer.
    pub max_answer_bytes: usize,
    /// How long text may wait to be written together with what follows it, when few answers are under
    /// way. The first of an answer never waits, nor does any that comes later than this after the one
    /// before.
    pub coalesce: Duration,
    /// How much longer it may wait when many are.
    pub crowd: Crowd,
    /// How long a job waits for a key in the worker's hands before it goes back to the queue.
    pub key_wait: Duration,
    /// How often a silent writer says that it still writes, and learns of a wish to stop that it
    /// missed otherwise. Far below the lease of the log.
    pub heartbeat: Duration,
    /// How long an outage of the queue or the live side is waited for before a job is handed back or put off.
    /// Below the time after which a broker takes a job away by itself (half an hour).
    pub patience: Duration,
    /// How long the calls for a job may take in the worker's hands. Then it goes back to the ladder, and
    /// others of its chain, or keys that were not tried, have to wait for the next attempt.
    pub delivery: Duration,
}

impl Limits {
    /// The same for a queue that takes no job away from a worker that lives.
    #[must_use]
    pub const fn unhurried(self) -> Self {
        Self { delivery: UNHURRIED_DELIVERY, ..self }
    }

    /// How many bytes the log of a generation may take.
    pub(crate) const fn max_log_bytes(self) -> u64 {
        (self.max_answer_bytes * ANSWERS_IN_LOG) as u64
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_answer_bytes: 4 << 20,
            coalesce: Duration::from_millis(5),
            crowd: Crowd::NEAR,
            key_wait: Duration::from_secs(30),
            heartbeat: Duration::from_secs(1),
            patience: Duration::from_mins(10),
            delivery: DELIVERY,
        }
    }
}
