//! The live side's place is taken by a copy that lacks the last writes.

use std::time::Duration;

use cluster::servers::{Redis, Server};
use futures_util::{FutureExt, future::BoxFuture};
use tokio::time::sleep;

use super::{
    fault::{Disturbance, Fault},
    latecomer::Latecomer,
    run::survives,
};
use crate::{
    stack::{Distributed, Engines, ask_redis},
    within,
};

/// So many events of answers under way are lost at the least.
const LOST: usize = 60;

/// An answer that takes long enough for all that is done while it comes.
const MODEL: &str = "openai/sim-tokens=480,gap=25ms";

/// Everybody's answer is under way, so that no key is lent until the copy has taken over: a pool that
/// forgets a loan lends nothing for a minute, and that is another test.
fn under_way(disturbance: Disturbance) -> Fault {
    let fault = Fault::with_lost_keys(disturbance);
    Fault { model: MODEL, after: (6, 1), questions: 1, asked_beside: 2, ..fault }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_live_side_fails_over_to_a_copy_that_lacks_the_last_writes() {
    survives(under_way(fail_over)).await;
}

fn fail_over(installation: &mut Distributed) -> BoxFuture<'_, ()> {
    async {
        let latecomer = Latecomer::asks(&installation.stack.url, MODEL).await;
        let engines = &mut installation.engines;
        let mut copy = copy_without_the_last_writes(engines).await;
        engines.redis.kill().await.unwrap();
        copy.take_the_place_of(&engines.redis).await.unwrap();
        engines.redis = copy;
        latecomer.sees_everything().await;
        latecomer.is_answered_once_more().await;
    }
    .boxed()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_live_side_fails_over_and_connections_to_the_old_one_stay() {
    survives(under_way(fail_over_and_demote)).await;
}

/// The old one follows the new one. Who is connected to it stays so, and must not write there.
fn fail_over_and_demote(installation: &mut Distributed) -> BoxFuture<'_, ()> {
    async {
        let latecomer = Latecomer::asks(&installation.stack.url, MODEL).await;
        let engines = &mut installation.engines;
        let mut copy = copy_without_the_last_writes(engines).await;
        let old = &engines.redis;
        let to_it = copy.url();
        let (_, port) = to_it.rsplit_once(':').unwrap();
        ask_redis(old, &["REPLICAOF", "127.0.0.1", port]).await;
        ask_redis(old, &["CONFIG", "SET", "port", "0"]).await;
        copy.take_the_place_of(old).await.unwrap();
        engines.former_redis = Some(std::mem::replace(&mut engines.redis, copy));
        latecomer.sees_everything().await;
        latecomer.is_answered_once_more().await;
    }
    .boxed()
}

/// One that was promoted before the last writes came to it.
async fn copy_without_the_last_writes(engines: &Engines) -> Redis {
    let (old, copy) = (&engines.redis, engines.another_redis().await);
    let url = old.url();
    let (_, port) = url.rsplit_once(':').unwrap();
    // It waits for further copies, otherwise.
    ask_redis(old, &["CONFIG", "SET", "repl-diskless-sync-delay", "0"]).await;
    ask_redis(&copy, &["REPLICAOF", "127.0.0.1", port]).await;
    let following = async {
        while !ask_redis(&copy, &["INFO", "replication"]).await.contains("link_status:up") {
            sleep(Duration::from_millis(10)).await;
        }
    };
    within("a whole copy", following).await;
    ask_redis(&copy, &["REPLICAOF", "NO", "ONE"]).await;
    let writing = async {
        while events(old).await < events(&copy).await + LOST {
            sleep(Duration::from_millis(10)).await;
        }
    };
    within("writes that are lost", writing).await;
    copy
}

/// How many events are in all logs together.
async fn events(redis: &Redis) -> usize {
    const SCRIPT: &str = "local count = 0 \
         for _, log in ipairs(redis.call('KEYS', '*:log')) do \
         count = count + redis.call('LLEN', log) end \
         return count";
    ask_redis(redis, &["EVAL", SCRIPT, "0"]).await.trim().parse().unwrap()
}
