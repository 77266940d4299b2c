//! Promises of `ports::live::Limits`.

mod seats;

use std::{num::NonZeroU32, time::Duration};

use domain::id::UserId;
use futures_util::future::join_all;
use ports::live::{InFlight, Quota, Verdict, Verdicts};
use uuid::Uuid;

pub use self::seats::*;
use super::bench::{LiveUnderTest, generation};
use crate::clock::epoch;

fn quota(times: u32, per: Duration) -> Quota {
    Quota { times: NonZeroU32::new(times).unwrap(), per }
}

/// A bucket that no other case uses.
fn bucket() -> String {
    format!("case:{}", generation())
}

fn user() -> UserId {
    UserId::generate(epoch())
}

const MINUTE: Duration = Duration::from_mins(1);

impl LiveUnderTest {
    async fn check(&self, bucket: &str, quota: Quota) -> Verdict {
        self.limits.check(bucket, quota).await.unwrap()
    }

    async fn allows(&self, bucket: &str, quota: Quota) -> bool {
        matches!(self.check(bucket, quota).await, Verdict::Allowed { .. })
    }

    /// How long to wait; fails if there is no need to.
    async fn refuses(&self, bucket: &str, quota: Quota) -> Duration {
        match self.check(bucket, quota).await {
            Verdict::RetryAfter(wait) => wait,
            Verdict::Allowed { .. } => panic!("it should have been refused"),
        }
    }

    async fn acquire(
        &self,
        user: UserId,
        generation: domain::id::GenerationId,
        expiry: Duration,
    ) -> InFlight {
        self.limits.acquire_inflight(user, generation, expiry).await.unwrap()
    }
}

/// The quota at once, and then a wait no longer than one event's share of the time.
pub async fn so_many_at_once_and_no_more(live: LiveUnderTest) {
    let (bucket, quota) = (bucket(), quota(5, MINUTE));
    for left in (0..5).rev() {
        assert_eq!(live.check(&bucket, quota).await, Verdict::Allowed { left });
    }
    let wait = live.refuses(&bucket, quota).await;
    assert!(!wait.is_zero() && wait <= MINUTE / 5, "{wait:?}");
}

/// Who waits as told gets one more, and only one.
pub async fn one_more_after_the_wait_it_told(live: LiveUnderTest) {
    let (bucket, quota) = (bucket(), quota(2, Duration::from_secs(2)));
    assert!(live.allows(&bucket, quota).await);
    assert!(live.allows(&bucket, quota).await);
    let wait = live.refuses(&bucket, quota).await;
    (live.advance)(wait).await;
    assert!(live.allows(&bucket, quota).await, "after {wait:?}");
    live.refuses(&bucket, quota).await;
}

/// Asking in vain does not lengthen the wait.
pub async fn a_refusal_is_not_counted(live: LiveUnderTest) {
    let (bucket, quota) = (bucket(), quota(1, Duration::from_secs(3)));
    assert!(live.allows(&bucket, quota).await);
    let first = live.refuses(&bucket, quota).await;
    for _ in 0..20 {
        assert!(live.refuses(&bucket, quota).await <= first);
    }
    (live.advance)(first).await;
    assert!(live.allows(&bucket, quota).await);
}

/// Time unused is not saved up beyond the quota.
pub async fn after_a_pause_so_many_at_once_again(live: LiveUnderTest) {
    let (bucket, quota) = (bucket(), quota(2, Duration::from_secs(1)));
    for _ in 0..2 {
        assert!(live.allows(&bucket, quota).await);
        assert!(live.allows(&bucket, quota).await);
        live.refuses(&bucket, quota).await;
        (live.advance)(Duration::from_secs(2)).await;
    }
}

/// However many ask at once.
pub async fn simultaneous_events_keep_within_the_quota(live: LiveUnderTest) {
    let (bucket, quota) = (bucket(), quota(7, MINUTE));
    let allowed = join_all((0..30).map(|_| live.allows(&bucket, quota))).await;
    assert_eq!(allowed.into_iter().filter(|allowed| *allowed).count(), 7);
}

/// By whoever comes first, who may say so again.
pub async fn what_is_good_once_is_used_up_once(live: LiveUnderTest) {
    let (what, other) = (bucket(), bucket());
    let all: Vec<Uuid> = (0..20).map(Uuid::from_u128).collect();
    let used = async |what: &str, by| live.limits.use_up(what, by, MINUTE).await.unwrap();
    let good = join_all(all.iter().map(|by| used(&what, *by))).await;
    let first: Vec<_> = all.iter().zip(&good).filter(|(_, good)| **good).collect();
    assert_eq!(first.len(), 1, "{good:?}");
    for by in &all {
        assert_eq!(used(&what, *by).await, by == first[0].0, "{by}");
    }
    assert!(used(&other, Uuid::max()).await, "each by itself");
}

/// When its time is over nobody asks any more.
pub async fn what_was_used_up_is_forgotten(live: LiveUnderTest) {
    let (what, kept) = (bucket(), Duration::from_secs(1));
    assert!(live.limits.use_up(&what, Uuid::nil(), kept).await.unwrap());
    (live.advance)(kept).await;
    assert!(live.limits.use_up(&what, Uuid::max(), kept).await.unwrap());
}

/// One caller's haste is nobody else's wait.
pub async fn buckets_do_not_affect_each_other(live: LiveUnderTest) {
    let (mine, other, quota) = (bucket(), bucket(), quota(1, MINUTE));
    assert!(live.allows(&mine, quota).await);
    live.refuses(&mine, quota).await;
    assert!(live.allows(&other, quota).await);
}

/// What one of several refuses, none of them counts.
pub async fn several_buckets_are_counted_in_together_or_not_at_all(live: LiveUnderTest) {
    let who = bucket();
    let (few, many) = (("few", quota(2, MINUTE)), ("many", quota(5, MINUTE)));
    let check = async |buckets: &[(&str, Quota)]| live.limits.check_all(&who, buckets).await;
    for left in [[1, 4], [0, 3]] {
        let allowed = Verdicts::Allowed { left: left.to_vec() };
        assert_eq!(check(&[few, many]).await.unwrap(), allowed);
    }
    for (buckets, few_is) in [([few, many], 0), ([many, few], 1)] {
        for _ in 0..5 {
            let refused = check(&buckets).await.unwrap();
            let Verdicts::RetryAfter { wait, by } = refused else { panic!("it was allowed") };
            assert!(!wait.is_zero() && wait <= MINUTE / 2, "{wait:?}");
            assert_eq!(by, few_is);
        }
    }
    assert_eq!(check(&[many]).await.unwrap(), Verdicts::Allowed { left: vec![2] });
    let rare = ("rare", quota(1, 2 * MINUTE));
    check(&[rare]).await.unwrap();
    let refused = check(&[few, rare]).await.unwrap();
    assert!(matches!(refused, Verdicts::RetryAfter { by: 1, .. }), "the longest wait: {refused:?}");
}

/// However many ask at once.
pub async fn simultaneous_events_are_counted_in_as_many_of_each_bucket(live: LiveUnderTest) {
    let who = bucket();
    let (few, many) = (("few", quota(7, MINUTE)), ("many", quota(20, MINUTE)));
    let check = || async {
        let verdicts = live.limits.check_all(&who, &[many, few]).await.unwrap();
        matches!(verdicts, Verdicts::Allowed { .. })
    };
    let allowed = join_all((0..30).map(|_| check())).await;
    assert_eq!(allowed.into_iter().filter(|allowed| *allowed).count(), 7);
    let left = live.limits.check_all(&who, &[many]).await.unwrap();
    assert_eq!(left, Verdicts::Allowed { left: vec![12] });
}

/// A quota that refills in no time has no say.
pub async fn a_bucket_without_a_limit_is_beside_others(live: LiveUnderTest) {
    let who = bucket();
    let (free, once) = (("free", quota(3, Duration::ZERO)), ("once", quota(1, MINUTE)));
    let check = async || live.limits.check_all(&who, &[free, once]).await.unwrap();
    assert_eq!(check().await, Verdicts::Allowed { left: vec![3, 0] });
    assert!(matches!(check().await, Verdicts::RetryAfter { by: 1, .. }));
}

/// A place taken is refused with the name of its holder.
pub async fn a_place_is_one_generation_s(live: LiveUnderTest) {
    let (user, first, second) = (user(), generation(), generation());
    assert_eq!(live.acquire(user, first, MINUTE).await, InFlight::Acquired);
    assert_eq!(live.acquire(user, second, MINUTE).await, InFlight::HeldBy(first));
}

/// A repeated request gets the same answer.
pub async fn a_place_is_taken_again_by_its_holder(live: LiveUnderTest) {
    let (user, first) = (user(), generation());
    assert_eq!(live.acquire(user, first, MINUTE).await, InFlight::Acquired);
    assert_eq!(live.acquire(user, first, MINUTE).await, InFlight::Acquired);
}

/// The next one gets a place given back.
pub async fn a_place_given_back_is_free(live: LiveUnderTest) {
    let (user, first, second) = (user(), generation(), generation());
    live.acquire(user, first, MINUTE).await;
    live.limits.release_inflight(user, first).await.unwrap();
    assert_eq!(live.acquire(user, second, MINUTE).await, InFlight::Acquired);
    assert_eq!(live.acquire(user, first, MINUTE).await, InFlight::HeldBy(second));
}

/// A generation that ended late does not free its successor's place.
pub async fn only_the_holder_gives_a_place_back(live: LiveUnderTest) {
    let (user, first, second) = (user(), generation(), generation());
    live.limits.release_inflight(user, first).await.unwrap();
    live.acquire(user, first, MINUTE).await;
    live.limits.release_inflight(user, second).await.unwrap();
    assert_eq!(live.acquire(user, second, MINUTE).await, InFlight::HeldBy(first));
}

/// A place that nobody gives back is not lost.
pub async fn a_place_is_forgotten_in_time(live: LiveUnderTest) {
    let (user, first, second) = (user(), generation(), generation());
    live.acquire(user, first, Duration::from_secs(1)).await;
    assert_eq!(live.acquire(user, second, MINUTE).await, InFlight::HeldBy(first));
    (live.advance)(Duration::from_millis(1200)).await;
    assert_eq!(live.acquire(user, second, MINUTE).await, InFlight::Acquired);
}

/// One user's generation takes no other's place.
pub async fn users_have_places_of_their_own(live: LiveUnderTest) {
    live.acquire(user(), generation(), MINUTE).await;
    assert_eq!(live.acquire(user(), generation(), MINUTE).await, InFlight::Acquired);
}

/// Of many requests at once, one gets the place.
pub async fn simultaneous_wishes_for_a_place_have_one_winner(live: LiveUnderTest) {
    let user = user();
    let wishes = (0..20).map(|_| live.acquire(user, generation(), MINUTE));
    let answers = join_all(wishes).await;
    assert_eq!(answers.iter().filter(|answer| **answer == InFlight::Acquired).count(), 1);
}
