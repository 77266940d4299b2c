//! Words and rules of Sluice: ids, states, events, decisions.
//!
//! Everything here is a value or a pure function; time and randomness come in as arguments, and
//! nothing does I/O. Every other crate of the house may depend on this one, and this one on none.

pub mod account;
pub mod attempt;
pub mod breaker;
pub mod chat;
pub mod email;
pub mod event;
pub mod failure;
pub mod generation;
pub mod id;
pub mod job;
pub mod key;
pub mod ladder;
pub mod ledger;
pub mod mailbox;
pub mod maxima;
pub mod model;
pub mod notice;
pub mod phase;
pub mod pool;
pub mod price;
pub mod prompt;
pub mod report;
pub mod rules;
pub mod time;
pub mod transcript;
pub mod unreadable;
pub mod usage;
