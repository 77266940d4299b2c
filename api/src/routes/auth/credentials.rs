//! An e-mail address and a password.

use domain::email::Email;
use secrecy::SecretString;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::{
    auth::password_fits,
    error::Faults,
    extract::{FromBody, Text},
};

/// An e-mail address and a password.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CredentialsBody {
    /// The name to sign in with.
    #[schema(value_type = String)]
    email: Text,
    /// 8 to 1024 bytes; a new one must not be among those that are tried first.
    #[schema(value_type = String, format = Password)]
    password: Text,
}

/// Checked credentials of an account that is to be made.
#[derive(Debug)]
pub(crate) struct Credentials {
    /// The name to sign in with.
    pub(crate) email: Email,
    /// The accounts that may be meant by it, of which there must be none.
    pub(crate) names: Vec<Email>,
    /// Of a length a password may have.
    pub(crate) password: SecretString,
}

/// The same for an account that is there.
#[derive(Debug)]
pub(crate) struct SignIn {
    /// The names of the accounts that may be meant, the nearest first; there is one.
    pub(crate) names: Vec<Email>,
    /// Of a length a password may have.
    pub(crate) password: SecretString,
}

impl FromBody for SignIn {
    type Body = CredentialsBody;

    fn from_body(body: CredentialsBody) -> Result<Self, Faults> {
        let mut faults = Faults::default();
        let names = faults.take("/email", Email::meant(&body.email.0));
        let fits = faults.take("/password", password_fits(&body.password.0));
        let password = SecretString::from(body.password.0);
        names.zip(fits).map(|(names, ())| Self { names, password }).ok_or(faults)
    }
}

impl FromBody for Credentials {
    type Body = CredentialsBody;

    fn from_body(body: CredentialsBody) -> Result<Self, Faults> {
        let mut faults = Faults::default();
        let email = faults.take("/email", Email::of_new(&body.email.0));
        let fits = faults.take("/password", password_fits(&body.password.0));
        let password = SecretString::from(body.password.0);
        let checked = email.zip(fits);
        checked.map(|((email, names), ())| Self { email, names, password }).ok_or(faults)
    }
}
