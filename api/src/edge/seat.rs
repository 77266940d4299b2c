//! How many streams there are: here in all and of each user, and of a user at all processes
//! together.
//!
//! A process counts its own streams, those being opened too, and tells the others: when it opens
//! one, soon after one has ended, and of all users again and again. So nothing that is lost,
//! forgotten or told in the wrong order stays wrong.

use std::{
    collections::{HashMap, HashSet},
    mem,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use domain::id::UserId;
use instruments::Watched;
use ports::live::{Limits, LiveError, Process, SEATS_AT_ONCE, Seating};
use tokio::{
    sync::Notify,
    time::{Instant, sleep, timeout, timeout_at},
};

/// For how long the others believe what this process said: so long after it died its streams are
/// still counted.
pub(crate) const KEPT: Duration = Duration::from_mins(1);

/// How long a viewer waits for the word of the others; they may be asked over a connection that
/// hangs.
const PATIENCE: Duration = Duration::from_millis(250);

/// How long streams that end are gathered before the others are told.
const GATHERED: Duration = Duration::from_millis(10);

/// Counts the streams of this process. Clones count together.
#[derive(Debug, Clone)]
pub(crate) struct Seats(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    /// What this process is called among the others.
    name: String,
    per_user: u32,
    in_all: u32,
    taken: Mutex<Taken>,
    news: Notify,
}

#[derive(Debug, Default)]
struct Taken {
    streams: HashMap<UserId, u32>,
    /// The sum of them.
    in_all: u32,
    /// Whose number the others may not know.
    untold: HashSet<UserId>,
}

/// One stream, counted until it is dropped.
#[derive(Debug)]
pub(crate) struct Seat {
    seats: Seats,
    user: UserId,
    _watched: Watched,
}

/// Why there is no seat here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Full {
    /// The user has as many streams as allowed.
    OfTheUser,
    /// This process serves as many as it can.
    InAll,
}

impl Seats {
    /// None taken; of one user at most `per_user`, and at most `in_all`.
    pub(crate) fn new(per_user: u32, in_all: u32) -> Self {
        let name = format!("{:016x}", rand::random::<u64>());
        let (taken, news) = (Mutex::default(), Notify::new());
        Self(Arc::new(Shared { name, per_user, in_all, taken, news }))
    }

    /// One more stream of `user`, unless they have as many as allowed here alone, or there are as many as this
    /// process can serve; and how many they have with it.
    pub(crate) fn take(&self, user: UserId) -> Result<(Seat, u32), Full> {
        let mut taken = self.lock();
        let own = taken.of(user);
        if own >= self.0.per_user {
            return Err(Full::OfTheUser);
        }
        if taken.in_all >= self.0.in_all {
            return Err(Full::InAll);
        }
        taken.streams.insert(user, own + 1);
        taken.in_all += 1;
        let seat = Seat { seats: self.clone(), user, _watched: instruments::watched() };
        Ok((seat, own + 1))
    }

    /// Whether `user` may have `streams` streams here, by what other processes serve of them. While
    /// nobody knows that, they may.
    pub(crate) async fn are_free(&self, limits: &dyn Limits, user: UserId, streams: u32) -> bool {
        let asked = limits.take_seat(self.process(), user, streams, self.0.per_user);
        if let Ok(Ok(seating)) = timeout(PATIENCE, asked).await {
            return seating == Seating::Free;
        }
        self.lock().untold.insert(user);
        self.0.news.notify_one();
        true
    }

    /// How many streams there are.
    pub(crate) fn taken(&self) -> u64 {
        self.lock().in_all.into()
    }

    /// Waits until there is something to tell, or until `due`.
    pub(crate) async fn until_news(&self, due: Instant) {
        if timeout_at(due, self.0.news.notified()).await.is_ok() {
            sleep(GATHERED).await;
        }
    }

    /// Tells the others how many streams there are here of whom they may not know it, or of
    /// everybody.
    pub(crate) async fn tell(&self, limits: &dyn Limits, everybody: bool) -> Result<(), LiveError> {
        let users = self.lock().whom_to_tell(everybody);
        let mut told = Ok(());
        for some in users.chunks(SEATS_AT_ONCE) {
            // Read when it is said: what was true before may have been counted as more meanwhile.
            let news = self.lock().numbers(some);
            if told.is_ok() {
                told = limits.keep_seats(self.process(), &news).await;
            }
            self.lock().note(&news, told.is_ok());
        }
        if !self.lock().untold.is_empty() {
            self.0.news.notify_one();
        }
        told
    }

    fn process(&self) -> Process<'_> {
        Process { name: &self.0.name, kept: KEPT }
    }

    fn lock(&self) -> MutexGuard<'_, Taken> {
        // Nothing panics while holding it.
        self.0.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Taken {
    fn of(&self, user: UserId) -> u32 {
        self.streams.get(&user).copied().unwrap_or_default()
    }

    /// Of whom something is to be said.
    fn whom_to_tell(&mut self, everybody: bool) -> Vec<UserId> {
        let mut users = mem::take(&mut self.untold);
        if everybody {
            users.extend(self.streams.keys());
        }
        users.into_iter().collect()
    }

    fn numbers(&self, users: &[UserId]) -> Vec<(UserId, u32)> {
        users.iter().map(|user| (*user, self.of(*user))).collect()
    }

    /// Notes whether `news` were told. Whoever opened a stream meanwhile may have been told of
    /// before: then it has to be said again.
    fn note(&mut self, news: &[(UserId, u32)], told: bool) {
        for (user, streams) in news {
            if !told || self.of(*user) != *streams {
                self.untold.insert(*user);
            }
        }
    }
}

impl Seat {
    /// Whose stream it is.
    pub(super) fn user(&self) -> UserId {
        self.user
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut taken = self.seats.lock();
        taken.in_all -= 1;
        if let Some(own) = taken.streams.get_mut(&self.user) {
            *own -= 1;
            if *own == 0 {
                taken.streams.remove(&self.user);
            }
        }
        taken.untold.insert(self.user);
        drop(taken);
        self.seats.0.news.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use testkit::clock::epoch;

    use super::*;

    /// Security case 84.
    #[test]
    fn there_are_so_many_seats_for_a_user_and_in_all() {
        let seats = Seats::new(2, 3);
        let [one, other] = [1, 2].map(|_| UserId::generate(epoch()));
        let take = |user| seats.take(user).map(|(seat, _)| seat);
        let mut kept = vec![take(one).unwrap(), take(one).unwrap()];
        assert_eq!(take(one).unwrap_err(), Full::OfTheUser);
        kept.push(take(other).unwrap());
        assert_eq!((take(other).unwrap_err(), seats.taken()), (Full::InAll, 3));
        kept.remove(0);
        kept.push(take(other).unwrap());
        drop(kept);
        assert_eq!(seats.taken(), 0);
    }

    #[test]
    fn what_changed_while_it_was_told_or_was_not_heard_is_told_again() {
        let seats = Seats::new(9, 99);
        let [one, other] = [1, 2].map(|_| UserId::generate(epoch()));
        let (first, _) = seats.take(one).unwrap();
        let _second = seats.take(other).unwrap();
        let news = |everybody| {
            let mut taken = seats.lock();
            let users = taken.whom_to_tell(everybody);
            taken.numbers(&users)
        };
        assert_eq!(news(false), [], "who takes a seat says so");
        let all = news(true);
        assert_eq!(all.len(), 2);
        let _third = seats.take(one).unwrap();
        seats.lock().note(&all, true);
        let changed = news(false);
        assert_eq!(changed, [(one, 2)]);
        seats.lock().note(&changed, false);
        assert_eq!(news(false), changed);
        seats.lock().note(&changed, true);
        assert_eq!(news(false), []);
        drop(first);
        assert_eq!(news(false), [(one, 1)]);
    }
}
