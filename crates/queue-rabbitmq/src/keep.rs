//! Of which dead letters the bodies are kept while all of them are looked at: there may be tens of thousands,
//! and each may be as large as a chat.

use std::collections::HashSet;

use lapin::message::Delivery;
use ports::queue::{DeadLetter, DeadPlace};
use uuid::Uuid;

/// Keeps the bodies of letters that are wanted, once for each id.
pub(crate) struct Wanted<'a> {
    ids: &'a [Uuid],
    seen: HashSet<Uuid>,
}

impl<'a> Wanted<'a> {
    pub(crate) fn new(ids: &'a [Uuid]) -> Self {
        Self { ids, seen: HashSet::new() }
    }

    /// Drops the body of `letter`, whose id is `id`, unless it is wanted, and answers whether it is. All else that
    /// it says stays.
    pub(crate) fn look(&mut self, letter: &mut Delivery, id: Option<Uuid>) -> bool {
        let is_wanted = id.is_some_and(|id| self.ids.contains(&id) && self.seen.insert(id));
        if !is_wanted {
            letter.data = Vec::new();
        }
        is_wanted
    }
}

/// The oldest letters behind a place, in order, and no more than so many.
pub(crate) struct Oldest {
    after: Option<DeadPlace>,
    limit: usize,
    letters: Vec<DeadLetter>,
}

impl Oldest {
    pub(crate) fn new(after: Option<DeadPlace>, limit: usize) -> Self {
        Self { after, limit, letters: Vec::new() }
    }

    pub(crate) fn add(&mut self, letter: DeadLetter) {
        if self.after.is_some_and(|after| letter.place() <= after) {
            return;
        }
        let place = self.letters.partition_point(|other| other.place() <= letter.place());
        self.letters.insert(place, letter);
        self.letters.truncate(self.limit);
    }

    pub(crate) fn into_letters(self) -> Vec<DeadLetter> {
        self.letters
    }
}

#[cfg(test)]
mod tests {
    use domain::time::Timestamp;
    use ports::queue::Topic;

    use super::*;
    use crate::message;

    fn id(number: u128) -> Uuid {
        Uuid::from_u128(number)
    }

    #[test]
    fn of_letters_that_stay_only_the_ids_are_kept() {
        let (first, second) = (id(1), id(2));
        let ids = [second];
        let mut wanted = Wanted::new(&ids);
        for (id, is_kept) in [
            (Some(first), false),
            (Some(second), true),
            // A copy of it.
            (Some(second), false),
            (None, false),
        ] {
            let mut letter =
                Delivery::mock(1, "x".into(), "key".into(), false, b"a whole chat".to_vec());
            assert_eq!(wanted.look(&mut letter, id), is_kept, "{id:?}");
            assert_eq!(!letter.data.is_empty(), is_kept, "{id:?}");
            assert_eq!(letter.data.capacity() > 0, is_kept, "{id:?}");
            assert_eq!(letter.routing_key.as_str(), "key");
        }
    }

    #[test]
    fn no_more_letters_are_kept_than_are_answered() {
        let letter = |number: u128, second: i64| {
            let properties = lapin::BasicProperties::default();
            let envelope = message::read_some(&properties, bytes::Bytes::new());
            let envelope = ports::queue::Envelope { message_id: id(number), ..envelope };
            let since = Timestamp::from_timestamp(second, 0).unwrap();
            DeadLetter { topic: Topic::Responses, envelope, why: String::new(), since }
        };
        let found = |after| {
            let mut oldest = Oldest::new(after, 3);
            for (number, second) in [(6, 20), (2, 40), (3, 50), (4, 30), (5, 40), (1, 20)] {
                oldest.add(letter(number, second));
                assert!(oldest.letters.len() <= 3);
            }
            oldest.into_letters()
        };
        let ids = |letters: &[DeadLetter]| {
            letters.iter().map(|letter| letter.envelope.message_id).collect::<Vec<_>>()
        };
        let first = found(None);
        assert_eq!(ids(&first), [id(1), id(6), id(4)], "equals by their ids");
        assert_eq!(ids(&found(Some(first[0].place()))), [id(6), id(4), id(2)]);
        assert_eq!(ids(&found(Some(first[2].place()))), [id(2), id(5), id(3)]);
    }
}
