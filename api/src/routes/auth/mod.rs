//! Accounts and sign-ins.

mod credentials;
pub(crate) mod keys;
pub(crate) mod links;
pub(crate) mod login;
pub(crate) mod logout;
pub(crate) mod me;
pub(crate) mod options;
pub(crate) mod password;
pub(crate) mod redeem;
pub(crate) mod refresh;
pub(crate) mod register;
pub(crate) mod tickets;
mod token_body;
pub(crate) mod welcome;
