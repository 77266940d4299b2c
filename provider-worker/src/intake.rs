//! What a lane takes in: no more jobs than it has room for.

use std::{future::pending, sync::Arc};

use ::ports::queue::{Deliveries, Delivery, QueueError};
use futures_util::{
    StreamExt,
    stream::{self, BoxStream, SelectAll},
};

/// Subscriptions of one lane that together hand over no more than it has room for. A job that came too many
/// would wait here while other workers are idle, and each time that it is given back counts against it.
///
/// A queue bounds the deliveries of one subscription, for as long as it lasts, and knows nothing of those of
/// earlier ones that are still worked on. So the first subscription is for the room that these leave, and
/// further ones are for the room that they give up.
pub(crate) struct Intake {
    slots: usize,
    /// For how many deliveries there are subscriptions.
    subscribed: usize,
    /// What comes; none at the end of a subscription.
    deliveries: SelectAll<BoxStream<'static, Option<Result<Delivery, QueueError>>>>,
    place: Place,
}

/// Kept as long as a job is worked on that came by this intake.
#[derive(Clone)]
pub(crate) struct Place(Arc<()>);

impl Intake {
    /// An intake for a lane with so many `slots`, without subscriptions yet.
    pub(crate) fn new(slots: u16) -> Self {
        let (slots, place) = (usize::from(slots), Place(Arc::default()));
        Self { slots, subscribed: 0, deliveries: SelectAll::new(), place }
    }

    /// For how many deliveries it is time to subscribe, if it is; `under_way` are worked on in all.
    pub(crate) fn room(&self, under_way: usize) -> Option<u16> {
        let own = Arc::strong_count(&self.place.0) - 1;
        room(self.slots, self.subscribed, under_way.saturating_sub(own))
    }

    /// There is a subscription for `room` deliveries more.
    pub(crate) fn add(&mut self, room: u16, deliveries: Deliveries) {
        self.subscribed += usize::from(room);
        self.deliveries.push(deliveries.map(Some).chain(stream::iter([None])).boxed());
    }

    /// The next delivery; none when a subscription has ended. May be dropped and called again.
    pub(crate) async fn next(&mut self) -> Option<Result<Delivery, QueueError>> {
        match self.deliveries.next().await {
            Some(next) => next,
            None => pending().await,
        }
    }

    /// To be kept as long as a job is worked on that came by this intake.
    pub(crate) fn place(&self) -> Place {
        self.place.clone()
    }
}

/// Of `slots`, those to subscribe for when there are subscriptions for `subscribed` of them, and jobs of `former`
/// subscriptions take others. The first for whatever is free, and each further one for at least the half of
/// what is missing: a few of them make up the whole.
fn room(slots: usize, subscribed: usize, former: usize) -> Option<u16> {
    let free = slots.saturating_sub(subscribed + former);
    let is_time = free > 0 && (subscribed == 0 || free >= former);
    is_time.then(|| u16::try_from(free).unwrap_or(u16::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn room_is_what_former_jobs_leave() {
        for (slots, subscribed, former, expected) in [
            (8, 0, 0, Some(8)),
            (8, 8, 0, None),
            (8, 0, 8, None),
            (8, 0, 7, Some(1)),
            (8, 1, 6, None),
            (8, 1, 4, None),
            (8, 1, 3, Some(4)),
            (8, 5, 2, None),
            (8, 5, 1, Some(2)),
            (8, 7, 0, Some(1)),
            // Fewer slots than before.
            (2, 0, 8, None),
            (2, 0, 1, Some(1)),
        ] {
            let found = room(slots, subscribed, former);
            assert_eq!(found, expected, "{slots} {subscribed} {former}");
        }
    }

    #[test]
    fn a_few_subscriptions_make_up_the_whole() {
        for slots in [1, 2, 7, 8, 100, 1000] {
            let (mut subscribed, mut count) = (0, 0);
            for former in (0..=slots).rev() {
                if let Some(room) = room(slots, subscribed, former) {
                    subscribed += usize::from(room);
                    count += 1;
                }
                assert!(subscribed + former <= slots);
            }
            assert_eq!(subscribed, slots);
            assert!(count <= slots.ilog2() + 2, "{slots}: {count}");
        }
    }

    #[test]
    fn jobs_of_its_own_take_no_room_from_it() {
        let mut intake = Intake::new(3);
        assert_eq!(intake.room(1), Some(2));
        intake.add(2, stream::pending().boxed());
        let places = [intake.place(), intake.place()];
        assert_eq!(intake.room(3), None);
        assert_eq!(intake.room(2), Some(1), "the former one is done");
        intake.add(1, stream::pending().boxed());
        drop(places);
        assert_eq!(intake.room(0), None);
    }
}
