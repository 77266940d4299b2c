//! Accounts and their refresh tokens.

mod revocation;
mod rotation;

use async_trait::async_trait;
use domain::{
    account::{Role, User},
    email::Email,
    id::{EventId, FamilyId, UserId},
    time::Timestamp,
};
use ports::store::{
    Account, AccountCreated, Accounts, NewAccount, NewRefreshToken, Presented, Refresh,
    RefreshRotation, StoreError,
};
use secrecy::{ExposeSecret, SecretString};
use sqlx::{Row, postgres::PgArguments};

use self::revocation::revoke_all;
use crate::{error::Error, row::FromColumns, store::PostgresStore};

macro_rules! account_columns {
    () => {
        "users.id, email, role, disabled, password_hash, created_at"
    };
}
use account_columns;

// The same account again is no conflict, so that a write whose answer was lost can be repeated.
const CREATE: &str = "INSERT INTO users (id, email, role, disabled, password_hash, created_at) \
     VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING";

const IS_THERE: &str = "SELECT EXISTS (SELECT 1 FROM users WHERE id = $1 AND email = $2)";

const BY_EMAIL: &str = concat!("SELECT ", account_columns!(), " FROM users WHERE email = $1");

const BY_ID: &str = concat!("SELECT ", account_columns!(), " FROM users WHERE id = $1");

const SET_ROLE: &str =
    concat!("UPDATE users SET role = $1 WHERE email = $2 RETURNING ", account_columns!());

// The same one again is no conflict, so that a write whose answer was lost can be repeated.
macro_rules! that_may_be_replaced {
    () => {
        " WHERE id = $1 AND (password_hash IS NOT DISTINCT FROM $3 OR password_hash = $2)"
    };
}

const MAY_REPLACE: &str = concat!("SELECT FROM users", that_may_be_replaced!());

const SET_PASSWORD: &str = concat!("UPDATE users SET password_hash = $2", that_may_be_replaced!());

const REHASH: &str =
    "UPDATE users SET password_hash = $3 WHERE id = $1 AND password_hash IN ($2, $3)";

/// Whoever shuts the account out meanwhile does so afterwards.
const IS_SHUT_OUT: &str = "SELECT disabled FROM users WHERE email = $1 FOR NO KEY UPDATE";

const SET_DISABLED: &str =
    concat!("UPDATE users SET disabled = $1 WHERE email = $2 RETURNING ", account_columns!());

/// Waits for whoever changes the account, and sees it as it is then.
const GRANT: &str = "WITH owner AS MATERIALIZED (SELECT id FROM users WHERE id = $3 AND NOT disabled \
     AND password_hash IS NOT DISTINCT FROM $5 FOR SHARE), \
     kept AS (INSERT INTO refresh_tokens (hash, family, user_id, expires_at) \
     SELECT $1, $2, id, $4 FROM owner ON CONFLICT DO NOTHING) \
     SELECT EXISTS (SELECT FROM owner)";

pub(crate) const IS_SIGNED_IN: &str = "SELECT token.user_id FROM refresh_tokens AS token \
     JOIN users ON users.id = token.user_id WHERE token.family = $1 \
     AND token.revoked_at IS NULL AND token.expires_at > $2 AND NOT users.disabled LIMIT 1";

#[async_trait]
impl Accounts for PostgresStore {
    async fn create(&self, new: NewAccount) -> Result<AccountCreated, StoreError> {
        self.timed(self.create_account(&new)).await
    }

    async fn by_email(&self, email: &Email) -> Result<Option<Account>, StoreError> {
        self.timed(self.account(sqlx::query(BY_EMAIL).bind(email.as_str().to_owned()))).await
    }

    async fn by_id(&self, id: UserId) -> Result<Option<Account>, StoreError> {
        self.timed(self.account(sqlx::query(BY_ID).bind(id.as_uuid()))).await
    }

    async fn set_role(&self, email: &Email, role: Role) -> Result<Option<User>, StoreError> {
        let (role, email) = (role.as_str(), email.as_str().to_owned());
        let query = sqlx::query(SET_ROLE).bind(role).bind(email);
        let changed = self.timed(self.account(query)).await?;
        Ok(changed.map(|account| account.user))
    }

    async fn set_password(
        &self,
        id: UserId,
        was: Option<&SecretString>,
        hash: &SecretString,
        at: Timestamp,
    ) -> Result<bool, StoreError> {
        self.timed(self.change_password(id, was, hash, at)).await
    }

    async fn rehash(
        &self,
        id: UserId,
        was: &SecretString,
        hash: &SecretString,
    ) -> Result<bool, StoreError> {
        self.timed(self.keep_hash(id, was, hash)).await
    }

    async fn set_disabled(
        &self,
        email: &Email,
        disabled: bool,
        at: Timestamp,
    ) -> Result<Option<User>, StoreError> {
        if disabled {
            self.timed(self.shut_out(email)).await
        } else {
            self.timed(self.let_in(email, at)).await
        }
    }

    async fn grant_refresh(
        &self,
        token: NewRefreshToken,
        _at: Timestamp,
    ) -> Result<bool, StoreError> {
        self.timed(self.grant(&token)).await
    }

    async fn rotate_refresh(
        &self,
        refresh: Refresh,
        at: Timestamp,
    ) -> Result<RefreshRotation, StoreError> {
        self.timed(self.rotate(&refresh, at)).await
    }

    async fn revoke_refresh(
        &self,
        token: Presented,
        noted_as: EventId,
        at: Timestamp,
    ) -> Result<Option<UserId>, StoreError> {
        self.timed(self.revoke(token, noted_as, at)).await
    }

    async fn is_signed_in(&self, family: FamilyId, at: Timestamp) -> Result<bool, StoreError> {
        self.timed(self.goes_on(family, at)).await
    }
}

/// A statement with its values.
type Query = sqlx::query::Query<'static, sqlx::Postgres, PgArguments>;

impl PostgresStore {
    async fn create_account(&self, new: &NewAccount) -> Result<AccountCreated, Error> {
        let user = &new.user;
        let created = sqlx::query(CREATE)
            .bind(user.id.as_uuid())
            .bind(user.email.as_str())
            .bind(user.role.as_str())
            .bind(user.disabled)
            .bind(new.password_hash.as_ref().map(SecretString::expose_secret))
            .bind(user.created_at)
            .execute(&self.pool())
            .await?;
        if created.rows_affected() == 1 {
            return Ok(AccountCreated::Created);
        }
        let is_there = sqlx::query_scalar(IS_THERE)
            .bind(user.id.as_uuid())
            .bind(user.email.as_str())
            .fetch_one(&self.pool())
            .await?;
        Ok(if is_there { AccountCreated::Created } else { AccountCreated::EmailTaken })
    }

    async fn account(&self, query: Query) -> Result<Option<Account>, Error> {
        // To the last row, since a change commits when it is done.
        let rows = query.fetch_all(&self.pool()).await?;
        rows.first().map(Account::from_row).transpose()
    }

    async fn change_password(
        &self,
        id: UserId,
        was: Option<&SecretString>,
        hash: &SecretString,
        at: Timestamp,
    ) -> Result<bool, Error> {
        let replacing = |statement| {
            sqlx::query(statement)
                .bind(id.as_uuid())
                .bind(hash.expose_secret().to_owned())
                .bind(was.map(|was| was.expose_secret().to_owned()))
        };
        if replacing(MAY_REPLACE).fetch_optional(&self.pool()).await?.is_none() {
            return Ok(false);
        }
        self.revoke_by_and_by(id, at).await?;
        let mut tx = self.begin().await?;
        if replacing(SET_PASSWORD).execute(&mut *tx).await?.rows_affected() == 0 {
            return Ok(false);
        }
        revoke_all(&mut tx, id, at).await?;
        tx.commit().await?;
        Ok(true)
    }

    async fn keep_hash(
        &self,
        id: UserId,
        was: &SecretString,
        hash: &SecretString,
    ) -> Result<bool, Error> {
        let query = sqlx::query(REHASH)
            .bind(id.as_uuid())
            .bind(was.expose_secret())
            .bind(hash.expose_secret());
        Ok(query.execute(&self.pool()).await?.rows_affected() == 1)
    }

    async fn shut_out(&self, email: &Email) -> Result<Option<User>, Error> {
        let query = sqlx::query(SET_DISABLED).bind(true).bind(email.as_str().to_owned());
        Ok(self.account(query).await?.map(|account| account.user))
    }

    /// Sign-ins end here and not when it is shut out: none of an account that is goes on, and to shut one out is to take
    /// no longer the more there are.
    async fn let_in(&self, email: &Email, at: Timestamp) -> Result<Option<User>, Error> {
        let query = sqlx::query(BY_EMAIL).bind(email.as_str().to_owned());
        let shut_out = self.account(query).await?.filter(|account| account.user.disabled);
        if let Some(account) = shut_out {
            self.revoke_by_and_by(account.user.id, at).await?;
        }
        let mut tx = self.begin().await?;
        let query = sqlx::query_scalar(IS_SHUT_OUT).bind(email.as_str());
        let was_shut_out: Option<bool> = query.fetch_optional(&mut *tx).await?;
        let query = sqlx::query(SET_DISABLED).bind(false).bind(email.as_str());
        let Some(row) = query.fetch_optional(&mut *tx).await? else { return Ok(None) };
        let Account { user, .. } = Account::from_row(&row)?;
        if was_shut_out == Some(true) {
            revoke_all(&mut tx, user.id, at).await?;
        }
        tx.commit().await?;
        Ok(Some(user))
    }

    async fn grant(&self, token: &NewRefreshToken) -> Result<bool, Error> {
        let row = sqlx::query(GRANT)
            .bind(token.hash.0.as_slice())
            .bind(token.family.as_uuid())
            .bind(token.user_id.as_uuid())
            .bind(token.expires_at)
            .bind(token.password_hash.as_ref().map(ExposeSecret::expose_secret))
            // To the last row, since the statement commits when it is done.
            .fetch_all(&self.pool())
            .await?
            .pop()
            .ok_or(sqlx::Error::RowNotFound)?;
        Ok(row.try_get(0)?)
    }

    async fn goes_on(&self, family: FamilyId, at: Timestamp) -> Result<bool, Error> {
        let query = sqlx::query(IS_SIGNED_IN).bind(family.as_uuid()).bind(at);
        Ok(query.fetch_optional(&self.pool()).await?.is_some())
    }
}
