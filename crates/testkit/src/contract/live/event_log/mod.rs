//! Promises of `ports::live::EventLog`.

mod concluding;
mod expiring;
mod following;
mod following_many;
mod reading;

pub use self::{concluding::*, expiring::*, following::*, following_many::*, reading::*};
