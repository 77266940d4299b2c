//! Promises of `ports::live::LogWriter`.

mod losing;
mod opening;
mod parking;
mod sealing;
mod taking_over;

pub use self::{losing::*, opening::*, parking::*, sealing::*, taking_over::*};
