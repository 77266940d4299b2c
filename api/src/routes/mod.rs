//! One file per operation.

pub(crate) mod auth;
pub(crate) mod chats;
pub(crate) mod events;
pub(crate) mod generations;
pub(crate) mod health;
pub(crate) mod messages;
pub(crate) mod models;
pub(crate) mod ops;
pub(crate) mod runs;
pub(crate) mod sessions;
pub(crate) mod usage;
