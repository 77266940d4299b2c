//! Loans of the last minutes by the wish that got them, should it be told again.

use std::collections::{HashMap, VecDeque};

use domain::{id::WishId, time::Timestamp};
use ports::live::{Loan, WISH_KEPT};

/// The loan of one wish, when it was told last, and until when it is remembered.
#[derive(Debug)]
struct Granted {
    loan: Loan,
    told: Timestamp,
    until: Timestamp,
}

/// The loans of the last minutes.
#[derive(Debug, Default)]
pub(super) struct Wishes {
    granted: HashMap<WishId, Granted>,
    /// When to look whether a wish may be forgotten, earliest first. Each has one entry.
    due: VecDeque<(Timestamp, WishId)>,
}

impl Wishes {
    /// The loan that `wish` got, if it did, and when it was told the last time before.
    pub(super) fn loan(&mut self, wish: WishId, now: Timestamp) -> Option<(Loan, Timestamp)> {
        self.forget(now);
        let granted = self.granted.get_mut(&wish)?;
        granted.until = now + WISH_KEPT;
        let before = std::mem::replace(&mut granted.told, now);
        Some((granted.loan.clone(), before))
    }

    /// `wish` got this loan.
    pub(super) fn grant(&mut self, wish: WishId, loan: Loan, now: Timestamp) {
        let until = now + WISH_KEPT;
        self.granted.insert(wish, Granted { loan, told: now, until });
        self.due.push_back((until, wish));
    }

    fn forget(&mut self, now: Timestamp) {
        while let Some((_, wish)) = self.due.pop_front_if(|(due, _)| *due <= now) {
            match self.granted.get(&wish) {
                // Told again meanwhile.
                Some(granted) if granted.until > now => self.due.push_back((granted.until, wish)),
                _ => drop(self.granted.remove(&wish)),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use testkit::{
        clock::epoch,
        keys::{past_loan, wish},
    };

    use super::*;

    #[test]
    fn wishes_are_forgotten_that_nobody_tells_any_more() {
        let provider = domain::model::ProviderName::parse("simulated").unwrap();
        let wishes = [(); 3].map(|()| wish(&provider, "any").wish);
        let loan = past_loan(&provider, domain::key::KeyId::new("a"), "any");
        let mut known = Wishes::default();
        for (second, wish) in (0..).zip(wishes) {
            known.grant(wish, loan.clone(), epoch() + chrono::Duration::seconds(second));
        }
        let almost = epoch() + WISH_KEPT - chrono::Duration::seconds(1);
        assert_eq!(known.loan(wishes[0], almost), Some((loan.clone(), epoch())));
        let later = epoch() + WISH_KEPT + chrono::Duration::seconds(5);
        assert_eq!(known.loan(wishes[1], later), None);
        assert_eq!(known.loan(wishes[0], later), Some((loan, almost)));
        assert_eq!((known.granted.len(), known.due.len()), (1, 1));
        assert_eq!(known.loan(wishes[0], later + WISH_KEPT), None);
        assert_eq!((known.granted.len(), known.due.len()), (0, 0));
    }
}
