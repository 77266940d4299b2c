//! People who chat without an account.

use std::time::Duration;

use domain::{
    account::{Role, User},
    email::Email,
    id::UserId,
    time::Timestamp,
};
use ports::store::{AccountCreated, NewAccount};

use crate::{
    app::App,
    error::ApiError,
    extract::ClientAddress,
    quota::{self, Bucket, Quota},
};

/// The most letters of a guest's name that are kept.
const NAME_CHARS: usize = 40;

/// Makes the guest called `name` with `id`, if there is none yet; not too many from one address.
pub(crate) async fn make(
    app: &App,
    from: ClientAddress,
    id: UserId,
    name: &str,
    at: Timestamp,
) -> Result<(), ApiError> {
    let times = app.config.tries_per_minute;
    let quota = Quota { times, per: Duration::from_mins(1) };
    let who = from.bucket();
    quota::check(app, Bucket { name: "guests", who: &who }, quota, at).await?;
    app.audit(Some(id), "guest.created", id).await?;
    let email = address(id, name);
    let user = User { id, email, role: Role::Guest, disabled: false, created_at: at };
    match app.ports.accounts.create(NewAccount { user, password_hash: None }).await? {
        AccountCreated::Created => Ok(()),
        AccountCreated::EmailTaken => Err(ApiError::EmailTaken),
    }
}

/// Where guests have their addresses; nobody has one there (RFC 2606).
const DOMAIN: &str = "@guest.invalid";

/// Whether `email` is one that guests have.
pub(crate) fn is_address(email: &Email) -> bool {
    email.as_str().ends_with(DOMAIN)
}

/// No address that anybody has: it tells operators who a guest is.
fn address(id: UserId, name: &str) -> Email {
    let letters = name.chars().filter(|c| c.is_alphanumeric()).take(NAME_CHARS);
    let name: String = letters.collect();
    let text = format!("guest.{name}.{id}{DOMAIN}");
    Email::of_account(&text).expect("letters and an id make an address")
}

#[cfg(test)]
mod tests {
    use testkit::clock::epoch;

    use super::*;

    #[test]
    fn any_name_makes_an_address() {
        let id = UserId::generate(epoch());
        for name in ["", "Ann", "a b@c\n", "\u{1F980}", &"\u{FDFA}".repeat(1000), &"x".repeat(1000)]
        {
            let address = address(id, name);
            assert!(
                address.as_str().ends_with(&format!(".{id}@guest.invalid")) && is_address(&address)
            );
        }
    }
}
