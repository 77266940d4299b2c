//! What keys have a share of: turns by weight, and budgets together.

use std::time::Duration;

use domain::key::{Budget, Measure, NoKeyReason, Period, Verdict};
use futures_util::future::join_all;
use ports::live::{KeySpec, KeyState, LendRequest, Lending, Returned};

use super::{
    super::LiveUnderTest,
    bench::{ANY, another, key, provider, throttled, wish},
};

fn budget(name: &str, model: Option<&str>, measure: Measure, limit: u64) -> Budget {
    let model = model.map(str::to_owned);
    Budget { name: name.to_owned(), model, measure, period: Period::Minute, limit }
}

fn with(name: &str, budgets: &[Budget]) -> KeySpec {
    KeySpec { budgets: budgets.to_vec(), ..KeySpec::plain(key(name), None) }
}

/// Of 60 loans a key of weight 3 gets three times as many as one of weight 1.
pub async fn keys_take_turns_by_weight(live: LiveUnderTest) {
    let provider = provider();
    let heavy = KeySpec { weight: 3, ..KeySpec::plain(key("heavy"), None) };
    let specs = [heavy, KeySpec::plain(key("a"), None), KeySpec::plain(key("b"), None)];
    live.keys.register(&provider, &specs).await.unwrap();
    let mut heavies = 0;
    for _ in 0..60 {
        heavies += u32::from(live.lent(&provider).await == "heavy");
    }
    assert!((35..=37).contains(&heavies), "{heavies} of 60");
}

/// Who could not be lent for a while is not lent more often for it.
pub async fn a_key_that_comes_back_does_not_catch_up(live: LiveUnderTest) {
    let provider = live.provider_with(&["a", "b"], None).await;
    live.set_enabled(&provider, "a", false).await;
    for _ in 0..10 {
        assert_eq!(live.lent(&provider).await, "b");
    }
    live.set_enabled(&provider, "a", true).await;
    let mut a = 0;
    for _ in 0..10 {
        a += u32::from(live.lent(&provider).await == "a");
    }
    assert!((5..=6).contains(&a), "{a} of 10");
}

/// Of the next 10 loans for `model`, each given back before the next, how many are of the key `name`.
async fn of_ten(live: &LiveUnderTest, wish: &LendRequest, name: &str) -> usize {
    let mut count = 0;
    for _ in 0..10 {
        let loan = live.loan(wish).await;
        live.keys.give_back(&loan, Verdict::Healthy.into()).await.unwrap();
        count += usize::from(loan.key == key(name));
    }
    count
}

/// The same of one that rested for the model alone.
pub async fn a_key_that_was_throttled_does_not_catch_up(live: LiveUnderTest) {
    let provider = live.provider_with(&["a", "b"], None).await;
    let rest = Duration::from_secs(1);
    live.report(&provider, "a", throttled(rest)).await;
    let wish = wish(&provider, ANY);
    assert_eq!(of_ten(&live, &wish, "b").await, 10);
    (live.advance)(rest + Duration::from_millis(200)).await;
    let a = of_ten(&live, &wish, "a").await;
    assert!((4..=6).contains(&a), "{a} of 10");
}

/// The same of one whose calls were all under way.
pub async fn a_key_that_was_busy_does_not_catch_up(live: LiveUnderTest) {
    let provider = provider();
    let a = KeySpec { concurrency: Some(1), ..KeySpec::plain(key("a"), None) };
    live.keys.register(&provider, &[a, KeySpec::plain(key("b"), None)]).await.unwrap();
    let wish = wish(&provider, ANY);
    let only_a = LendRequest { exclude: vec![key("b")], ..wish.clone() };
    let busy = live.loan(&only_a).await;
    assert_eq!(of_ten(&live, &wish, "b").await, 10);
    live.keys.give_back(&busy, Verdict::Healthy.into()).await.unwrap();
    let a = of_ten(&live, &wish, "a").await;
    assert!((4..=6).contains(&a), "{a} of 10");
}

/// The same of one that had used up its budget for a model, or had no right to it, for another model.
pub async fn a_key_that_served_other_models_alone_does_not_catch_up(live: LiveUnderTest) {
    for is_barred in [false, true] {
        let provider = provider();
        let used = [budget("small", Some("small"), Measure::Requests, 1)];
        let specs = [with("a", &used), with("b", &[])];
        live.keys.register(&provider, &specs).await.unwrap();
        let (small, large) = (wish(&provider, "small"), wish(&provider, "large"));
        let only_a = LendRequest { exclude: vec![key("b")], ..small.clone() };
        let loan = live.loan(&only_a).await;
        let verdict = if is_barred { Verdict::NotPermitted } else { Verdict::Healthy };
        live.keys.give_back(&loan, verdict.into()).await.unwrap();
        assert_eq!(of_ten(&live, &small, "b").await, 10);
        let a = of_ten(&live, &large, "a").await;
        assert!((4..=6).contains(&a), "{a} of 10");
    }
}

/// What one key of an account uses, the others have no more.
pub async fn keys_share_a_budget_of_one_name(live: LiveUnderTest) {
    let provider = provider();
    let account = [budget("account", None, Measure::Requests, 3)];
    let specs = [with("a", &account), with("b", &account), with("c", &[])];
    live.keys.register(&provider, &specs).await.unwrap();
    let not_c = LendRequest { exclude: vec![key("c")], ..wish(&provider, ANY) };
    let wishes: Vec<LendRequest> = (0..20).map(|_| another(&not_c)).collect();
    let all = join_all(wishes.iter().map(|wish| live.keys.lend(wish))).await;
    let lent = all.iter().filter(|lending| matches!(lending, Ok(Lending::Lent(_)))).count();
    assert_eq!(lent, 3);
    let wait = live.no_loan(&not_c, NoKeyReason::RateLimited).await;
    assert!(wait > Duration::from_secs(50), "{wait:?}");
    assert_eq!(live.lent(&provider).await, "c");
    let statuses = live.statuses(&provider).await;
    assert_eq!(statuses[0].budgets[0].used, 3);
    assert_eq!(statuses[1].budgets, statuses[0].budgets);
}

/// A budget may be taken from all keys, and given to them again: what was used of it was used.
pub async fn a_budget_put_back_knows_what_was_used(live: LiveUnderTest) {
    let provider = provider();
    let limited = [with("a", &[budget("account", None, Measure::Requests, 1)])];
    live.keys.register(&provider, &limited).await.unwrap();
    live.lent(&provider).await;
    live.keys.register(&provider, &[with("a", &[])]).await.unwrap();
    live.lent(&provider).await;
    live.keys.register(&provider, &limited).await.unwrap();
    assert_eq!(live.statuses(&provider).await[0].budgets[0].used, 1);
    live.none_for(&provider, NoKeyReason::RateLimited).await;
}

/// A budget for one model is nothing to another.
pub async fn a_budget_of_a_model_counts_only_that(live: LiveUnderTest) {
    let provider = provider();
    let budgets = [budget("small", Some("small"), Measure::Requests, 1)];
    live.keys.register(&provider, &[with("a", &budgets)]).await.unwrap();
    live.loan(&wish(&provider, "large")).await;
    live.loan(&wish(&provider, "small")).await;
    live.no_loan(&wish(&provider, "small"), NoKeyReason::RateLimited).await;
    live.loan(&wish(&provider, "large")).await;
}

/// Tokens are reserved with the loan; what was not used is free again when it is given back.
pub async fn tokens_are_reserved_and_settled(live: LiveUnderTest) {
    let provider = provider();
    let budgets = [budget("tokens", None, Measure::Tokens, 100)];
    live.keys.register(&provider, &[with("a", &budgets)]).await.unwrap();
    let sixty = LendRequest { tokens: 60, ..wish(&provider, ANY) };
    let first = live.loan(&sixty).await;
    assert!(first.wants_return, "the pool has to learn what was used");
    live.no_loan(&sixty, NoKeyReason::RateLimited).await;
    let used = Returned { verdict: Verdict::Healthy, tokens: Some(40) };
    live.keys.give_back(&first, used).await.unwrap();
    assert_eq!(live.statuses(&provider).await[0].budgets[0].used, 40);
    let second = live.loan(&sixty).await;
    // More than was estimated counts too.
    let used = Returned { verdict: Verdict::Healthy, tokens: Some(90) };
    live.keys.give_back(&second, used).await.unwrap();
    assert_eq!(live.statuses(&provider).await[0].budgets[0].used, 130);
    live.no_loan(&LendRequest { tokens: 1, ..sixty }, NoKeyReason::RateLimited).await;
}

/// A request beyond the whole budget runs when nothing else does, rather than never.
pub async fn a_request_beyond_a_budget_runs_alone(live: LiveUnderTest) {
    let provider = provider();
    let budgets = [budget("tokens", None, Measure::Tokens, 100)];
    live.keys.register(&provider, &[with("a", &budgets)]).await.unwrap();
    let huge = LendRequest { tokens: 5000, ..wish(&provider, ANY) };
    live.loan(&huge).await;
    live.no_loan(&LendRequest { tokens: 1, ..huge }, NoKeyReason::RateLimited).await;
}

/// A key has no more calls under way than it may have; one given back makes room.
pub async fn calls_under_way_are_limited(live: LiveUnderTest) {
    let provider = provider();
    let spec = KeySpec { concurrency: Some(2), ..KeySpec::plain(key("a"), None) };
    live.keys.register(&provider, &[spec]).await.unwrap();
    let wish = wish(&provider, ANY);
    let first = live.loan(&wish).await;
    live.loan(&wish).await;
    assert!(live.no_loan(&wish, NoKeyReason::Busy).await < Duration::from_secs(2));
    assert_eq!(live.statuses(&provider).await[0].under_way, 2);
    live.keys.give_back(&first, Verdict::Healthy.into()).await.unwrap();
    live.loan(&wish).await;
    live.no_loan(&wish, NoKeyReason::Busy).await;
}

/// A key taken out is draining while calls with it are under way, and disabled when the last has ended.
pub async fn a_key_taken_out_drains(live: LiveUnderTest) {
    let provider = provider();
    let spec = KeySpec { concurrency: Some(2), ..KeySpec::plain(key("a"), None) };
    live.keys.register(&provider, &[spec]).await.unwrap();
    let wish = wish(&provider, ANY);
    let loans = [live.loan(&wish).await, live.loan(&wish).await];
    live.set_enabled(&provider, "a", false).await;
    live.none_usable(&provider).await;
    for loan in loans {
        assert_eq!(live.state(&provider, "a").await, KeyState::Draining(None));
        live.keys.give_back(&loan, Verdict::Healthy.into()).await.unwrap();
    }
    assert_eq!(live.state(&provider, "a").await, KeyState::Disabled(None));
}

/// The loan of a worker that died frees itself.
pub async fn a_loan_never_given_back_ends_by_itself(live: LiveUnderTest) {
    let provider = provider();
    let spec = KeySpec { concurrency: Some(1), ..KeySpec::plain(key("a"), None) };
    live.keys.register(&provider, &[spec]).await.unwrap();
    let lease = Duration::from_millis(1500);
    let brief = LendRequest { lease, ..wish(&provider, ANY) };
    live.loan(&brief).await;
    live.no_loan(&brief, NoKeyReason::Busy).await;
    (live.advance)(lease + Duration::from_millis(100)).await;
    live.loan(&brief).await;
}

/// Calls that may take longer are under way for as long as they may.
pub async fn a_short_lease_ends_no_other(live: LiveUnderTest) {
    let provider = provider();
    let spec = KeySpec { concurrency: Some(2), ..KeySpec::plain(key("a"), None) };
    live.keys.register(&provider, &[spec]).await.unwrap();
    let wish = wish(&provider, ANY);
    live.loan(&wish).await;
    let lease = Duration::from_millis(200);
    live.loan(&LendRequest { lease, ..wish.clone() }).await;
    live.no_loan(&wish, NoKeyReason::Busy).await;
    (live.advance)(lease + Duration::from_secs(2)).await;
    assert_eq!(live.statuses(&provider).await[0].under_way, 1);
    live.loan(&wish).await;
    live.no_loan(&wish, NoKeyReason::Busy).await;
}
