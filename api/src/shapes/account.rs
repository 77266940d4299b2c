//! Accounts.

use domain::{
    account::{Role, User},
    id::UserId,
};
use serde::Serialize;
use utoipa::ToSchema;

use super::words;

/// An account.
#[derive(Serialize, ToSchema)]
pub(crate) struct UserShape {
    /// Which one.
    #[schema(value_type = Uuid)]
    id: UserId,
    /// The name to sign in with.
    email: String,
    /// What it may do: `guest`, `user`, `viewer`, `operator` or `admin`.
    #[schema(schema_with = words::role)]
    role: Role,
    /// Whether it is shut out.
    disabled: bool,
}

impl From<&User> for UserShape {
    fn from(user: &User) -> Self {
        Self {
            id: user.id,
            email: user.email.to_string(),
            role: user.role,
            disabled: user.disabled,
        }
    }
}

/// An account just made, with its first password.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AddedUserShape {
    /// The account.
    #[serde(flatten)]
    pub(crate) user: UserShape,
    /// Told this once.
    pub(crate) password: String,
}

/// An access token that nothing renews.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TokenShape {
    /// Whom it speaks for.
    pub(crate) user: UserShape,
    /// Speaks for the user, as `Authorization: Bearer …`.
    pub(crate) access_token: String,
    /// For how many seconds it is good.
    pub(crate) expires_in: u64,
}

/// A sign-in.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SessionShape {
    /// Who signed in.
    pub(crate) user: UserShape,
    /// Speaks for the user, as `Authorization: Bearer …`.
    pub(crate) access_token: String,
    /// Buys the next access token, once.
    pub(crate) refresh_token: String,
    /// For how many seconds the access token is good.
    pub(crate) expires_in: u64,
}
