//! Passwords, tokens, cookies.

mod access;
mod api_key;
mod cookie;
mod device;
mod link;
mod mark;
mod meant;
mod pass;
mod password;
mod recent;
mod refresh;
mod reserved;
mod session;
mod sign_ins;
mod standing;
mod ticket;
mod tries;
mod usual;
mod welcome;

pub(crate) use access::AccessTokens;
pub(crate) use api_key::{ApiKeySecret, KnownKeys};
pub(crate) use cookie::{clear_cookie, presented_cookie};
pub(crate) use device::{Device, Devices};
pub(crate) use link::{LASTS_MINUTES, Links};
pub(crate) use meant::meant;
pub(crate) use pass::{HangsOn, Pass};
pub(crate) use password::{Passwords, is_weak, password_fits};
pub(crate) use refresh::{RefreshToken, RefreshTokens};
pub(crate) use reserved::is_reserved;
pub(crate) use session::{begin_session, brief_session, continue_session};
pub(crate) use sign_ins::SignIns;
pub(crate) use standing::Standing;
pub(crate) use ticket::{TICKET_LASTS, Tickets};
pub(crate) use tries::{count_own_try, count_try};
pub(crate) use welcome::WelcomeGate;
