//! Whether the account behind an access token is still good, asked of the store once a minute.

use domain::{account::Role, id::UserId, time::Timestamp};
use ports::store::{Accounts, StoreError};

use super::recent::Recent;

/// What the store said of accounts lately.
#[derive(Debug, Default)]
pub(crate) struct Standing(Recent<UserId, Role>);

impl Standing {
    /// The role of `user` if the account is there and not disabled.
    pub(crate) async fn of(
        &self,
        accounts: &dyn Accounts,
        user: UserId,
        at: Timestamp,
    ) -> Result<Option<Role>, StoreError> {
        if let Some(role) = self.0.get(&user, at) {
            return Ok(Some(role));
        }
        let asking = self.0.ask();
        let account = accounts.by_id(user).await?;
        let role = account.filter(|account| !account.user.disabled).map(|a| a.user.role);
        if let Some(role) = role {
            self.0.remember(asking, user, role, at);
        }
        Ok(role)
    }

    /// Asks the store anew for whatever comes: some account was changed.
    pub(crate) fn forget(&self) {
        self.0.forget();
    }
}
