//! Which keys there are.

use std::time::Duration;

use domain::key::{NoKeyReason, Verdict};
use ports::live::KeyState;

use super::{
    super::LiveUnderTest,
    bench::{key, provider, throttled},
};

/// A key taken out of the workers' configuration is not lent to them.
pub async fn a_key_no_longer_named_is_not_lent(live: LiveUnderTest) {
    let provider = live.provider_with(&["a", "b"], None).await;
    live.register(&provider, &["b", "c"], None).await;
    let mut lent = vec![live.lent(&provider).await, live.lent(&provider).await];
    lent.sort();
    assert_eq!(lent, ["b", "c"]);
    let listed: Vec<_> =
        live.statuses(&provider).await.into_iter().map(|status| status.key).collect();
    assert_eq!(listed, [key("b"), key("c")]);
}

/// Neither a restart of a worker nor a detour makes a key better than it is.
pub async fn registering_again_keeps_health_and_requests(live: LiveUnderTest) {
    let provider = live.provider_with(&["a", "b"], Some(1)).await;
    live.report(&provider, "b", Verdict::Revoked).await;
    assert_eq!(live.lent(&provider).await, "a");
    live.register(&provider, &["a", "b"], Some(1)).await;
    live.none_for(&provider, NoKeyReason::RateLimited).await;
    live.register(&provider, &[], None).await;
    live.none_usable(&provider).await;
    live.register(&provider, &["a", "b"], Some(1)).await;
    live.none_for(&provider, NoKeyReason::RateLimited).await;
    assert_eq!(live.state(&provider, "b").await, KeyState::Revoked);
}

/// Operators see every key, in the order of their names.
pub async fn keys_are_listed_by_name_with_their_state(live: LiveUnderTest) {
    let provider = live.provider_with(&["c", "a", "d", "b"], None).await;
    live.report(&provider, "b", throttled(Duration::from_secs(30))).await;
    live.report(&provider, "c", Verdict::Revoked).await;
    live.set_enabled(&provider, "d", false).await;
    assert_eq!(live.lent(&provider).await, "a");
    let listed = live.statuses(&provider).await;
    let names: Vec<_> = listed.iter().map(|status| status.key.as_str()).collect();
    assert_eq!(names, ["a", "b", "c", "d"]);
    let used: Vec<_> = listed.iter().map(|status| status.used_in_window).collect();
    assert_eq!(used, [1, 0, 0, 0]);
    assert_eq!(listed[0].state, KeyState::Active);
    assert!(matches!(listed[1].state, KeyState::CoolingUntil(_)));
    assert_eq!(listed[2].state, KeyState::Revoked);
    assert_eq!(listed[3].state, KeyState::Disabled(None));
}

/// A worker with an older configuration does no harm.
pub async fn a_report_on_an_unknown_key_does_nothing(live: LiveUnderTest) {
    let known = live.provider_with(&["a"], None).await;
    live.report(&known, "unknown", Verdict::Revoked).await;
    live.set_enabled(&known, "unknown", false).await;
    live.report(&provider(), "a", Verdict::Revoked).await;
    assert_eq!(live.lent(&known).await, "a");
    assert_eq!(live.statuses(&known).await.len(), 1);
}
