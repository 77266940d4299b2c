//! Promises of `ports::live::KeyPool`.

mod bench;
mod budgets;
mod health;
mod lending;
mod registering;

pub use self::{budgets::*, health::*, lending::*, registering::*};
