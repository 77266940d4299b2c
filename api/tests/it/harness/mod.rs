//! A whole service on a free port, and those who use it.

mod app;
mod books;
mod breakable;
mod client;
mod clock;
mod gaps;
mod late;
mod mailbox;
mod sse;
mod worker;

pub use app::{TestApp, now, testing, testing_with};
pub use client::{Answer, Client};
pub use sse::{Frame, Stream};
pub use worker::Worker;
