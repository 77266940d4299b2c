//! Accounts and sign-ins.

mod credentials;
pub(crate) mod login;
pub(crate) mod logout;
pub(crate) mod me;
pub(crate) mod refresh;
pub(crate) mod register;
mod token_body;
pub(crate) mod welcome;
