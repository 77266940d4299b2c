//! Rows of `users`.

use domain::{
    account::{Role, User},
    email::Email,
};
use ports::store::Account;

use super::{Columns, FromColumns};
use crate::error::Error;

impl FromColumns for User {
    const TABLE: &'static str = "users";

    fn read(columns: Columns<'_>) -> Result<Self, Error> {
        Ok(Self {
            id: columns.id("id")?,
            email: columns.known("email", |text| Email::of_account(text).ok())?,
            role: columns.known("role", Role::from_name)?,
            disabled: columns.get("disabled")?,
            created_at: columns.time("created_at")?,
        })
    }
}

impl FromColumns for Account {
    const TABLE: &'static str = "users";

    fn read(columns: Columns<'_>) -> Result<Self, Error> {
        let password_hash: Option<String> = columns.get("password_hash")?;
        Ok(Self { user: User::read(columns)?, password_hash: password_hash.map(Into::into) })
    }
}
