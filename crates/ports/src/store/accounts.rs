//! Accounts and their refresh tokens.

use std::time::Duration;

use async_trait::async_trait;
use domain::{
    account::{Role, User},
    email::Email,
    id::{EventId, FamilyId, UserId},
    time::Timestamp,
};
use secrecy::SecretString;

use super::StoreError;

/// SHA-256 of a refresh token; the token itself is never stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct TokenHash(pub [u8; 32]);

/// An account to be made.
#[derive(Debug, Clone)]
pub struct NewAccount {
    /// The account.
    pub user: User,
    /// Its password as an Argon2id PHC string; none for an account that signs in another way.
    pub password_hash: Option<SecretString>,
}

/// An account with what is needed to let its user in.
#[derive(Debug, Clone)]
pub struct Account {
    /// The account.
    pub user: User,
    /// Its password as an Argon2id PHC string, if it has one.
    pub password_hash: Option<SecretString>,
}

/// What became of a new account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AccountCreated {
    /// It is there.
    Created,
    /// Another account has this address; nothing was changed.
    EmailTaken,
}

/// A refresh token to be kept.
#[derive(Debug, Clone)]
pub struct NewRefreshToken {
    /// What it is found by.
    pub hash: TokenHash,
    /// The sign-in it comes from.
    pub family: FamilyId,
    /// Whose it is.
    pub user_id: UserId,
    /// When it ends; the same for the whole family.
    pub expires_at: Timestamp,
    /// The password of the account as it was kept when its user was let in; none if it had none.
    pub password_hash: Option<SecretString>,
}

/// A refresh token that somebody presents.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Presented {
    /// What it is found by.
    pub hash: TokenHash,
    /// The sign-in that it says it is of, in a way that nobody can make up; none if it does not say.
    pub family: Option<FamilyId>,
}

/// A refresh token that is to be replaced.
#[derive(Debug, Clone, Copy)]
pub struct Refresh {
    /// What was presented.
    pub presented: Presented,
    /// What replaces it.
    pub successor: TokenHash,
    /// What it would have been replaced by before the secret was changed that successors are made with.
    pub former: Option<TokenHash>,
    /// How long after its replacement it may be presented again.
    pub tolerance: Duration,
    /// What the deed is noted as.
    pub noted_as: EventId,
}

/// What became of a presented refresh token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RefreshRotation {
    /// It was good, and is replaced by its successor now; or it was replaced less than the tolerance
    /// ago, by one that could be its successor, and nothing changed.
    Rotated {
        /// Whose it is.
        user: User,
        /// The sign-in it is of.
        family: FamilyId,
        /// What replaces it.
        by: TokenHash,
    },
    /// It had been replaced before: somebody else may hold a copy. The whole family is revoked now.
    Reused(UserId),
    /// It is unknown, expired, revoked, or its account is disabled.
    Invalid,
}

/// Accounts and their refresh tokens.
#[async_trait]
pub trait Accounts: Send + Sync {
    /// Makes an account. Of two with one address, one is made.
    async fn create(&self, new: NewAccount) -> Result<AccountCreated, StoreError>;

    /// The account with this address.
    async fn by_email(&self, email: &Email) -> Result<Option<Account>, StoreError>;

    /// The account with this id.
    async fn by_id(&self, id: UserId) -> Result<Option<Account>, StoreError>;

    /// Gives the account with this address another role. Answers who it is, if it is there.
    async fn set_role(&self, email: &Email, role: Role) -> Result<Option<User>, StoreError>;

    /// Gives an account another password in the place of the one kept as `was`, none if it has none yet,
    /// and ends all its sign-ins. Answers whether it has this one now; if not (it is not there, or has had
    /// another one since) nothing was changed.
    ///
    /// Of several at the same time in the place of one, one is made. The same again does the same.
    async fn set_password(
        &self,
        id: UserId,
        was: Option<&SecretString>,
        hash: &SecretString,
        at: Timestamp,
    ) -> Result<bool, StoreError>;

    /// Keeps the password of an account, which stays the same, by another hash in the place of the one kept as `was`:
    /// no sign-in ends. Answers whether it is kept by this one now; if not (it is not there, or has had another
    /// password since) nothing was changed. The same again does the same.
    async fn rehash(
        &self,
        id: UserId,
        was: &SecretString,
        hash: &SecretString,
    ) -> Result<bool, StoreError>;

    /// Shuts an account out, or lets it in again; who was shut out has no sign-in any more, nor when let in again.
    /// Answers who it is, if it is there. However many sign-ins there are, shutting out takes no longer.
    async fn set_disabled(
        &self,
        email: &Email,
        disabled: bool,
        at: Timestamp,
    ) -> Result<Option<User>, StoreError>;

    /// Keeps a refresh token, the first of its family. Answers whether its account is still as it was when its user
    /// was let in; if not (it is not there, is shut out, or has had another password since) nothing was kept, since
    /// that ended all sign-ins. Beside either of these it is as if before, and ended with the others, or as if after.
    async fn grant_refresh(
        &self,
        token: NewRefreshToken,
        at: Timestamp,
    ) -> Result<bool, StoreError>;

    /// Replaces the refresh token that was presented by its successor, in its family and with its end.
    ///
    /// A token can be replaced once. One that was replaced not longer than the tolerance ago is
    /// answered as if for the first time, as long as the successor is the same, or the former one, and has itself
    /// not been replaced: two tabs may refresh at once, also while the secret is changed. Any other second use
    /// revokes the family.
    ///
    /// Of a family whose tokens say which it is no more than two are kept, however often it is refreshed: one that is
    /// presented, and is neither of them, was used before.
    ///
    /// What was done stands in the audit book as `noted_as`, and neither is there without the other: that its user
    /// refreshed the sign-in ([`AuditEvent::refreshed`](domain::ledger::AuditEvent::refreshed)) with a replacement,
    /// that a token was used again ([`refresh_reused`](domain::ledger::AuditEvent::refresh_reused)) with a revocation.
    async fn rotate_refresh(
        &self,
        refresh: Refresh,
        at: Timestamp,
    ) -> Result<RefreshRotation, StoreError>;

    /// Revokes the family of a refresh token, be it one that was used; afterwards none of it is good. Unknown tokens
    /// are ignored, and those of a family that was revoked before. Answers whose family it was, if it is revoked now.
    ///
    /// That they [signed out](domain::ledger::AuditEvent::signed_out) stands in the audit book as `noted_as`, and
    /// neither is there without the other.
    async fn revoke_refresh(
        &self,
        token: Presented,
        noted_as: EventId,
        at: Timestamp,
    ) -> Result<Option<UserId>, StoreError>;

    /// Whether a sign-in goes on at `at`: it is known, has not ended and was not revoked, and its account is
    /// not disabled.
    async fn is_signed_in(&self, family: FamilyId, at: Timestamp) -> Result<bool, StoreError>;
}
