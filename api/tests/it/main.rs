//! The service over HTTP, on a real store, with a scripted worker.

mod harness;

mod asking;
mod auth;
mod books;
mod cancel;
mod chats;
mod foreign;
mod input;
mod messages;
mod page;
mod rescue;
mod settle;
mod shutdown;
mod stall;
mod stream;
