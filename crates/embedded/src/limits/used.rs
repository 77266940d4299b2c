//! What is good once, and who used it up.

use std::{collections::HashMap, time::Duration};

use domain::time::Timestamp;
use uuid::Uuid;

/// By whom, and until when that is remembered.
#[derive(Debug, Default)]
pub(super) struct Used(HashMap<String, (Uuid, Timestamp)>);

impl Used {
    /// Whether nobody else has used `what` up.
    pub(super) fn take(&mut self, what: &str, by: Uuid, kept: Duration, now: Timestamp) -> bool {
        match self.0.get(what) {
            Some((other, until)) if *until > now => *other == by,
            _ => {
                self.0.insert(what.to_owned(), (by, now + kept));
                true
            }
        }
    }

    pub(super) fn forget_expired(&mut self, now: Timestamp) {
        self.0.retain(|_, (_, until)| *until > now);
        self.0.shrink_to_fit();
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }
}
