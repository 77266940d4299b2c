//! Whether the account behind an access token is still good, asked of the store once a minute.

use std::{collections::HashMap, sync::Mutex};

use chrono::TimeDelta;
use domain::{account::Role, id::UserId, time::Timestamp};
use ports::store::{Accounts, StoreError};

/// How long an answer of the store holds: a disabled account is out after at most this.
const FRESH: TimeDelta = TimeDelta::seconds(60);
/// Beyond this the memory is emptied; everybody is asked for once more.
const MEMORY: usize = 10_000;

/// What the store said of accounts lately.
#[derive(Debug, Default)]
pub(crate) struct Standing(Mutex<HashMap<UserId, (Timestamp, Role)>>);

impl Standing {
    /// The role of `user` if the account is there and not disabled.
    pub(crate) async fn of(
        &self,
        accounts: &dyn Accounts,
        user: UserId,
        at: Timestamp,
    ) -> Result<Option<Role>, StoreError> {
        if let Some(role) = self.remembered(user, at) {
            return Ok(Some(role));
        }
        let account = accounts.by_id(user).await?;
        let role = account.filter(|account| !account.user.disabled).map(|a| a.user.role);
        if let Some(role) = role {
            self.remember(user, role, at);
        }
        Ok(role)
    }

    /// Takes down that `user` is good now.
    pub(crate) fn remember(&self, user: UserId, role: Role, at: Timestamp) {
        let mut known = self.0.lock().expect("nothing panics while holding it");
        if known.len() >= MEMORY {
            known.clear();
        }
        known.insert(user, (at, role));
    }

    /// Asks the store anew of `user`.
    pub(crate) fn forget(&self, user: UserId) {
        self.0.lock().expect("nothing panics while holding it").remove(&user);
    }

    fn remembered(&self, user: UserId, at: Timestamp) -> Option<Role> {
        let known = self.0.lock().expect("nothing panics while holding it");
        known.get(&user).filter(|(asked, _)| at - asked < FRESH).map(|(_, role)| *role)
    }
}
