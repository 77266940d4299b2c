//! Which key is lent.

use std::collections::BTreeSet;

use ports::live::{KeyState, Lending};

use super::super::LiveUnderTest;
use super::bench::provider;

/// Where there are no keys, waiting does not help.
pub async fn without_keys_none_is_usable(live: LiveUnderTest) {
    live.none_usable(&provider()).await;
    let emptied = live.provider_with(&[], None).await;
    live.none_usable(&emptied).await;
}

/// Keys take turns.
pub async fn the_least_recently_lent_key_is_lent(live: LiveUnderTest) {
    let provider = live.provider_with(&["a", "b", "c"], None).await;
    let mut round = Vec::new();
    for _ in 0..3 {
        round.push(live.lent(&provider).await);
    }
    assert_eq!(round.iter().collect::<BTreeSet<_>>().len(), 3, "{round:?}");
    for turn in 0..6 {
        assert_eq!(live.lent(&provider).await, round[turn % 3]);
    }
}

/// A job does not get the key again that just failed it.
pub async fn an_excluded_key_is_not_lent(live: LiveUnderTest) {
    let provider = live.provider_with(&["a", "b"], None).await;
    for _ in 0..3 {
        let Lending::Lent(loan) = live.lend_but(&provider, &["a", "unknown"]).await else {
            panic!("b is free");
        };
        assert_eq!(loan.key.as_str(), "b");
    }
    assert_eq!(live.lend_but(&provider, &["a", "b"]).await, Lending::NoneUsable);
}

/// What one provider's keys go through is nothing to another's, even of the same name.
pub async fn providers_do_not_share_keys(live: LiveUnderTest) {
    let first = live.provider_with(&["a"], Some(1)).await;
    let second = live.provider_with(&["a"], Some(1)).await;
    live.report(&first, "a", domain::key::Verdict::Revoked).await;
    live.none_usable(&first).await;
    assert_eq!(live.lent(&second).await, "a");
    assert_eq!(live.state(&second, "a").await, KeyState::Active);
}
