//! Promises of `ports::live::LogWriter`.

mod losing;
mod opening;
mod parking;
mod sealing;

pub use self::{losing::*, opening::*, parking::*, sealing::*};
