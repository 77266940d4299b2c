//! Messages of a chat.

pub(crate) mod list;
pub(crate) mod send;
