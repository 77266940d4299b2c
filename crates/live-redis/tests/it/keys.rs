//! Budgets hold whatever Redis forgets.

use std::time::Duration;

use domain::{
    key::{KeyId, NoKeyReason, Verdict},
    model::ProviderName,
};
use live_redis::RedisLive;
use ports::live::{KeyPool, KeySpec, KeyState, Lending};

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
