//! How often a key is lent.

use std::time::Duration;

use domain::key::NoKeyReason;
use futures_util::future::join_all;
use ports::live::Lending;

use super::{
    super::LiveUnderTest,
    bench::{specs, throttled},
};

/// A budget is for 60 seconds; an adapter may be a little more careful.
const MINUTE_AND_A_LITTLE: Duration = Duration::from_secs(65);

/// Each key has a budget of its own, and after that the pool tells how long to wait.
pub async fn a_key_is_lent_as_often_as_its_budget(live: LiveUnderTest) {
    let provider = live.provider_with(&["a", "b"], Some(3)).await;
    for _ in 0..6 {
        live.lent(&provider).await;
    }
    let wait = live.none_for(&provider, NoKeyReason::RateLimited).await;
    assert!(wait > Duration::from_secs(50) && wait < MINUTE_AND_A_LITTLE, "{wait:?}");
    let used: Vec<u32> =
        live.statuses(&provider).await.iter().map(|status| status.used_in_window).collect();
    assert_eq!(used, [3, 3]);
}

/// However many workers ask at once.
pub async fn simultaneous_wishes_keep_within_the_budget(live: LiveUnderTest) {
    let provider = live.provider_with(&["a", "b"], Some(5)).await;
    let lendings = join_all((0..40).map(|_| live.lend(&provider))).await;
    let lent = lendings.iter().filter(|lending| matches!(lending, Lending::Lent(_))).count();
    assert_eq!(lent, 10);
}

/// No budget is no limit.
pub async fn a_key_without_budget_is_lent_any_number_of_times(live: LiveUnderTest) {
    let provider = live.provider_with(&["a"], None).await;
    for _ in 0..200 {
        live.lent(&provider).await;
    }
    assert_eq!(live.statuses(&provider).await[0].used_in_window, 200);
}

/// Zero requests are none, now and later.
pub async fn a_budget_of_nothing_lends_nothing(live: LiveUnderTest) {
    let provider = live.provider_with(&["a"], Some(0)).await;
    live.none_usable(&provider).await;
}

/// A new budget counts what was lent under the old one.
pub async fn the_newest_budget_counts(live: LiveUnderTest) {
    let provider = live.provider_with(&["a"], Some(2)).await;
    live.lent(&provider).await;
    live.lent(&provider).await;
    live.none_for(&provider, NoKeyReason::RateLimited).await;
    live.register(&provider, &["a"], Some(3)).await;
    live.lent(&provider).await;
    live.none_for(&provider, NoKeyReason::RateLimited).await;
    live.register(&provider, &["a"], Some(1)).await;
    live.none_for(&provider, NoKeyReason::RateLimited).await;
    live.register(&provider, &["a"], None).await;
    live.lent(&provider).await;
}

/// Of several reasons to wait, the one that ends first is told.
pub async fn the_key_that_is_free_soonest_tells_the_wait(live: LiveUnderTest) {
    let provider = live.provider_with(&["a"], Some(1)).await;
    live.lent(&provider).await;
    live.keys
        .register(&provider, &[specs(&["a"], Some(1)), specs(&["b"], None)].concat())
        .await
        .unwrap();
    live.report(&provider, "b", throttled(Duration::from_secs(20))).await;
    let wait = live.none_for(&provider, NoKeyReason::CoolingDown).await;
    assert!(wait <= Duration::from_secs(20), "{wait:?}");
    live.report(&provider, "b", throttled(Duration::from_mins(2))).await;
    let wait = live.none_for(&provider, NoKeyReason::RateLimited).await;
    assert!(wait < MINUTE_AND_A_LITTLE, "{wait:?}");
}
