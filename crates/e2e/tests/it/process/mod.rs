//! The process as its operator meets it: killed, stopped, started wrongly.

mod deaths;
mod figures;
mod secrets;
mod starts;
