//! Passwords, tokens, cookies.

mod access;
mod cookie;
mod password;
mod refresh;
mod session;
mod standing;
mod welcome;

pub(crate) use access::AccessTokens;
pub(crate) use cookie::{clear_cookie, presented_cookie};
pub(crate) use password::{Passwords, password_fits};
pub(crate) use refresh::{RefreshToken, RefreshTokens};
pub(crate) use session::{begin_session, continue_session};
pub(crate) use standing::Standing;
pub(crate) use welcome::WelcomeGate;
