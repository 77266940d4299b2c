//! What operators can measure: every name, its unit and its labels, in one place.
//!
//! Names of the OpenTelemetry conventions for generative AI where there are such, ours with the prefix
//! `sluice_`. No label holds a user, a chat, a job, a model, a key or a prompt: what callers choose would
//! make as many series as there are callers. Without a recorder every call here does nothing.

mod accounting;
mod catalogue;
mod edge;
mod jobs;
mod mail;
mod providers;
mod store;
pub mod trace;

pub use accounting::{accounting_booked, accounting_lag};
pub use catalogue::{Instrument, Kind, SECONDS, TOKENS, all};
pub use edge::{Watched, http_answered, sse_opened, watched};
pub use jobs::{Slot, job_began, job_completed, job_retried, slot_taken, slots};
pub use mail::{letter_sent, letters_begin};
pub use providers::{Call, Key, breakers_open, tokens_used};
pub use store::{dead_jobs, jobs, keys, oldest_queued, published};
