//! Promises of `ports::live::KeyPool`.

mod bench;
mod budgets;
mod health;
mod lending;
mod reach;
mod registering;
mod shares;
mod storms;

pub use self::{budgets::*, health::*, lending::*, reach::*, registering::*, shares::*, storms::*};
