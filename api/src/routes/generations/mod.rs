//! Generations.

pub(crate) mod ask;
pub(crate) mod cancel;
pub(crate) mod regenerate;
pub(crate) mod show;
pub(crate) mod stream;
