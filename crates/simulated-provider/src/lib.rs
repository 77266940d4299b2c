#![doc = include_str!("../README.md")]

mod answering;
mod behavior;
mod control;
mod dialect;
mod judge;
mod models;
mod record;
mod script;
mod server;
mod stream;
mod text;

pub use behavior::{Behavior, Finish, UnknownBehavior};
pub use judge::{Judgement, judge};
pub use record::{CallView, End, Record};
pub use script::{Rule, Script};
pub use server::{Options, Running, SimulatedProvider};
pub use text::{Tag, parse_tags};
