//! Speed: event logs, keys and limits that many processes share while answers stream.
//!
//! The live side keeps its own clock, since the clocks of the workers that share it differ; so no
//! method here takes the time of day, and waits are told as durations.

mod cancels;
mod controls;
mod event_log;
mod key_pool;
mod limits;
mod log_writer;
mod notices;

use std::error::Error;

pub use cancels::Cancels;
pub use controls::{Controls, WORKER_KEPT};
pub use event_log::{Concluded, EventLog, LogBatches, LogEntry, LogPhase, LogRead};
pub use key_pool::{
    BARRED_FOR, KeyPool, KeySpec, KeyState, KeyStatus, LendRequest, Lending, Loan, MOST_BARRED,
    ModelRest, PROBE_EVERY, PROBE_TAKES, Probe, Returned, Spent, Switch, Usable, WISH_KEPT,
};
pub use limits::{InFlight, Limits, Process, Quota, SEATS_AT_ONCE, Seating, Verdict, Verdicts};
pub use log_writer::{
    Appended, LogWriter, OpenRequest, Opened, Opening, Parked, ParkedLog, SealedLog, Sealing,
    Takeover, Writer,
};
pub use notices::{Heard, NOTICES_KEPT, Notices};

/// The live side could not do it. Whether it happened is unknown; every method can be called again
/// with the same arguments.
#[derive(Debug, thiserror::Error)]
#[error("the live side is unavailable")]
pub struct LiveError(#[source] pub Box<dyn Error + Send + Sync>);
