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
pub(crate) struct SignIns(Mutex<Memory>);

#[derive(Debug, Default)]
struct Memory {
    known: HashMap<FamilyId, Timestamp>,
    /// How often some sign-in was ended.
    endings: u64,
}

/// Begun before the store is asked. What it answers is no longer known to be true if a sign-in was ended
/// meanwhile: perhaps this one, after the store had looked.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Asking {
    endings: u64,
}

impl SignIns {
    /// Whether the sign-in `family` goes on.
    pub(crate) async fn go_on(
        &self,
        accounts: &dyn Accounts,
        family: FamilyId,
        at: Timestamp,
    ) -> Result<bool, StoreError> {
        if self.knows(family, at) {
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
        Asking { endings: self.lock().endings }
    }

    /// Takes down that `family` goes on now, as the store said after `asking` was begun.
    pub(crate) fn remember(&self, asking: Asking, family: FamilyId, at: Timestamp) {
        let mut memory = self.lock();
        if memory.endings != asking.endings {
            return;
        }
        if memory.known.len() >= MEMORY {
            memory.known.clear();
        }
        memory.known.insert(family, at);
    }

    /// Asks the store anew for whatever comes: some sign-in was ended.
    pub(crate) fn forget(&self) {
        let mut memory = self.lock();
        memory.known.clear();
        memory.endings += 1;
    }

    fn knows(&self, family: FamilyId, at: Timestamp) -> bool {
        self.lock().known.get(&family).is_some_and(|asked| at - *asked < FRESH)
    }

    fn lock(&self) -> MutexGuard<'_, Memory> {
        // Nothing panics while holding it.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use testkit::clock::epoch;

    use super::*;

    #[test]
    fn a_sign_in_is_known_for_a_minute() {
        let (sign_ins, family) = (SignIns::default(), FamilyId::generate(epoch()));
        assert!(!sign_ins.knows(family, epoch()));
        sign_ins.remember(sign_ins.ask(), family, epoch());
        assert!(sign_ins.knows(family, epoch() + FRESH - TimeDelta::milliseconds(1)));
        assert!(!sign_ins.knows(family, epoch() + FRESH));
        sign_ins.forget();
        assert!(!sign_ins.knows(family, epoch()));
    }

    #[test]
    fn what_the_store_said_before_an_end_is_not_kept_after_it() {
        let (sign_ins, family) = (SignIns::default(), FamilyId::generate(epoch()));
        let asking = sign_ins.ask();
        sign_ins.forget();
        sign_ins.remember(asking, family, epoch());
        assert!(!sign_ins.knows(family, epoch()));
        sign_ins.remember(sign_ins.ask(), family, epoch());
        assert!(sign_ins.knows(family, epoch()));
    }
}
