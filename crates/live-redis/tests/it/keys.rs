//! Budgets hold whatever Redis forgets.

use std::time::Duration;

use domain::{
    key::{Budget, KeyId, Measure, NoKeyReason, Period, Verdict},
    model::ProviderName,
};
use live_redis::RedisLive;
use ports::live::{KeyPool, KeySpec, KeyState, Lending, PROBE_EVERY, PROBE_TAKES, Probe, Returned};

use crate::{
    installation::{Prefix, connect},
    server::Server,
};

const BUDGET: u32 = 5;

fn provider() -> ProviderName {
    ProviderName::parse("simulated").unwrap()
}

fn spec(name: &str, requests_per_minute: Option<u32>) -> KeySpec {
    KeySpec::plain(KeyId::new(name), requests_per_minute)
}

async fn lend(live: &RedisLive) -> Lending {
    live.lend(&testkit::keys::wish(&provider(), "any")).await.unwrap()
}

/// How many keys it is lent until it has to wait, which is for the budgets.
async fn lend_all(live: &RedisLive) -> u32 {
    for count in 0.. {
        match lend(live).await {
            Lending::Lent(_) => {}
            Lending::NoneFor(wait, NoKeyReason::RateLimited) => {
                let longest = Duration::from_secs(61);
                assert!(wait > Duration::from_secs(30) && wait <= longest, "{wait:?}");
                return count;
            }
            other => panic!("{other:?}"),
        }
    }
    unreachable!("budgets are finite")
}

struct Pool {
    server: Server,
    prefix: Prefix,
}

impl Pool {
    async fn new() -> Self {
        let server = Server::start().await;
        let prefix = Prefix::new(&server.url());
        Self { server, prefix }
    }

    /// Another process with one key.
    async fn worker(&self) -> RedisLive {
        let live = connect(&self.server.url(), &self.prefix).await;
        live.register(&provider(), &[spec("a", Some(BUDGET))]).await.unwrap();
        live
    }

    fn name(&self) -> String {
        format!("{}pool:{{simulated}}", self.prefix.text)
    }

    fn loans(&self) -> String {
        format!("{}:loans:a", self.name())
    }
}

#[tokio::test]
async fn workers_share_one_budget() {
    let pool = Pool::new().await;
    let (first, second) = (pool.worker().await, pool.worker().await);
    assert!(matches!(lend(&first).await, Lending::Lent(_)));
    assert_eq!(lend_all(&second).await, BUDGET - 1);
    assert_eq!(lend_all(&first).await, 0);
}

#[tokio::test]
async fn a_wiped_pool_counts_every_budget_as_used() {
    let pool = Pool::new().await;
    let (first, second) = (pool.worker().await, pool.worker().await);
    assert_eq!(lend_all(&first).await, BUDGET);
    pool.server.command(&["FLUSHALL"]).await;
    // Neither who lent nor who did not, nor a worker that begins now.
    assert_eq!(lend_all(&second).await, 0);
    assert_eq!(lend_all(&first).await, 0);
    assert_eq!(lend_all(&pool.worker().await).await, 0);
}

#[tokio::test]
async fn a_worker_that_knew_the_wiped_pool_stops_one_that_did_not() {
    let pool = Pool::new().await;
    let old = pool.worker().await;
    assert!(matches!(lend(&old).await, Lending::Lent(_)));
    pool.server.command(&["FLUSHALL"]).await;
    let new = pool.worker().await;
    assert_eq!(lend_all(&old).await, 0);
    assert_eq!(lend_all(&new).await, 0);
}

#[tokio::test]
async fn a_pool_that_lost_its_last_loans_counts_every_budget_as_used() {
    let pool = Pool::new().await;
    let worker = pool.worker().await;
    assert!(matches!(lend(&worker).await, Lending::Lent(_)));
    // As a replica does that had not heard of the loan when it took over.
    pool.server.command(&["DEL", &pool.loans()]).await;
    assert_eq!(lend_all(&worker).await, 0);
    assert_eq!(lend_all(&pool.worker().await).await, 0);
}

#[tokio::test]
async fn keys_without_a_budget_are_lent_from_a_wiped_pool() {
    let pool = Pool::new().await;
    let worker = pool.worker().await;
    worker.register(&provider(), &[spec("a", Some(BUDGET)), spec("b", None)]).await.unwrap();
    pool.server.command(&["FLUSHALL"]).await;
    for _ in 0..3 {
        let Lending::Lent(loan) = lend(&worker).await else { panic!("b has no budget") };
        assert_eq!(loan.key.as_str(), "b");
    }
}

/// A call that was refused: what it did not take falls out of the window like what others took.
#[tokio::test]
async fn nothing_taken_of_a_budget_goes_by_too() {
    for (period, micros) in [(Period::Minute, "-62000000"), (Period::Day, "-86402000000")] {
        let pool = Pool::new().await;
        let live = connect(&pool.server.url(), &pool.prefix).await;
        let name = "tokens".to_owned();
        let budget = Budget { name, model: None, measure: Measure::Tokens, period, limit: 1000 };
        let limited = KeySpec { budgets: vec![budget], ..spec("a", None) };
        live.register(&provider(), &[limited]).await.unwrap();
        let Lending::Lent(loan) = lend(&live).await else { panic!("a is free") };
        let returned = Returned { verdict: Verdict::Healthy, tokens: Some(0) };
        live.give_back(&loan, returned).await.unwrap();
        let spent = format!("{}:spent:tokens", pool.name());
        let ticket = loan.ticket.to_string();
        pool.server.command(&["ZINCRBY", &spent, micros, &ticket]).await;
        assert!(matches!(lend(&live).await, Lending::Lent(_)), "{period:?}");
        let listed = live.keys(&provider()).await.unwrap();
        let wished = testkit::keys::wish(&provider(), "any").tokens;
        assert_eq!(listed[0].budgets[0].used, wished, "{period:?}: only what is lent now");
    }
}

#[tokio::test]
async fn what_a_call_told_is_noted_in_a_wiped_pool() {
    let pool = Pool::new().await;
    let worker = pool.worker().await;
    let Lending::Lent(loan) = lend(&worker).await else { panic!("a is free") };
    pool.server.command(&["FLUSHALL"]).await;
    worker.give_back(&loan, Verdict::Revoked.into()).await.unwrap();
    let listed = worker.keys(&provider()).await.unwrap();
    assert_eq!(listed[0].state, KeyState::Revoked);
}

#[tokio::test]
async fn after_a_window_a_wiped_pool_lends_again() {
    let pool = Pool::new().await;
    let worker = pool.worker().await;
    pool.server.command(&["FLUSHALL"]).await;
    assert_eq!(lend_all(&worker).await, 0);
    // As if that had been a minute ago.
    pool.server.command(&["HSET", &pool.name(), "careful", "1"]).await;
    pool.server.command(&["ZADD", &format!("{}:later", pool.name()), "1", "a"]).await;
    assert_eq!(lend_all(&worker).await, BUDGET);
}

#[tokio::test]
async fn a_look_whose_finding_is_not_told_is_given_to_somebody_else() {
    let pool = Pool::new().await;
    let live = pool.worker().await;
    let key = KeyId::new("a");
    let due = format!("{}:due", pool.name());
    // As if so much time had passed.
    let next_after = async |time: Duration| {
        let earlier = format!("-{}", time.as_micros());
        pool.server.command(&["ZADD", &due, "XX", "INCR", &earlier, "a"]).await;
        live.next_probe(&provider(), std::slice::from_ref(&key)).await.unwrap().is_some()
    };
    let tell = async |found| live.probed(&provider(), &key, found).await.unwrap();
    live.ask_probe(&provider(), &key).await.unwrap();
    assert!(next_after(Duration::ZERO).await);
    assert!(!next_after(PROBE_TAKES / 2).await, "somebody looks");
    assert!(next_after(PROBE_TAKES / 2).await);
    tell("network").await;
    assert!(!next_after(PROBE_EVERY).await, "it was asked for once");
    let Lending::Lent(loan) = lend(&live).await else { panic!("a is free") };
    live.give_back(&loan, Verdict::Revoked.into()).await.unwrap();
    assert!(next_after(PROBE_EVERY).await);
    assert!(next_after(PROBE_TAKES).await);
    tell("invalid_key").await;
    assert!(!next_after(PROBE_TAKES).await);
    assert!(next_after(PROBE_EVERY).await);
    tell(Probe::WELL).await;
    assert!(!next_after(PROBE_EVERY).await);
}
