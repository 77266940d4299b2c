//! What calls told about keys, and operators decided.

use std::time::Duration;

use domain::key::{NoKeyReason, Verdict};
use ports::live::{KeyState, Switch};

use super::{super::LiveUnderTest, bench::throttled};

const SHORT: Duration = Duration::from_millis(1500);
const BEYOND_SHORT: Duration = Duration::from_millis(1700);
const LONG: Duration = Duration::from_secs(30);

/// A key cools down for as long as it was told, and is lent again then.
pub async fn a_cooling_key_is_not_lent_until_it_has_cooled(live: LiveUnderTest) {
    let provider = live.provider_with(&["a", "b"], None).await;
    live.report(&provider, "a", throttled(LONG)).await;
    assert_eq!(live.lent(&provider).await, "b");
    assert_eq!(live.lent(&provider).await, "b");
    assert!(matches!(live.state(&provider, "a").await, KeyState::CoolingUntil(_)));
    live.report(&provider, "b", throttled(SHORT)).await;
    let wait = live.none_for(&provider, NoKeyReason::CoolingDown).await;
    assert!(wait <= SHORT, "{wait:?}");
    (live.advance)(BEYOND_SHORT).await;
    assert_eq!(live.lent(&provider).await, "b");
    assert_eq!(live.state(&provider, "b").await, KeyState::Active);
}

/// Two answers crossed each other; the longer wait holds.
pub async fn a_shorter_cooldown_does_not_shorten(live: LiveUnderTest) {
    let provider = live.provider_with(&["a"], None).await;
    live.report(&provider, "a", throttled(LONG)).await;
    live.report(&provider, "a", throttled(SHORT)).await;
    live.report(&provider, "a", throttled(Duration::ZERO)).await;
    let wait = live.none_for(&provider, NoKeyReason::CoolingDown).await;
    assert!(wait > SHORT, "{wait:?}");
    (live.advance)(BEYOND_SHORT).await;
    live.none_for(&provider, NoKeyReason::CoolingDown).await;
}

/// The later answer asks for more.
pub async fn a_longer_cooldown_extends(live: LiveUnderTest) {
    let provider = live.provider_with(&["a"], None).await;
    live.report(&provider, "a", throttled(SHORT)).await;
    live.report(&provider, "a", throttled(LONG)).await;
    let wait = live.none_for(&provider, NoKeyReason::CoolingDown).await;
    assert!(wait > SHORT && wait <= LONG, "{wait:?}");
}

/// An older call that still succeeds says nothing about now.
pub async fn a_healthy_call_does_not_end_a_cooldown(live: LiveUnderTest) {
    let provider = live.provider_with(&["a"], None).await;
    live.report(&provider, "a", throttled(LONG)).await;
    live.report(&provider, "a", Verdict::Healthy).await;
    live.none_for(&provider, NoKeyReason::CoolingDown).await;
}

/// Nothing but an operator brings a revoked key back.
pub async fn a_revoked_key_stays_revoked(live: LiveUnderTest) {
    let provider = live.provider_with(&["a", "b"], None).await;
    live.report(&provider, "a", Verdict::Revoked).await;
    for verdict in [Verdict::Healthy, throttled(Duration::ZERO)] {
        live.report(&provider, "a", verdict).await;
    }
    live.register(&provider, &["a", "b"], None).await;
    for _ in 0..3 {
        assert_eq!(live.lent(&provider).await, "b");
    }
    assert_eq!(live.state(&provider, "a").await, KeyState::Revoked);
    live.report(&provider, "b", Verdict::Revoked).await;
    live.none_usable(&provider).await;
}

/// An operator takes a key out, whatever calls say.
pub async fn a_disabled_key_is_not_lent(live: LiveUnderTest) {
    let provider = live.provider_with(&["a", "b"], None).await;
    live.set_enabled(&provider, "a", false).await;
    live.report(&provider, "a", Verdict::Healthy).await;
    live.register(&provider, &["a", "b"], None).await;
    for _ in 0..3 {
        assert_eq!(live.lent(&provider).await, "b");
    }
    assert_eq!(live.state(&provider, "a").await, KeyState::Disabled(None));
    live.set_enabled(&provider, "a", true).await;
    assert_eq!(live.lent(&provider).await, "a");
}

/// Neither one told again nor one that was on its way for long undoes what was said or found since.
pub async fn a_change_that_is_not_newer_does_nothing(live: LiveUnderTest) {
    let provider = live.provider_with(&["a"], None).await;
    let off = live.switch(&provider, "a", Switch::Off).await;
    let on = live.switch(&provider, "a", Switch::On).await;
    live.tell(&provider, "a", Switch::Off, off).await;
    assert_eq!(live.state(&provider, "a").await, KeyState::Active);
    live.report(&provider, "a", Verdict::Revoked).await;
    live.register(&provider, &["a"], None).await;
    live.tell(&provider, "a", Switch::On, on).await;
    assert_eq!(live.state(&provider, "a").await, KeyState::Revoked);
    live.tell(&provider, "a", Switch::On, on + 1).await;
    assert_eq!(live.lent(&provider).await, "a");
}

/// An operator who enables a key knows better than what was noted.
pub async fn enabling_restores_the_health(live: LiveUnderTest) {
    for verdict in [Verdict::Revoked, throttled(LONG)] {
        let provider = live.provider_with(&["a"], None).await;
        live.report(&provider, "a", verdict).await;
        live.set_enabled(&provider, "a", false).await;
        live.none_usable(&provider).await;
        live.set_enabled(&provider, "a", true).await;
        assert_eq!(live.state(&provider, "a").await, KeyState::Active);
        assert_eq!(live.lent(&provider).await, "a");
    }
}

/// Not even an operator makes a key answer more often than its provider allows.
pub async fn enabling_does_not_restore_the_budget(live: LiveUnderTest) {
    let provider = live.provider_with(&["a"], Some(1)).await;
    live.lent(&provider).await;
    live.set_enabled(&provider, "a", false).await;
    live.set_enabled(&provider, "a", true).await;
    live.none_for(&provider, NoKeyReason::RateLimited).await;
}
