//! What must hold after every run, whatever was broken in it.
//!
//! The checker reads what is left behind: the rows of the store, the queues, the keys of the live
//! side, the record of the simulated provider, what viewers saw, and what the processes said. Every
//! broken invariant is one sentence with its number; those of one run are told together.

mod books;
mod generations;
mod healthy;
mod history;
mod processes;
mod provider;
mod servers;
mod store;
mod tests;
mod viewers;

use std::time::Duration;

use simulated_provider::Record;

use crate::stack::Ending;

pub use self::{
    history::{Accepted, History},
    servers::ServersState,
    store::StoreState,
};

/// What a run left behind.
#[expect(clippy::struct_excessive_bools, reason = "each is about something else")]
pub struct Evidence<'a> {
    /// The rows of the store.
    pub store: &'a StoreState,
    /// Queues, and keys of the live side.
    pub servers: &'a ServersState,
    /// What clients asked for and saw.
    pub history: &'a History,
    /// What the provider saw.
    pub record: &'a Record,
    /// How often a key may be used in 60 seconds, if it is limited.
    pub key_limit: Option<usize>,
    /// The waits between slow retries, as configured.
    pub ladder: &'a [Duration],
    /// How many questions were asked beside those in the history.
    pub asked_beside: usize,
    /// Whether the live side forgot what it held, or did not tell.
    pub lost_keys: bool,
    /// Whether every answer went on, so that nothing had to be asked twice.
    pub ends_no_answer: bool,
    /// Whether nothing had to be asked again that had been answered.
    pub loses_no_answer: bool,
    /// Whether everything that was asked for was to be had.
    pub refuses_nothing: bool,
    /// How each life of each process ended.
    pub endings: &'a [Ending],
    /// What each process said, by its name.
    pub outputs: &'a [(String, String)],
    /// Whether a worker stood still in the run: one that did so just before a call makes it when it wakes,
    /// though others have answered since. It must hang up as soon as it hears of that.
    pub had_sleeper: bool,
    /// How many messages that nobody can read were published.
    pub nonsense: u64,
    /// Texts of error lines that the faults of the run account for.
    pub expected_errors: &'a [&'static str],
}

/// Every broken invariant of the run; none if all hold.
pub fn violations(evidence: &Evidence<'_>) -> Vec<String> {
    let mut found = Vec::new();
    generations::check(evidence, &mut found);
    viewers::check(evidence, &mut found);
    books::check(evidence, &mut found);
    provider::check(evidence, &mut found);
    servers::check(evidence, &mut found);
    nothing_was_refused(evidence, &mut found);
    processes::check(evidence, &mut found);
    found
}

/// Invariants 18 and 20: whoever asked was served, at once.
fn nothing_was_refused(evidence: &Evidence<'_>, found: &mut Vec<String>) {
    let refused = evidence.history.all_refused();
    must(found, 20, !evidence.refuses_nothing || refused.is_empty(), || {
        format!("refused, though all was well: {refused:?}")
    });
}

/// Adds a violation of invariant `number`, unless `holds`.
fn must(found: &mut Vec<String>, number: u8, holds: bool, what: impl FnOnce() -> String) {
    if !holds {
        found.push(format!("invariant {number}: {}", what()));
    }
}
