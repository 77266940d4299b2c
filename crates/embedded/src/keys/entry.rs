//! One key: its budget and its health.

use std::time::Duration;

use domain::{
    key::{Candidate, KeyId, Verdict},
    time::Timestamp,
};
use ports::live::{KeySpec, KeyState, KeyStatus};

use super::window::Window;

/// No provider means a longer cooldown than a year; longer ones would only overflow.
const LONGEST_COOLDOWN: Duration = Duration::from_hours(366 * 24);

/// One key.
#[derive(Debug)]
pub(super) struct Key {
    pub(super) id: KeyId,
    budget: Option<u32>,
    /// Workers have it.
    pub(super) registered: bool,
    disabled: bool,
    revoked: bool,
    cooling_until: Option<Timestamp>,
    window: Window,
    /// Orders keys by the last loan.
    last_lent: Option<Timestamp>,
}

impl Key {
    pub(super) fn new(spec: &KeySpec) -> Self {
        Self {
            id: spec.id.clone(),
            budget: spec.requests_per_minute,
            registered: true,
            disabled: false,
            revoked: false,
            cooling_until: None,
            window: Window::default(),
            last_lent: None,
        }
    }

    /// Workers have it (again), with this budget.
    pub(super) fn register(&mut self, spec: &KeySpec) {
        self.budget = spec.requests_per_minute;
        self.registered = true;
    }

    pub(super) fn candidate(&mut self, excluded: bool, now: Timestamp) -> Candidate {
        let has_no_budget = self.budget == Some(0);
        Candidate {
            barred: excluded || !self.registered || self.disabled || self.revoked || has_no_budget,
            cooling_until: self.cooling_until,
            limited_until: self.budget.and_then(|budget| self.window.limited_until(budget, now)),
            last_lent: self.last_lent,
        }
    }

    /// One more request; `turn` orders the loans of one instant.
    pub(super) fn lend(&mut self, now: Timestamp, turn: Timestamp) {
        self.window.count(now);
        self.last_lent = Some(turn);
    }

    pub(super) fn report(&mut self, verdict: Verdict, now: Timestamp) {
        match verdict {
            Verdict::Healthy => {}
            Verdict::CoolDown(wait) => {
                let until = now + wait.min(LONGEST_COOLDOWN);
                self.cooling_until = self.cooling_until.max(Some(until));
            }
            Verdict::Revoked => self.revoked = true,
        }
    }

    pub(super) fn set_enabled(&mut self, enabled: bool) {
        self.disabled = !enabled;
        if enabled {
            self.revoked = false;
            self.cooling_until = None;
        }
    }

    pub(super) fn status(&self, now: Timestamp) -> KeyStatus {
        let state = match self.cooling(now) {
            _ if self.disabled => KeyState::Disabled,
            _ if self.revoked => KeyState::Revoked,
            Some(until) => KeyState::CoolingUntil(until),
            None => KeyState::Active,
        };
        KeyStatus { key: self.id.clone(), state, used_in_window: self.window.used(now) }
    }

    fn cooling(&self, now: Timestamp) -> Option<Timestamp> {
        self.cooling_until.filter(|until| *until > now)
    }
}
