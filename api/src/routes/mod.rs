//! One file per operation.

pub(crate) mod auth;
pub(crate) mod chats;
pub(crate) mod generations;
pub(crate) mod health;
pub(crate) mod messages;
pub(crate) mod models;
pub(crate) mod ops;
pub(crate) mod usage;
