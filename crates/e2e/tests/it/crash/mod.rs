//! Whatever breaks, answers come: faults in a running installation, and the checker after each.
//!
//! ```text
//!   people ask, watch, reload and stop ── all the time
//!   one fault ── in the middle
//!   all ends, everything is quiet ── then every store, queue, log and record is checked
//! ```

mod deaths;
mod engines;
mod fault;
mod outages;
mod people;
mod planted;
mod run;
mod wishes;
