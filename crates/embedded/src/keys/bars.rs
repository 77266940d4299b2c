//! Models that a key may not be used for.

use std::collections::BTreeMap;

use domain::time::Timestamp;
use ports::live::{BARRED_FOR, MOST_BARRED};

/// Models that a key may not be used for, and until when nobody asks again.
#[derive(Debug, Default)]
pub(super) struct Bars(BTreeMap<String, Timestamp>);

impl Bars {
    /// The key may not be used for `model`.
    pub(super) fn add(&mut self, model: &str, now: Timestamp) {
        self.0.retain(|_, until| *until > now);
        self.0.insert(model.to_owned(), now + BARRED_FOR);
        if self.0.len() > MOST_BARRED {
            let oldest = self.0.iter().min_by_key(|(_, until)| **until);
            let oldest = oldest.map(|(model, _)| model.clone());
            oldest.and_then(|model| self.0.remove(&model));
        }
    }

    /// Whether it may not be used for `model`.
    pub(super) fn hold(&self, model: &str, now: Timestamp) -> bool {
        self.0.get(model).is_some_and(|until| *until > now)
    }

    /// The models that it may not be used for.
    pub(super) fn models(&self, now: Timestamp) -> impl Iterator<Item = &str> {
        self.0.iter().filter(move |(_, until)| **until > now).map(|(model, _)| &**model)
    }

    /// An operator says that it may be used for all.
    pub(super) fn clear(&mut self) {
        self.0.clear();
    }
}

#[cfg(test)]
mod tests {
    use testkit::clock::epoch;

    use super::*;

    #[test]
    fn a_bar_ends_by_itself() {
        let mut bars = Bars::default();
        bars.add("m", epoch());
        let almost = epoch() + BARRED_FOR - chrono::Duration::seconds(1);
        assert!(bars.hold("m", almost) && !bars.hold("another", almost));
        assert!(!bars.hold("m", epoch() + BARRED_FOR));
        assert_eq!(bars.models(epoch() + BARRED_FOR).count(), 0);
        bars.add("another", epoch() + BARRED_FOR);
        assert_eq!(bars.0.len(), 1, "what has ended takes no place");
    }
}
