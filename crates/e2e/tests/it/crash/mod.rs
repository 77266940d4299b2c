//! Whatever breaks, answers come: faults in a running installation, and the checker after each.
//!
//! ```text
//!   people ask, watch, reload and stop ── all the time
//!   one fault ── in the middle
//!   all ends, everything is quiet ── then every store, queue, log and record is checked
//! ```

mod asker;
mod copies;
mod deaths;
mod engines;
mod fault;
mod hand_back;
mod latecomer;
mod outages;
mod people;
mod planted;
mod poison;
mod read_only;
mod room;
mod run;
mod sleepers;
mod stillness;
mod stops;
mod unknown;
mod wishes;
