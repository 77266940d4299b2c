//! What was spent.

pub(crate) mod daily;
