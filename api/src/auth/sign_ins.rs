//! Whether the sign-in behind an access token goes on, asked of the store once a minute.

use domain::{id::FamilyId, time::Timestamp};
use ports::store::{Accounts, StoreError};

use super::recent::{Asking, Recent};

/// Sign-ins of which the store said lately that they go on.
#[derive(Debug, Default)]
pub(crate) struct SignIns(Recent<FamilyId, ()>);

impl SignIns {
    /// Whether the sign-in `family` goes on.
    pub(crate) async fn go_on(
        &self,
        accounts: &dyn Accounts,
        family: FamilyId,
        at: Timestamp,
    ) -> Result<bool, StoreError> {
        if self.0.get(&family, at).is_some() {
            return Ok(true);
        }
        let asking = self.ask();
        let goes_on = accounts.is_signed_in(family, at).await?;
        if goes_on {
            self.remember(asking, family, at);
        }
        Ok(goes_on)
    }

    /// The store is to be asked, or told, of a sign-in.
    pub(crate) fn ask(&self) -> Asking {
        self.0.ask()
    }

    /// Takes down that `family` goes on now, as the store said after `asking` was begun.
    pub(crate) fn remember(&self, asking: Asking, family: FamilyId, at: Timestamp) {
        self.0.remember(asking, family, (), at);
    }

    /// Asks the store anew for whatever comes: some sign-in was ended.
    pub(crate) fn forget(&self) {
        self.0.forget();
    }
}
