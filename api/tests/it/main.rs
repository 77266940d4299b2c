//! The service over HTTP, on a real store, with a scripted worker.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod harness;

mod accounts;
mod asking;
mod auth;
mod books;
mod branches;
mod cancel;
mod chains;
mod chats;
mod cookies;
mod dead_letters;
mod deeds;
mod faults;
mod feeds;
mod figures;
mod foreign;
mod input;
mod jobs;
mod lapses;
mod letters;
mod matrix;
mod maxima;
mod messages;
mod ops;
mod page;
mod places;
mod processes;
mod quotas;
mod refreshes;
mod rescue;
mod roles;
mod settle;
mod shutdown;
mod sign_outs;
mod stall;
mod stream;
mod tokens;
mod tries;
mod under_way;
mod usage;
mod vocabularies;
