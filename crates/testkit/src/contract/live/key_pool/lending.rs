//! Which key is lent.

use std::{collections::BTreeSet, time::Duration};

use domain::{
    key::{Budget, Measure, NoKeyReason, Period, Verdict},
    model::ProviderName,
};
use futures_util::future::join_all;
use ports::live::{KeySpec, KeyState, LendRequest, Lending, Loan, Returned};

use super::super::LiveUnderTest;
use super::bench::{ANY, key, provider, wish};

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

/// What an account may use in a minute.
fn budget(measure: Measure, limit: u64) -> Budget {
    Budget { name: "account".to_owned(), model: None, measure, period: Period::Minute, limit }
}

/// A key that may have one call under way, and two requests in a minute.
fn limited() -> KeySpec {
    let budgets = vec![budget(Measure::Requests, 2)];
    KeySpec { concurrency: Some(1), budgets, ..KeySpec::plain(key("a"), Some(2)) }
}

/// Who had no answer asks again, and neither takes anything more nor stands in their own way.
pub async fn a_wish_told_again_gets_the_same_loan(live: LiveUnderTest) {
    let provider = provider();
    live.keys.register(&provider, &[limited()]).await.unwrap();
    let (first, second) = (wish(&provider, ANY), wish(&provider, ANY));
    let again = join_all((0..5).map(|_| live.loan_for(&first))).await;
    let loans: BTreeSet<u64> = again.iter().map(|loan| loan.ticket).collect();
    assert_eq!(loans.len(), 1, "{again:?}");
    let loan: &Loan = &again[0];
    assert!(again.iter().all(|same| same == loan), "{again:?}");
    live.no_loan(&second, NoKeyReason::Busy).await;
    live.assert_taken(&provider, 1, 1).await;
    live.keys.give_back(loan, Verdict::Healthy.into()).await.unwrap();
    assert_eq!(live.loan_for(&first).await, *loan, "a late copy of the wish");
    live.assert_taken(&provider, 1, 0).await;
    assert!(live.loan_for(&second).await.ticket > loan.ticket);
    live.assert_taken(&provider, 2, 1).await;
}

/// Who had no answer for long makes the call only then: it counts as long as one made then, and may take as long.
pub async fn a_wish_told_again_late_counts_from_then_on(live: LiveUnderTest) {
    let (late, lease) = (Duration::from_secs(3), Duration::from_secs(5));
    let plain = KeySpec::plain(key("a"), None);
    let mut wishes = Vec::new();
    for spec in [
        KeySpec::plain(key("a"), Some(1)),
        KeySpec { budgets: vec![budget(Measure::Requests, 1)], ..plain.clone() },
        KeySpec { concurrency: Some(1), ..plain },
    ] {
        let provider = provider();
        live.keys.register(&provider, &[spec]).await.unwrap();
        let wish = LendRequest { lease, ..wish(&provider, ANY) };
        let loan = live.loan_for(&wish).await;
        wishes.push((wish, loan));
    }
    (live.advance)(late).await;
    for (wish, loan) in &wishes {
        assert_eq!(live.loan_for(wish).await, *loan);
    }
    for (wish, _) in &wishes[..2] {
        let wait = live.no_loan(wish, NoKeyReason::RateLimited).await;
        assert!(wait > Duration::from_secs(58) + late / 2, "{wait:?}");
    }
    (live.advance)(late).await;
    live.no_loan(&wishes[2].0, NoKeyReason::Busy).await;
}

/// Not even a late copy of the wish makes anything of what the call used in the end.
pub async fn a_wish_told_again_takes_nothing_more_than_was_settled(live: LiveUnderTest) {
    let provider = provider();
    let budgets = vec![budget(Measure::Tokens, 100)];
    let spec = KeySpec { budgets, ..KeySpec::plain(key("a"), None) };
    live.keys.register(&provider, &[spec]).await.unwrap();
    let wish = LendRequest { tokens: 60, ..wish(&provider, ANY) };
    let loan = live.loan_for(&wish).await;
    for used in [60, 40] {
        assert_eq!(live.statuses(&provider).await[0].budgets[0].used, used);
        assert_eq!(live.loan_for(&wish).await, loan);
        assert_eq!(live.statuses(&provider).await[0].budgets[0].used, used);
        let returned = Returned { verdict: Verdict::Healthy, tokens: Some(40) };
        live.keys.give_back(&loan, returned).await.unwrap();
    }
}

/// Only a loan is remembered: a wish in vain may be told again until there is a key.
pub async fn a_wish_that_got_none_may_get_one_later(live: LiveUnderTest) {
    let provider = provider();
    live.keys.register(&provider, &[limited()]).await.unwrap();
    let loan = live.loan(&wish(&provider, ANY)).await;
    let wish = wish(&provider, ANY);
    assert!(matches!(live.keys.lend(&wish).await.unwrap(), Lending::NoneFor(..)));
    live.keys.give_back(&loan, Verdict::Healthy.into()).await.unwrap();
    live.loan_for(&wish).await;
}

impl LiveUnderTest {
    /// So many requests of the only key count, and so many calls with it are under way.
    async fn assert_taken(&self, provider: &ProviderName, requests: u32, under_way: u32) {
        let status = self.statuses(provider).await.remove(0);
        assert_eq!((status.used_in_window, status.under_way), (requests, under_way));
        assert_eq!(status.budgets[0].used, u64::from(requests));
    }
}
