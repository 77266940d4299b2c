//! Promises of `ports::live::LogWriter`.

mod filling;
mod losing;
mod opening;
mod parking;
mod sealing;
mod taking_over;

pub use self::{filling::*, losing::*, opening::*, parking::*, sealing::*, taking_over::*};
