//! Turns of those who search.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use domain::id::UserId;
use tokio::sync::{AcquireError, OwnedSemaphorePermit, Semaphore};

/// A search reads all that its user has written, and holds a connection to the store as long: however many search, most
/// connections are for others.
const AT_ONCE: usize = 2;

/// Who may search now: each user one time at once, so that nobody's many searches stand before those of others.
pub(crate) struct Searches {
    all: Arc<Semaphore>,
    each: Mutex<HashMap<UserId, Arc<Semaphore>>>,
}

/// Ends when it is dropped.
pub(crate) struct Turn {
    _own: OwnedSemaphorePermit,
    _of_all: OwnedSemaphorePermit,
}

impl Default for Searches {
    fn default() -> Self {
        Self { all: Arc::new(Semaphore::new(AT_ONCE)), each: Mutex::default() }
    }
}

impl Searches {
    /// Waits until it is the turn of `user`.
    pub(crate) async fn turn(&self, user: UserId) -> Result<Turn, AcquireError> {
        let own = self.of(user).acquire_owned().await?;
        let of_all = Arc::clone(&self.all).acquire_owned().await?;
        Ok(Turn { _own: own, _of_all: of_all })
    }

    fn of(&self, user: UserId) -> Arc<Semaphore> {
        let mut each = self.each.lock().unwrap_or_else(PoisonError::into_inner);
        // Whoever searches or waits holds one, too.
        each.retain(|_, own| Arc::strong_count(own) > 1);
        Arc::clone(each.entry(user).or_insert_with(|| Arc::new(Semaphore::new(1))))
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;
    use testkit::clock::epoch;

    use super::*;

    /// Security case 87.
    #[tokio::test]
    async fn nobody_waits_for_the_many_searches_of_another() {
        let searches = Searches::default();
        let [one, other, third] = [1, 2, 3].map(|_| UserId::generate(epoch()));
        let first = searches.turn(one).await.unwrap();
        let mut again = Box::pin(searches.turn(one));
        assert!((&mut again).now_or_never().is_none());
        let beside = searches.turn(other).now_or_never().expect("it is free").unwrap();
        let mut late = Box::pin(searches.turn(third));
        assert!((&mut late).now_or_never().is_none(), "two at once");
        drop(first);
        late.now_or_never().expect("before the other's second").unwrap();
        again.await.unwrap();
        drop(beside);
        searches.turn(one).await.unwrap();
        assert_eq!(searches.each.lock().unwrap().len(), 1, "those who went are forgotten");
    }
}
