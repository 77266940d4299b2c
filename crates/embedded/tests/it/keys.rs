//! Why budgets are counted exactly: docs/adr/0002-exact-windows-for-keys.md.

use std::{num::NonZeroU32, sync::Arc, time::Duration};

use domain::{
    key::{KeyId, NoKeyReason, Verdict},
    model::ProviderName,
};
use embedded::{MemoryKeyPool, SteadyClock};
use futures_util::FutureExt;
use governor::{Quota, RateLimiter, clock::FakeRelativeClock};
use ports::{
    Clock,
    live::{KeyPool, KeySpec, LendRequest, Lending, PROBE_EVERY, PROBE_TAKES, Probe},
};
use testkit::{
    clock::ManualClock,
    keys::{another, past_loan},
};

const BUDGET: u32 = 10;
const WINDOW: Duration = Duration::from_mins(1);
const STEP: Duration = Duration::from_millis(500);

/// The most events that lie in one window of 60 seconds, when they are tried as often as `allow` lets
/// them, and the time is moved by `pass`.
fn most_in_a_window(mut allow: impl FnMut() -> bool, pass: impl Fn(Duration)) -> usize {
    let mut allowed: Vec<Duration> = Vec::new();
    let mut most = 0;
    for step in 0..600 {
        let at = STEP * step;
        while allow() {
            allowed.push(at);
            most = most.max(allowed.iter().filter(|earlier| **earlier + WINDOW > at).count());
        }
        pass(STEP);
    }
    most
}

fn pool(clock: Arc<dyn Clock>, budget: u32) -> (MemoryKeyPool, LendRequest) {
    let pool = MemoryKeyPool::new(clock);
    let provider = ProviderName::parse("simulated").unwrap();
    let spec = KeySpec::plain(KeyId::new("a"), Some(budget));
    pool.register(&provider, &[spec]).now_or_never().unwrap().unwrap();
    (pool, testkit::keys::wish(&provider, "any"))
}

fn lend(pool: &MemoryKeyPool, request: &LendRequest) -> Lending {
    pool.lend(&another(request)).now_or_never().unwrap().unwrap()
}

/// If this fails, governor counts in exact windows now, and the pool can be built on it.
#[test]
fn a_leaky_bucket_lets_nearly_twice_the_budget_into_one_window() {
    let clock = FakeRelativeClock::default();
    let quota = Quota::per_minute(NonZeroU32::new(BUDGET).unwrap());
    let limiter = RateLimiter::direct_with_clock(quota, clock.clone());
    let most = most_in_a_window(|| limiter.check().is_ok(), |by| clock.advance(by));
    assert!(most > BUDGET as usize, "{most}");
    assert_eq!(most, 2 * BUDGET as usize - 1);
}

#[test]
fn the_pool_lets_the_budget_into_any_window() {
    let clock = Arc::new(ManualClock::new());
    let (pool, request) = pool(clock.clone(), BUDGET);
    let allow = || matches!(lend(&pool, &request), Lending::Lent(_));
    let most = most_in_a_window(allow, |by| clock.advance(by));
    assert_eq!(most, BUDGET as usize, "and the budget is used");
}

#[test]
fn a_call_that_travels_up_to_a_second_does_not_break_the_budget_there() {
    let clock = Arc::new(ManualClock::new());
    let (pool, request) = pool(clock.clone(), 1);
    assert!(matches!(lend(&pool, &request), Lending::Lent(_)));
    // It arrives now, and counts for a minute from now.
    clock.advance(Duration::from_millis(900));
    let arrived = clock.now();
    let Lending::NoneFor(wait, NoKeyReason::RateLimited) = lend(&pool, &request) else {
        panic!("the budget is used up");
    };
    clock.advance(wait);
    assert!(matches!(lend(&pool, &request), Lending::Lent(_)), "after the wait it told");
    assert!(clock.now() >= arrived + WINDOW);
}

#[tokio::test(start_paused = true)]
async fn a_steady_clock_takes_no_part_in_setting_the_clock() {
    let machine = ManualClock::new();
    let steady = SteadyClock::starting_with(&machine);
    let began = machine.now();
    machine.advance(Duration::from_mins(5));
    assert_eq!(steady.now(), began);
    tokio::time::advance(Duration::from_secs(2)).await;
    assert_eq!(steady.now(), began + Duration::from_secs(2));
}

#[tokio::test]
async fn a_look_whose_finding_is_not_told_is_given_to_somebody_else() {
    let clock = Arc::new(ManualClock::new());
    let (pool, LendRequest { provider, .. }) = pool(clock.clone(), BUDGET);
    let key = KeyId::new("a");
    let next_after = async |time| {
        clock.advance(time);
        pool.next_probe(&provider, std::slice::from_ref(&key)).await.unwrap().is_some()
    };
    let tell = async |found| pool.probed(&provider, &key, found).await.unwrap();
    pool.ask_probe(&provider, &key).await.unwrap();
    assert!(next_after(Duration::ZERO).await);
    assert!(!next_after(PROBE_TAKES / 2).await, "somebody looks");
    assert!(next_after(PROBE_TAKES / 2).await);
    tell("network").await;
    assert!(!next_after(PROBE_EVERY).await, "it was asked for once");
    let loan = past_loan(&provider, key.clone(), "any");
    pool.give_back(&loan, Verdict::Revoked.into()).await.unwrap();
    assert!(next_after(PROBE_EVERY).await);
    assert!(next_after(PROBE_TAKES).await);
    tell("invalid_key").await;
    assert!(!next_after(PROBE_TAKES).await);
    assert!(next_after(PROBE_EVERY).await);
    tell(Probe::WELL).await;
    assert!(!next_after(PROBE_EVERY).await);
}
