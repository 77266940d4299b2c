//! Promises of `ports::live::KeyPool`.

mod bench;
mod budgets;
mod health;
mod lending;
mod reach;
mod registering;
mod shares;

pub use self::{budgets::*, health::*, lending::*, reach::*, registering::*, shares::*};
