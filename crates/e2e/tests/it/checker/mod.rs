//! What must hold after every run, whatever was broken in it.
//!
//! The checker reads what is left behind: the rows of the store, the queues and connections of the broker, the
//! keys of the live side, the record of the simulated provider, what viewers saw, and what the processes said. Every
//! broken invariant is one sentence with its number; those of one run are told together.

mod after;
mod books;
mod broker;
mod generations;
mod growth;
mod healthy;
mod history;
mod leavings;
mod letters;
mod live;
mod liveness;
mod logs;
mod processes;
mod provider;
mod secrets;
mod servers;
mod stops;
mod store;
mod tests;
mod viewers;

use std::time::Duration;

use simulated_provider::Record;

use crate::stack::{Ending, LADDER};

use self::servers::ServersState;
pub use self::{
    after::{inspect, is_quiet},
    broker::BrokerState,
    history::{Accepted, History, Mark, Seen, Stopped},
    live::{LiveState, LogState},
    secrets::Secrets,
    stops::STOP_TAKES,
    store::{StoreState, is_terminal},
};

/// What a run left behind.
pub struct Evidence<'a> {
    /// The rows of the store.
    pub store: &'a StoreState,
    /// Queues, connections, and keys of the live side.
    pub servers: &'a ServersState,
    /// What clients asked for and saw.
    pub history: &'a History,
    /// What the provider saw.
    pub record: &'a Record,
    /// How each life of each process ended.
    pub endings: &'a [Ending],
    /// What each process said, by its name.
    pub outputs: &'a [(String, String)],
    /// What was done in the run.
    pub case: &'a Case,
}

impl Evidence<'_> {
    /// Whether a life of a process of `service` ended otherwise than in peace.
    fn has_lost_a(&self, service: &str) -> bool {
        let of_it = self.endings.iter().filter(|ending| ending.process.starts_with(service));
        of_it.into_iter().any(|ending| !ending.is_soft())
    }
}

/// What was done in a run, as far as it changes what may be found.
#[derive(Debug, Clone)]
#[expect(clippy::struct_excessive_bools, reason = "each is about something else")]
pub struct Case {
    /// How often a key may be used in 60 seconds.
    pub key_limit: usize,
    /// How many calls with one key may be under way at once, if they are limited.
    pub key_concurrency: Option<usize>,
    /// The waits between slow retries, as configured.
    pub ladder: &'static [Duration],
    /// How many questions were asked beside those in the history, if that is known.
    pub asked_beside: Option<usize>,
    /// Whether the live side forgot what it held, or did not tell.
    pub lost_keys: bool,
    /// Whether every answer went on, so that nothing had to be asked twice.
    pub ends_no_answer: bool,
    /// Whether nothing had to be asked again that had been answered.
    pub loses_no_answer: bool,
    /// Whether everything that was asked for was to be had.
    pub refuses_nothing: bool,
    /// Whether a worker stood still in the run: one that did so just before a call makes it when it wakes,
    /// though others have answered since. It must hang up as soon as it hears of that.
    pub had_sleeper: bool,
    /// How many messages that nobody can read were published.
    pub nonsense: usize,
    /// Texts of error lines that the faults of the run account for.
    pub expected_errors: Vec<&'static str>,
    /// How long it may take after a fault until somebody has the end of an answer, if anybody waits for one.
    pub progress_within: Duration,
}

impl Default for Case {
    /// Nothing was broken; what was asked for in other ways than by recorded clients is not known.
    fn default() -> Self {
        Self {
            key_limit: crate::stack::KEY_LIMIT,
            key_concurrency: None,
            ladder: LADDER,
            asked_beside: None,
            lost_keys: false,
            ends_no_answer: false,
            loses_no_answer: false,
            refuses_nothing: true,
            had_sleeper: false,
            nonsense: 0,
            expected_errors: Vec::new(),
            progress_within: crate::PATIENCE,
        }
    }
}

/// Every broken invariant of the run; none if all hold.
pub fn violations(evidence: &Evidence<'_>) -> Vec<String> {
    let mut found = Vec::new();
    generations::check(evidence, &mut found);
    viewers::check(evidence, &mut found);
    books::check(evidence, &mut found);
    provider::check(evidence, &mut found);
    stops::check(evidence, &mut found);
    servers::check(evidence, &mut found);
    letters::check(evidence, &mut found);
    leavings::check(evidence, &mut found);
    logs::check(evidence, &mut found);
    liveness::check(evidence, &mut found);
    secrets::check(evidence, &mut found);
    nothing_was_refused(evidence, &mut found);
    processes::check(evidence, &mut found);
    growth::check(evidence, &mut found);
    found
}

/// Invariants 18 and 20: whoever asked was served, at once.
fn nothing_was_refused(evidence: &Evidence<'_>, found: &mut Vec<String>) {
    let refused = evidence.history.all_refused();
    must(found, 20, !evidence.case.refuses_nothing || refused.is_empty(), || {
        format!("refused, though all was well: {refused:?}")
    });
}

/// Adds a violation of invariant `number`, unless `holds`.
fn must(found: &mut Vec<String>, number: u8, holds: bool, what: impl FnOnce() -> String) {
    if !holds {
        found.push(format!("invariant {number}: {}", what()));
    }
}
