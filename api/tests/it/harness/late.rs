//! A store whose answers do not come.

use std::{future::pending, sync::Arc};

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
use secrecy::SecretString;

use super::breakable::Switch;

/// Accounts which, while the switch is down, do not say that a refresh token was replaced. It was.
pub struct Late {
    pub switch: Arc<Switch>,
    pub port: Arc<dyn Accounts>,
}

#[async_trait]
impl Accounts for Late {
    async fn create(&self, new: NewAccount) -> Result<AccountCreated, StoreError> {
        self.port.create(new).await
    }

    async fn by_email(&self, email: &Email) -> Result<Option<Account>, StoreError> {
        self.port.by_email(email).await
    }

    async fn by_id(&self, id: UserId) -> Result<Option<Account>, StoreError> {
        self.port.by_id(id).await
    }

    async fn set_role(&self, email: &Email, role: Role) -> Result<Option<User>, StoreError> {
        self.port.set_role(email, role).await
    }

    async fn set_password(
        &self,
        id: UserId,
        was: Option<&SecretString>,
        hash: &SecretString,
        at: Timestamp,
    ) -> Result<bool, StoreError> {
        self.port.set_password(id, was, hash, at).await
    }

    async fn rehash(
        &self,
        id: UserId,
        was: &SecretString,
        hash: &SecretString,
    ) -> Result<bool, StoreError> {
        self.port.rehash(id, was, hash).await
    }

    async fn set_disabled(
        &self,
        email: &Email,
        disabled: bool,
        at: Timestamp,
    ) -> Result<Option<User>, StoreError> {
        self.port.set_disabled(email, disabled, at).await
    }

    async fn grant_refresh(
        &self,
        token: NewRefreshToken,
        at: Timestamp,
    ) -> Result<bool, StoreError> {
        self.port.grant_refresh(token, at).await
    }

    async fn rotate_refresh(
        &self,
        refresh: Refresh,
        at: Timestamp,
    ) -> Result<RefreshRotation, StoreError> {
        let rotated = self.port.rotate_refresh(refresh, at).await;
        if self.switch.check().is_err() {
            pending::<()>().await;
        }
        rotated
    }

    async fn revoke_refresh(
        &self,
        token: Presented,
        noted_as: EventId,
        at: Timestamp,
    ) -> Result<Option<UserId>, StoreError> {
        self.port.revoke_refresh(token, noted_as, at).await
    }

    async fn is_signed_in(&self, family: FamilyId, at: Timestamp) -> Result<bool, StoreError> {
        self.port.is_signed_in(family, at).await
    }
}
