//! Connections that lead to a server which takes no writes, or is gone.
//!
//! After a failover the address leads to another server, but a connection to the old one, or to a copy
//! that was never promoted, may stay as good as ever for reading. It is given up as soon as it is
//! known for what it is. When a server was stopped, every connection to it is found broken only by the
//! call that needs it; so the first one that is found stands for all.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

/// Connections are not given up more often than that, should new ones lead to the same server.
const PAUSE: Duration = Duration::from_secs(1);

/// Since when connections may be trusted. Clones share it.
#[derive(Clone, Default)]
pub(crate) struct Astray(Arc<Mutex<Option<Instant>>>);

impl Astray {
    /// A write was refused, or a connection broken: so may be every other one made up to now.
    pub(crate) fn note(&self) {
        // A time is whole, whoever panicked beside it.
        let mut noted = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if noted.is_none_or(|at| at.elapsed() >= PAUSE) {
            *noted = Some(Instant::now());
        }
    }

    /// Whether a connection of this `age` may be used.
    pub(crate) fn trusts(&self, age: Duration) -> bool {
        let noted = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        noted.is_none_or(|at| age < at.elapsed())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_younger_than_a_refusal_is_trusted() {
        let astray = Astray::default();
        assert!(astray.trusts(Duration::MAX));
        astray.note();
        assert!(!astray.trusts(Duration::from_mins(1)));
        assert!(astray.trusts(Duration::ZERO));
    }
}
