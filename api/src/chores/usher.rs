//! Tells the other processes how many streams this one serves of whom: soon after one has ended,
//! and of everybody again and again, since the live side forgets what is not said again, and may
//! have been away.

use std::{mem, time::Duration};

use ports::live::Limits;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::Patience;
use crate::{
    app::App,
    edge::{SEATS_KEPT, Seats},
    error::chain,
};

/// How often everybody is told of; a few times may be missed.
const EVERY: Duration = SEATS_KEPT.checked_div(4).expect("4 is not 0");

/// Tells until `stop`, and then once more what has ended: whoever comes back comes to another
/// process.
pub(crate) async fn run(app: App, stop: CancellationToken) {
    usher(&stop, &app.seats, app.ports.limits.as_ref()).await;
}

async fn usher(stop: &CancellationToken, seats: &Seats, limits: &dyn Limits) {
    tell_until(stop, seats, limits).await;
    if let Err(error) = seats.tell(limits, false).await {
        tracing::debug!(error = chain(&error), "streams that ended are counted for a while");
    }
}

async fn tell_until(stop: &CancellationToken, seats: &Seats, limits: &dyn Limits) {
    let (mut due, mut patience) = (Instant::now() + EVERY, Patience::default());
    let mut is_heard = true;
    while stop.run_until_cancelled(seats.until_news(due)).await.is_some() {
        let everybody = Instant::now() >= due;
        match seats.tell(limits, everybody).await {
            Ok(()) => {
                due = if everybody { Instant::now() + EVERY } else { due };
                (patience, is_heard) = (Patience::default(), true);
            }
            Err(error) => {
                if mem::take(&mut is_heard) {
                    let error = chain(&error);
                    tracing::warn!(error, "streams of a user are counted at each process alone");
                }
                // What was known before may be forgotten when there is an answer again.
                due = Instant::now();
                patience.wait(stop).await;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use domain::id::UserId;
    use embedded::MemoryLimits;
    use ports::live::{Process, Seating};
    use testkit::clock::{TokioClock, epoch};
    use tokio::time::sleep;

    use super::*;

    const OTHER: Process<'static> = Process { name: "other", kept: SEATS_KEPT };

    struct House {
        seats: Seats,
        limits: MemoryLimits,
        user: UserId,
    }

    impl House {
        /// Tries `work` beside the usher; of the user two streams are allowed.
        async fn testing(work: impl AsyncFnOnce(&Self)) -> Self {
            let limits = MemoryLimits::new(Arc::new(TokioClock::new()));
            let house = Self { seats: Seats::new(2, 99), limits, user: UserId::generate(epoch()) };
            let stop = CancellationToken::new();
            let tried = async {
                work(&house).await;
                stop.cancel();
            };
            tokio::join!(usher(&stop, &house.seats, &house.limits), tried);
            house
        }

        /// Whether another process may serve as many as are allowed.
        async fn is_nobody_here(&self) -> bool {
            let seating = self.limits.take_seat(OTHER, self.user, 2, 2).await.unwrap();
            self.limits.keep_seats(OTHER, &[(self.user, 0)]).await.unwrap();
            seating == Seating::Free
        }
    }

    #[tokio::test(start_paused = true)]
    async fn what_was_forgotten_is_said_again_for_as_long_as_it_holds() {
        House::testing(async |house| {
            // Taken here, and not known there.
            let (seat, _) = house.seats.take(house.user).unwrap();
            assert!(house.is_nobody_here().await);
            for _ in 0..20 {
                sleep(EVERY + Duration::from_millis(1)).await;
                assert!(!house.is_nobody_here().await);
            }
            drop(seat);
            sleep(Duration::from_millis(20)).await;
            assert!(house.is_nobody_here().await);
        })
        .await;
    }

    #[tokio::test(start_paused = true)]
    async fn what_ended_just_before_the_stop_is_told() {
        let house = House::testing(async |house| {
            let (seat, streams) = house.seats.take(house.user).unwrap();
            assert!(house.seats.are_free(&house.limits, house.user, streams).await);
            assert!(!house.is_nobody_here().await);
            drop(seat);
        });
        assert!(house.await.is_nobody_here().await);
    }

    #[tokio::test(start_paused = true)]
    async fn a_seat_taken_while_others_are_told_of_is_told_of_in_the_end() {
        House::testing(async |House { seats, limits, user }| {
            let (first, _) = seats.take(*user).unwrap();
            let (_second, streams) = seats.take(*user).unwrap();
            drop(first);
            // Asked for before the first one ended, and heard after that was told.
            sleep(Duration::from_millis(20)).await;
            assert!(seats.are_free(limits, *user, streams).await);
            let one_is_free =
                async || limits.take_seat(OTHER, *user, 1, 2).await.unwrap() == Seating::Free;
            assert!(!one_is_free().await);
            sleep(EVERY).await;
            assert!(one_is_free().await);
        })
        .await;
    }
}
