//! Connections that lead to a server which takes no writes, or is gone.
//!
//! After a failover the address leads to another server, but a connection to the old one, or to a copy
//! that was never promoted, may stay as good as ever for reading. It is given up as soon as it is
//! known for what it is. When a server was stopped, every connection to it is found broken only by the
//! call that needs it; so the first one that is found stands for all.
//!
//! A server that is gone without a word (its machine lost power, or the network drops what is sent there) leaves connections
//! that answer nothing and break after a quarter of an hour. The pool asks each connection that goes back whether it is well,
//! and waits for the answer as long as that. So once a call took too long, it is asked here before, and not for long.
//! What is lost all the same is left behind by [`crate::connections`].

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

/// Connections are not given up more often than that, should new ones lead to the same server.
const PAUSE: Duration = Duration::from_secs(1);

/// For how long connections that go back are asked whether anybody is there, once a call took too long.
const DOUBT: Duration = Duration::from_secs(5);

/// Since when connections may be trusted. Clones share it.
#[derive(Clone, Default)]
pub(crate) struct Astray(Arc<Mutex<Noted>>);

#[derive(Default)]
struct Noted {
    /// When a server was last found to be of no use.
    useless: Option<Instant>,
    /// When a call last took too long.
    late: Option<Instant>,
}

impl Astray {
    /// A write was refused, or a connection broken: so may be every other one made up to now.
    pub(crate) fn note(&self) {
        let useless = &mut self.lock().useless;
        if useless.is_none_or(|at| at.elapsed() >= PAUSE) {
            *useless = Some(Instant::now());
        }
    }

    /// A call took too long: much work, or a server that is gone without a word.
    pub(crate) fn note_late(&self) {
        self.lock().late = Some(Instant::now());
    }

    /// Whether a call took too long a moment ago.
    pub(crate) fn is_doubtful(&self) -> bool {
        self.lock().late.is_some_and(|at| at.elapsed() < DOUBT)
    }

    /// Whether a connection of this `age` may be used.
    pub(crate) fn trusts(&self, age: Duration) -> bool {
        self.lock().useless.is_none_or(|at| age < at.elapsed())
    }

    fn lock(&self) -> MutexGuard<'_, Noted> {
        // Times are whole, whoever panicked beside them.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
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

    #[test]
    fn a_late_call_is_no_proof_but_a_reason_to_ask() {
        let astray = Astray::default();
        assert!(!astray.is_doubtful());
        astray.note_late();
        assert!(astray.is_doubtful());
        assert!(astray.trusts(Duration::MAX));
    }
}
