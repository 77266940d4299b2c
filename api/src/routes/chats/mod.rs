//! Chats.

mod branches;
mod fence;

pub(crate) mod create;
pub(crate) mod delete;
pub(crate) mod events;
pub(crate) mod export;
pub(crate) mod list;
pub(crate) mod rename;
pub(crate) mod search;
pub(crate) mod show;
pub(crate) mod title;
