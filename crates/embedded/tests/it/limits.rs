//! What is forgotten, and when.

use std::{num::NonZeroU32, sync::Arc, time::Duration};

use domain::id::{GenerationId, UserId};
use embedded::MemoryLimits;
use ports::{
    Clock,
    live::{Limits, Process, Quota, Verdict},
};
use testkit::clock::{ManualClock, TokioClock, epoch};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

fn quota(times: u32, per: Duration) -> Quota {
    Quota { times: NonZeroU32::new(times).unwrap(), per }
}

#[tokio::test]
async fn full_buckets_old_places_and_silent_processes_leave_nothing_behind() {
    let clock = Arc::new(ManualClock::new());
    let limits = MemoryLimits::new(clock.clone());
    let minute = Duration::from_mins(1);
    for number in 0..1_000 {
        limits.check(&format!("address:{number}"), quota(3, minute)).await.unwrap();
        let (user, generation) = (UserId::generate(epoch()), GenerationId::generate(epoch()));
        limits.acquire_inflight(user, generation, minute).await.unwrap();
        limits.take_seat(Process { name: "a", kept: minute }, user, 1, 1).await.unwrap();
        limits.use_up(&format!("ticket:{number}"), uuid::Uuid::nil(), minute).await.unwrap();
    }
    limits.sweep();
    assert_eq!(limits.len(), 4_000, "nothing is forgotten early");
    clock.advance(2 * minute);
    limits.sweep();
    assert!(limits.is_empty());
}

#[tokio::test]
async fn a_quota_that_refills_in_no_time_limits_nothing() {
    let limits = MemoryLimits::new(Arc::new(ManualClock::new()));
    for _ in 0..10 {
        let verdict = limits.check("a", quota(1, Duration::ZERO)).await.unwrap();
        assert_eq!(verdict, Verdict::Allowed { left: 1 });
    }
}

#[tokio::test]
async fn a_clock_set_back_does_not_panic_or_open_the_gate() {
    /// A clock that shows an hour less from the second look on.
    struct SetBack(std::sync::atomic::AtomicU32);
    impl Clock for SetBack {
        fn now(&self) -> domain::time::Timestamp {
            let looks = self.0.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            if looks == 0 { epoch() } else { epoch() - Duration::from_hours(1) }
        }
    }
    let limits = MemoryLimits::new(Arc::new(SetBack(0.into())));
    let once = quota(1, Duration::from_mins(1));
    assert_eq!(limits.check("a", once).await.unwrap(), Verdict::Allowed { left: 0 });
    assert!(matches!(limits.check("a", once).await.unwrap(), Verdict::RetryAfter(_)));
}

#[tokio::test(start_paused = true)]
async fn sweeping_goes_on_until_shutdown() {
    let limits = MemoryLimits::new(Arc::new(TokioClock::new()));
    let shutdown = CancellationToken::new();
    let using = async {
        limits.check("a", quota(1, Duration::from_secs(1))).await.unwrap();
        tokio::time::sleep(Duration::from_secs(130)).await;
        assert!(limits.is_empty());
        shutdown.cancel();
    };
    let ended = timeout(Duration::from_mins(5), async {
        tokio::join!(limits.run(shutdown.clone()), using);
    });
    ended.await.expect("the sweeper stops on shutdown");
}
