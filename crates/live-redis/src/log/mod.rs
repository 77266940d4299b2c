//! Event logs: a hash and a list per generation, changed by scripts only.

mod cancels;
mod follow;
mod leases;
mod reader;
mod reply;
mod writer;

use std::time::Duration;

use domain::id::GenerationId;

pub(crate) use self::leases::Leases;
use crate::{
    connect::RedisLive,
    run::{Run, Script},
};

/// A log that nobody has touched for so long belongs to no job any more: the longest wait of the
/// default retry ladder is one day. If a job comes all the same, it finds its log lost, and copes.
const ABANDONED_AFTER: Duration = Duration::from_hours(3 * 24);

/// The greatest number that every part of the way tells from the next one: Lua and JavaScript count
/// in floating point. No event has a greater one.
const LARGEST_SEQ: u64 = (1 << 53) - 1;

impl RedisLive {
    /// A run of `script` on the log of `generation`, without arguments so far.
    fn on_log<'a>(&self, script: &'a Script, generation: GenerationId) -> Run<'a> {
        script.on(&[self.names.state(generation), self.names.entries(generation)])
    }
}
