//! What operators see and do. Everything that changes something is noted in the audit book first.

pub(crate) mod audit;
pub(crate) mod dead_letters;
pub(crate) mod generations;
pub(crate) mod keys;
pub(crate) mod pools;
pub(crate) mod queues;
pub(crate) mod reload;
pub(crate) mod token;
pub(crate) mod usage;
pub(crate) mod users;
pub(crate) mod workers;
