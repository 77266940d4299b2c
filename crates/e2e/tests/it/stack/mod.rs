//! A running installation, with its provider in the hands of the test.

mod distributed;
mod engines;
mod footprint;
mod process;
mod proxy;
mod service;
mod sluice;
mod store;
mod tap;

use std::time::Duration;

use simulated_provider::{Options, Record, Rule, Running, SimulatedProvider};

use crate::{checker::History, client::Client};
pub use distributed::{Distributed, Size};
pub use engines::{Engines, Own, ask_redis};
pub use footprint::{Footprint, Growth};
pub use process::{Process, binary};
pub use service::{Ending, Service};
pub use sluice::Sluice;
pub use tap::TAP;

/// The keys every stack is given. Their word is looked for in everything an installation leaves behind.
pub const KEYS: &str = "sim-canary-a,sim-canary-b,sim-canary-c";

/// What stands in every secret of a stack, and nowhere else.
pub const CANARY: &str = "canary";

/// What opens the operators' routes of every stack.
pub const OPS_TOKEN: &str = "the-canary-token-of-the-operators-long-enough";

/// How often a key of every stack may be used in a minute, unless a test says otherwise.
pub const KEY_LIMIT: usize = 1_000;

/// How long a process has for its work when it is asked to end, as [`settings`] have it.
pub const GRACE: Duration = Duration::from_secs(20);

/// The waits between slow retries, as [`settings`] has them.
pub const LADDER: &[Duration] = &[
    Duration::from_secs(1),
    Duration::from_secs(2),
    Duration::from_secs(3),
    Duration::from_secs(4),
];

/// A running installation. Scenarios know nothing else of it.
pub struct Stack {
    /// Where clients go.
    pub url: String,
    /// Where operators go: their routes are not passed on to the world.
    pub operators: String,
    /// What its clients asked for and saw.
    pub history: History,
    provider: Running,
}

impl Stack {
    /// An installation reachable at `url`, by operators at `operators`, asking `provider`.
    pub fn new(url: String, operators: String, provider: Running) -> Self {
        Self { url, operators, history: History::default(), provider }
    }

    /// A client with an account of its own.
    pub async fn client(&self) -> Client {
        Client::register(&self.url).await.recorded(&self.history, self.record())
    }

    /// Whoever runs the installation.
    pub fn operator(&self) -> Client {
        Client::operator(&self.operators)
    }

    /// What the provider saw.
    pub fn record(&self) -> Record {
        self.provider.record()
    }

    /// Makes the provider answer every call as `rules` say: pairs of times and behavior.
    pub fn script(&self, rules: &[(Option<u32>, &str)]) {
        let rule = |(times, behavior): &(Option<u32>, &str)| Rule {
            model: None,
            key: None,
            times: *times,
            behavior: (*behavior).to_owned(),
        };
        self.provider.script().set(rules.iter().map(rule).collect()).unwrap();
    }
}

/// A provider that nobody asks yet.
pub async fn provider() -> Running {
    SimulatedProvider::start(Options::default()).await.unwrap()
}

/// The settings of an installation that asks `provider`, with a ladder short enough to climb.
pub fn settings(provider: &Running) -> Vec<(&'static str, String)> {
    vec![
        ("HOST", "127.0.0.1".to_owned()),
        ("PORT", "0".to_owned()),
        ("OPS_TOKEN", OPS_TOKEN.to_owned()),
        ("OPENAI_API_KEYS", KEYS.to_owned()),
        ("OPENAI_BASE_URL", provider.base_url()),
        ("DEFAULT_MODEL", "openai/sim-tokens=20".to_owned()),
        ("KEYS_MAX_PER_MINUTE", KEY_LIMIT.to_string()),
        ("KEYS_COOLDOWN_SECONDS", "1".to_owned()),
        ("QUEUE_RETRY_DELAYS", "1,2,3,4".to_owned()),
        ("SHUTDOWN_GRACE_SECONDS", GRACE.as_secs().to_string()),
        ("PROVIDER_FIRST_TOKEN_SECONDS", "2".to_owned()),
        ("PROVIDER_PROGRESS_SECONDS", "2".to_owned()),
        ("USER_REQUESTS_PER_SECOND", "100000".to_owned()),
        ("USER_REQUESTS_PER_MINUTE", "100000".to_owned()),
        ("AUTH_GUESTS", "true".to_owned()),
        ("AUTH_TRIES_PER_MINUTE", "1000".to_owned()),
        ("LOG", "info,provider_worker=debug,api=debug".to_owned()),
    ]
}
