//! Queue, event log, key pool and limits for one process.
//!
//! Full adapters, with the same promises as those over RabbitMQ and Redis; what they hold is gone
//! with the process, so the store stays the truth and unfinished work is put back at start.

mod clock;
mod controls;
mod keys;
mod limits;
mod lock;
mod log;
mod notices;
mod queue;

pub use clock::SteadyClock;
pub use controls::MemoryControls;
pub use keys::MemoryKeyPool;
pub use limits::MemoryLimits;
pub use log::{LEASE, MemoryLog};
pub use notices::MemoryNotices;
pub use queue::{MAX_DEAD_LETTERS, MemoryQueue};
