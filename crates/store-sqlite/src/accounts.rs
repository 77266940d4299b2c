//! Accounts and their refresh tokens.

mod rotation;

use async_trait::async_trait;
use domain::{
    account::{Role, User},
    email::Email,
    id::{EventId, FamilyId, UserId},
    ledger::AuditEvent,
    time::Timestamp,
};
use ports::store::{
    Account, AccountCreated, Accounts, NewAccount, NewRefreshToken, Presented, Refresh,
    RefreshRotation, StoreError,
};
use secrecy::{ExposeSecret, SecretString};
use sqlx::{Row, SqliteConnection};

use crate::{batch::Batch, error::Error, row::FromColumns, store::SqliteStore, writer::begin};

macro_rules! account_columns {
    () => {
        "users.id, email, role, disabled, password_hash, created_at"
    };
}
use account_columns;

// The same account again is no conflict, so that a write whose answer was lost can be repeated.
const CREATE: &str = "INSERT INTO users (id, email, role, disabled, password_hash, created_at) \
     VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT DO NOTHING";

const IS_THERE: &str = "SELECT EXISTS (SELECT 1 FROM users WHERE id = ?1 AND email = ?2)";

const BY_EMAIL: &str = concat!("SELECT ", account_columns!(), " FROM users WHERE email = ?1");

const BY_ID: &str = concat!("SELECT ", account_columns!(), " FROM users WHERE id = ?1");

const SET_ROLE: &str =
    concat!("UPDATE users SET role = ?1 WHERE email = ?2 RETURNING ", account_columns!());

// The same one again is no conflict, so that a write whose answer was lost can be repeated.
const SET_PASSWORD: &str = "UPDATE users SET password_hash = ?2 \
     WHERE id = ?1 AND (password_hash IS ?3 OR password_hash = ?2)";

const REHASH: &str = "UPDATE users SET password_hash = ?3 \
     WHERE id = ?1 AND password_hash IN (?2, ?3)";

const SET_DISABLED: &str =
    concat!("UPDATE users SET disabled = ?1 WHERE email = ?2 RETURNING ", account_columns!());

const IS_SHUT_OUT: &str = "SELECT disabled FROM users WHERE email = ?1";

const REVOKE_ALL: &str =
    "UPDATE refresh_tokens SET revoked_at = ?2 WHERE user_id = ?1 AND revoked_at IS NULL";

const GRANT: &str = "INSERT INTO refresh_tokens (hash, family, user_id, expires_at) \
     SELECT ?1, ?2, id, ?4 FROM users WHERE id = ?3 AND disabled = 0 AND password_hash IS ?5 \
     ON CONFLICT (hash) DO UPDATE SET hash = hash";

// One that is forgotten says its family; the others are known by what is kept.
const REVOKE: &str = "UPDATE refresh_tokens SET revoked_at = ?3 \
     WHERE family = coalesce(?2, (SELECT family FROM refresh_tokens WHERE hash = ?1)) \
     AND revoked_at IS NULL RETURNING user_id";

pub(crate) const IS_SIGNED_IN: &str = "SELECT token.user_id FROM refresh_tokens AS token \
     JOIN users ON users.id = token.user_id WHERE token.family = ?1 \
     AND token.revoked_at IS NULL AND token.expires_at > ?2 AND NOT users.disabled LIMIT 1";

#[async_trait]
impl Accounts for SqliteStore {
    async fn create(&self, new: NewAccount) -> Result<AccountCreated, StoreError> {
        Ok(self.create_account(&new).await?)
    }

    async fn by_email(&self, email: &Email) -> Result<Option<Account>, StoreError> {
        Ok(self.account(BY_EMAIL, email.as_str().to_owned()).await?)
    }

    async fn by_id(&self, id: UserId) -> Result<Option<Account>, StoreError> {
        Ok(self.account(BY_ID, id.to_string()).await?)
    }

    async fn set_role(&self, email: &Email, role: Role) -> Result<Option<User>, StoreError> {
        Ok(self.change_role(email, role).await?)
    }

    async fn set_password(
        &self,
        id: UserId,
        was: Option<&SecretString>,
        hash: &SecretString,
        at: Timestamp,
    ) -> Result<bool, StoreError> {
        Ok(self.change_password(id, was, hash, at).await?)
    }

    async fn rehash(
        &self,
        id: UserId,
        was: &SecretString,
        hash: &SecretString,
    ) -> Result<bool, StoreError> {
        Ok(self.keep_hash(id, was, hash).await?)
    }

    async fn set_disabled(
        &self,
        email: &Email,
        disabled: bool,
        at: Timestamp,
    ) -> Result<Option<User>, StoreError> {
        Ok(self.shut_out(email, disabled, at).await?)
    }

    async fn grant_refresh(
        &self,
        token: NewRefreshToken,
        _at: Timestamp,
    ) -> Result<bool, StoreError> {
        Ok(self.grant(&token).await?)
    }

    async fn rotate_refresh(
        &self,
        refresh: Refresh,
        at: Timestamp,
    ) -> Result<RefreshRotation, StoreError> {
        Ok(self.rotate(&refresh, at).await?)
    }

    async fn revoke_refresh(
        &self,
        token: Presented,
        noted_as: EventId,
        at: Timestamp,
    ) -> Result<Option<UserId>, StoreError> {
        Ok(self.revoke(token, noted_as, at).await?)
    }

    async fn is_signed_in(&self, family: FamilyId, at: Timestamp) -> Result<bool, StoreError> {
        Ok(self.goes_on(family, at).await?)
    }
}

impl SqliteStore {
    async fn create_account(&self, new: &NewAccount) -> Result<AccountCreated, Error> {
        let user = &new.user;
        let mut writer = self.writer.turn().await?;
        let created = sqlx::query(CREATE)
            .bind(user.id.to_string())
            .bind(user.email.as_str())
            .bind(user.role.as_str())
            .bind(user.disabled)
            .bind(new.password_hash.as_ref().map(SecretString::expose_secret))
            .bind(user.created_at.timestamp_micros())
            .execute(&mut *writer)
            .await?;
        if created.rows_affected() == 1 {
            return Ok(AccountCreated::Created);
        }
        let is_there = sqlx::query_scalar(IS_THERE)
            .bind(user.id.to_string())
            .bind(user.email.as_str())
            .fetch_one(&mut *writer)
            .await?;
        Ok(if is_there { AccountCreated::Created } else { AccountCreated::EmailTaken })
    }

    async fn account(&self, sql: &'static str, key: String) -> Result<Option<Account>, Error> {
        let row = sqlx::query(sql).bind(key).fetch_optional(&self.readers).await?;
        row.as_ref().map(Account::from_row).transpose()
    }

    async fn change_role(&self, email: &Email, role: Role) -> Result<Option<User>, Error> {
        let mut writer = self.writer.turn().await?;
        let query = sqlx::query(SET_ROLE).bind(role.as_str()).bind(email.as_str());
        // To the last row, since the statement commits when it is done.
        let rows = query.fetch_all(&mut *writer).await?;
        let account = rows.first().map(Account::from_row).transpose()?;
        Ok(account.map(|account| account.user))
    }

    async fn change_password(
        &self,
        id: UserId,
        was: Option<&SecretString>,
        hash: &SecretString,
        at: Timestamp,
    ) -> Result<bool, Error> {
        let mut writer = self.writer.turn().await?;
        let mut tx = begin(&mut writer).await?;
        let query = sqlx::query(SET_PASSWORD)
            .bind(id.to_string())
            .bind(hash.expose_secret())
            .bind(was.map(SecretString::expose_secret));
        if query.execute(&mut *tx).await?.rows_affected() == 0 {
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
        let mut writer = self.writer.turn().await?;
        let query = sqlx::query(REHASH)
            .bind(id.to_string())
            .bind(was.expose_secret())
            .bind(hash.expose_secret());
        Ok(query.execute(&mut *writer).await?.rows_affected() == 1)
    }

    async fn shut_out(
        &self,
        email: &Email,
        disabled: bool,
        at: Timestamp,
    ) -> Result<Option<User>, Error> {
        let mut writer = self.writer.turn().await?;
        let mut tx = begin(&mut writer).await?;
        let query = sqlx::query_scalar(IS_SHUT_OUT).bind(email.as_str());
        let was_disabled: Option<bool> = query.fetch_optional(&mut *tx).await?;
        let query = sqlx::query(SET_DISABLED).bind(disabled).bind(email.as_str());
        let row = query.fetch_optional(&mut *tx).await?;
        let Some(row) = row else { return Ok(None) };
        let Account { user, .. } = Account::from_row(&row)?;
        // Not when it is shut out: no sign-in of an account that is goes on, and that is to take no longer the more there are.
        if was_disabled == Some(true) && !disabled {
            revoke_all(&mut tx, user.id, at).await?;
        }
        tx.commit().await?;
        Ok(Some(user))
    }

    async fn grant(&self, token: &NewRefreshToken) -> Result<bool, Error> {
        let mut writer = self.writer.turn().await?;
        let granted = sqlx::query(GRANT)
            .bind(token.hash.0.as_slice())
            .bind(token.family.to_string())
            .bind(token.user_id.to_string())
            .bind(token.expires_at.timestamp_micros())
            .bind(token.password_hash.as_ref().map(ExposeSecret::expose_secret))
            .execute(&mut *writer)
            .await?;
        Ok(granted.rows_affected() == 1)
    }

    async fn revoke(
        &self,
        token: Presented,
        noted_as: EventId,
        at: Timestamp,
    ) -> Result<Option<UserId>, Error> {
        let mut writer = self.writer.turn().await?;
        let mut tx = begin(&mut writer).await?;
        let owners = sqlx::query(REVOKE)
            .bind(token.hash.0.as_slice())
            .bind(token.family.map(|family| family.to_string()))
            .bind(at.timestamp_micros())
            .fetch_all(&mut *tx)
            .await?;
        let owner = owners.first().map(|row| row.try_get::<String, _>("user_id")).transpose()?;
        let owner: Option<UserId> = owner.and_then(|id| id.parse().ok());
        if let Some(owner) = owner {
            let mut batch = Batch::default();
            batch.push_audit(&AuditEvent::signed_out(noted_as, owner, at));
            batch.execute(&mut tx).await?;
        }
        tx.commit().await?;
        Ok(owner)
    }

    async fn goes_on(&self, family: FamilyId, at: Timestamp) -> Result<bool, Error> {
        let query = sqlx::query(IS_SIGNED_IN).bind(family.to_string()).bind(at.timestamp_micros());
        Ok(query.fetch_optional(&self.readers).await?.is_some())
    }
}

/// Ends all sign-ins of `user`.
async fn revoke_all(on: &mut SqliteConnection, user: UserId, at: Timestamp) -> Result<(), Error> {
    let query = sqlx::query(REVOKE_ALL).bind(user.to_string()).bind(at.timestamp_micros());
    query.execute(on).await?;
    Ok(())
}
