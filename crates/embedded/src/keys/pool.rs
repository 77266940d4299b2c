//! The keys of one provider.

use std::time::Duration;

use domain::{
    key::{Candidate, Choice, KeyId, Verdict, choose},
    time::Timestamp,
};
use ports::live::{KeySpec, KeyStatus, LendRequest, Lending, Loan};

use super::entry::Key;

/// The finest step of a timestamp.
const STEP: Duration = Duration::from_micros(1);

/// The keys of one provider, in the order of their registration. Those no longer named stay, with
/// what is known of them: a call under way may still report, and the key may be named again.
#[derive(Debug, Default)]
pub(super) struct Pool {
    keys: Vec<Key>,
    last_turn: Option<Timestamp>,
}

impl Pool {
    pub(super) fn register(&mut self, specs: &[KeySpec]) {
        self.keys.iter_mut().for_each(|key| key.registered = false);
        for spec in specs {
            match self.find(&spec.id) {
                Some(key) => key.register(spec),
                None => self.keys.push(Key::new(spec)),
            }
        }
    }

    pub(super) fn lend(&mut self, request: &LendRequest, now: Timestamp) -> Lending {
        let candidate = |key: &mut Key| key.candidate(request.exclude.contains(&key.id), now);
        let candidates: Vec<Candidate> = self.keys.iter_mut().map(candidate).collect();
        match choose(&candidates, now) {
            Choice::Lend(index) => {
                let turn = self.turn(now);
                let key = &mut self.keys[index];
                key.lend(now, turn);
                Lending::Lent(Loan { provider: request.provider.clone(), key: key.id.clone() })
            }
            Choice::NoneUntil(until, why) => {
                Lending::NoneFor((until - now).to_std().unwrap_or(Duration::ZERO), why)
            }
            Choice::NoneUsable => Lending::NoneUsable,
        }
    }

    /// Now, or a little later: no two loans have the same turn, so that keys lent in one instant are
    /// lent in turn too.
    fn turn(&mut self, now: Timestamp) -> Timestamp {
        let turn = self.last_turn.map_or(now, |last| now.max(last + STEP));
        self.last_turn = Some(turn);
        turn
    }

    pub(super) fn report(&mut self, key: &KeyId, verdict: Verdict, now: Timestamp) {
        if let Some(key) = self.find(key) {
            key.report(verdict, now);
        }
    }

    pub(super) fn set_enabled(&mut self, key: &KeyId, enabled: bool) {
        if let Some(key) = self.find(key) {
            key.set_enabled(enabled);
        }
    }

    pub(super) fn status(&self, now: Timestamp) -> Vec<KeyStatus> {
        let registered = self.keys.iter().filter(|key| key.registered);
        let mut status: Vec<KeyStatus> = registered.map(|key| key.status(now)).collect();
        status.sort_by(|a, b| a.key.cmp(&b.key));
        status
    }

    fn find(&mut self, id: &KeyId) -> Option<&mut Key> {
        self.keys.iter_mut().find(|key| key.id == *id)
    }
}
