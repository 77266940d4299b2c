//! How far a rest reaches, and who looks at keys that are out.

use std::time::Duration;

use domain::key::{NoKeyReason, RestCause, Verdict};
use ports::live::{KeySpec, KeyState, Lending, Loan, MOST_BARRED, Probe, Switch};

use super::{
    super::LiveUnderTest,
    bench::{ANY, key, provider, throttled, wish},
};
use crate::keys::past_loan;

const LONG: Duration = Duration::from_secs(30);

/// Two keys of one group, and one alone.
async fn grouped(live: &LiveUnderTest) -> domain::model::ProviderName {
    let provider = provider();
    let of_group =
        |name| KeySpec { group: Some("account".to_owned()), ..KeySpec::plain(key(name), None) };
    let specs = [of_group("a"), of_group("b"), KeySpec::plain(key("c"), None)];
    live.keys.register(&provider, &specs).await.unwrap();
    provider
}

async fn give_back(live: &LiveUnderTest, loan: &Loan, verdict: Verdict) {
    live.keys.give_back(loan, verdict.into()).await.unwrap();
}

/// A loan of any key but c.
async fn of_group(live: &LiveUnderTest, provider: &domain::model::ProviderName) -> Loan {
    live.loan(&ports::live::LendRequest { exclude: vec![key("c")], ..wish(provider, ANY) }).await
}

/// The keys of a group rest together, for the model they were throttled for.
pub async fn a_throttle_rests_the_group_for_the_model(live: LiveUnderTest) {
    let provider = grouped(&live).await;
    let loan = of_group(&live, &provider).await;
    give_back(&live, &loan, throttled(LONG)).await;
    for _ in 0..3 {
        assert_eq!(live.lent(&provider).await, "c");
    }
    let mut others = Vec::new();
    for _ in 0..3 {
        others.push(live.loan(&wish(&provider, "another")).await.key);
    }
    assert!(others.contains(&key("a")) && others.contains(&key("b")), "{others:?}");
    let statuses = live.statuses(&provider).await;
    assert!(matches!(statuses[0].state, KeyState::CoolingUntil(_)));
    assert_eq!(statuses[0].models[0].model, ANY);
    assert_eq!(statuses[0].group.as_deref(), Some("account"));
    assert!(statuses[2].models.is_empty());
}

/// Without money no key of the group is lent for any model.
pub async fn want_of_money_rests_the_group_for_all_models(live: LiveUnderTest) {
    let provider = grouped(&live).await;
    let loan = of_group(&live, &provider).await;
    give_back(&live, &loan, Verdict::Rest(RestCause::MoneyOut, LONG)).await;
    for model in [ANY, "another", ANY, "another"] {
        assert_eq!(live.loan(&wish(&provider, model)).await.key, key("c"));
    }
    for name in ["a", "b"] {
        assert!(matches!(live.state(&provider, name).await, KeyState::ExhaustedUntil(_)), "{name}");
    }
    live.set_enabled(&provider, "a", true).await;
    assert_eq!(live.state(&provider, "b").await, KeyState::Active, "the account was paid for");
}

/// A day used up is told from a minute.
pub async fn a_day_used_up_is_told_apart(live: LiveUnderTest) {
    let provider = live.provider_with(&["a"], None).await;
    live.report(&provider, "a", Verdict::Rest(RestCause::DayUsed, LONG)).await;
    assert!(matches!(live.state(&provider, "a").await, KeyState::ExhaustedUntil(_)));
    live.none_for(&provider, NoKeyReason::CoolingDown).await;
    live.loan(&wish(&provider, "another")).await;
}

/// A key without the right to a model serves others.
pub async fn a_key_not_permitted_for_a_model_serves_others(live: LiveUnderTest) {
    let provider = live.provider_with(&["a"], None).await;
    live.report(&provider, "a", Verdict::NotPermitted).await;
    live.not_permitted(&provider).await;
    live.loan(&wish(&provider, "another")).await;
    let status = live.statuses(&provider).await.remove(0);
    assert_eq!(status.state, KeyState::Active);
    assert_eq!((&*status.models[0].model, status.models[0].until), (ANY, None));
    live.set_enabled(&provider, "a", true).await;
    live.lent(&provider).await;
}

/// Nobody has to wait for a right that no key will have.
pub async fn a_model_that_no_key_may_be_used_for_is_told_apart(live: LiveUnderTest) {
    let provider = live.provider_with(&["a", "b", "c"], None).await;
    for name in ["a", "b"] {
        live.report(&provider, name, Verdict::NotPermitted).await;
    }
    assert_eq!(live.lent(&provider).await, "c");
    assert_eq!(live.lend_but(&provider, &["c"]).await, Lending::NoneUsable, "c may");
    live.report(&provider, "c", throttled(LONG)).await;
    live.none_for(&provider, NoKeyReason::CoolingDown).await;
    // Dead keys give no hope, and those that are not permitted need not be wanted.
    live.report(&provider, "c", Verdict::Revoked).await;
    live.not_permitted(&provider).await;
    assert_eq!(live.lend_but(&provider, &["a", "b"]).await, Lending::NotPermitted);
    live.loan(&wish(&provider, "another")).await;
    for name in ["a", "b"] {
        live.set_enabled(&provider, name, false).await;
    }
    live.none_usable(&provider).await;
}

/// Users name models as they like, so a pool forgets those refused long ago.
pub async fn of_models_not_permitted_the_latest_are_known(live: LiveUnderTest) {
    let provider = live.provider_with(&["a"], None).await;
    for number in 0..=MOST_BARRED {
        let loan = past_loan(&provider, key("a"), &format!("model-{number}"));
        live.keys.give_back(&loan, Verdict::NotPermitted.into()).await.unwrap();
    }
    assert_eq!(live.statuses(&provider).await[0].models.len(), MOST_BARRED);
    live.loan(&wish(&provider, "model-0")).await;
    for number in [1, MOST_BARRED] {
        let latest = wish(&provider, &format!("model-{number}"));
        assert_eq!(live.keys.lend(&latest).await.unwrap(), Lending::NotPermitted, "{number}");
    }
}

/// An operator takes a key out for a while.
pub async fn a_key_switched_off_for_a_time_comes_back(live: LiveUnderTest) {
    let provider = live.provider_with(&["a"], None).await;
    let time = Duration::from_millis(500);
    live.switch(&provider, "a", Switch::OffFor(time)).await;
    assert!(matches!(live.state(&provider, "a").await, KeyState::Disabled(Some(_))));
    let wait = live.none_for(&provider, NoKeyReason::CoolingDown).await;
    assert!(wait <= time, "{wait:?}");
    (live.advance)(time + Duration::from_millis(100)).await;
    live.lent(&provider).await;
    assert_eq!(live.state(&provider, "a").await, KeyState::Active);
}

/// Asked for once, a look is given to one worker.
pub async fn a_probe_asked_for_is_given_out_once(live: LiveUnderTest) {
    let provider = live.provider_with(&["a", "b"], None).await;
    let next = async |own: &[&str]| {
        let own: Vec<_> = own.iter().map(|name| key(name)).collect();
        live.keys.next_probe(&provider, &own).await.unwrap()
    };
    assert_eq!(next(&["a", "b"]).await, None);
    live.keys.ask_probe(&provider, &key("b")).await.unwrap();
    assert_eq!(next(&["a"]).await, None, "somebody who has it");
    assert_eq!(next(&["a", "b"]).await, Some(key("b")));
    assert_eq!(next(&["a", "b"]).await, None);
    live.keys.probed(&provider, &key("b"), "network").await.unwrap();
    let probe = live.statuses(&provider).await[1].probe.clone().unwrap();
    assert_eq!(probe.found, "network");
    assert_eq!(next(&["a", "b"]).await, None);
}

/// A revoked key that is found well is lent again, and one that is not stays out.
pub async fn a_revoked_key_found_well_comes_back(live: LiveUnderTest) {
    let provider = live.provider_with(&["a"], None).await;
    live.report(&provider, "a", Verdict::Revoked).await;
    let own = [key("a")];
    assert_eq!(live.keys.next_probe(&provider, &own).await.unwrap(), None, "not at once");
    live.keys.probed(&provider, &key("a"), "invalid_key").await.unwrap();
    live.none_usable(&provider).await;
    live.keys.probed(&provider, &key("a"), Probe::WELL).await.unwrap();
    live.lent(&provider).await;
    assert_eq!(live.state(&provider, "a").await, KeyState::Active);
}
