//! Whether the sign-in behind an access token goes on, asked of the store once a minute.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use chrono::TimeDelta;
use domain::{id::FamilyId, time::Timestamp};
use ports::store::{Accounts, StoreError};

/// How long an answer of the store holds: who signed out is out after at most this.
const FRESH: TimeDelta = TimeDelta::seconds(60);
/// Beyond this the memory is emptied; every sign-in is asked for once more.
const MEMORY: usize = 10_000;

/// Sign-ins of which the store said lately that they go on.
#[derive(Debug, Default)]
pub(crate) struct SignIns(Mutex<HashMap<FamilyId, Timestamp>>);

impl SignIns {
    /// Whether the sign-in `family` goes on.
    pub(crate) async fn go_on(
        &self,
        accounts: &dyn Accounts,
        family: FamilyId,
        at: Timestamp,
    ) -> Result<bool, StoreError> {
        let asked = self.lock().get(&family).copied();
        if asked.is_some_and(|asked| at - asked < FRESH) {
            return Ok(true);
        }
        let goes_on = accounts.is_signed_in(family, at).await?;
        if goes_on {
            self.remember(family, at);
        }
        Ok(goes_on)
    }

    /// Takes down that `family` goes on now.
    pub(crate) fn remember(&self, family: FamilyId, at: Timestamp) {
        let mut known = self.lock();
        if known.len() >= MEMORY {
            known.clear();
        }
        known.insert(family, at);
    }

    /// Asks the store anew for whatever comes: some sign-in was ended.
    pub(crate) fn forget(&self) {
        self.lock().clear();
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<FamilyId, Timestamp>> {
        // Nothing panics while holding it.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
