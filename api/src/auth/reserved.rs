//! Addresses that nobody gets an account with.

use domain::email::Email;

use crate::{app::App, guests};

/// Whether nobody makes an account with this address, or is let in by letters to it: a guest's, or the one
/// that the one-time link signs in.
pub(crate) fn is_reserved(app: &App, email: &Email) -> bool {
    guests::is_address(email) || app.welcome.as_ref().is_some_and(|gate| gate.is_for(email))
}
