//! What must hold after every run, whatever was broken in it.
//!
//! The checker reads what is left behind: the rows of the store, the queues, the keys of the live
//! side, the record of the simulated provider, what viewers saw, and what the processes said. Every
//! broken invariant is one sentence with its number; those of one run are told together.

mod books;
mod generations;
mod history;
mod processes;
mod provider;
mod servers;
mod store;
mod tests;
mod viewers;

use std::time::Duration;

use simulated_provider::Record;

pub use self::{
    history::{Accepted, History},
    servers::ServersState,
    store::StoreState,
};

/// What a run left behind.
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
    processes::check(evidence, &mut found);
    found
}

/// Adds a violation of invariant `number`, unless `holds`.
fn must(found: &mut Vec<String>, number: u8, holds: bool, what: impl FnOnce() -> String) {
    if !holds {
        found.push(format!("invariant {number}: {}", what()));
    }
}
