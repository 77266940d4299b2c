//! Engines that stop, forget, or stand still.

use std::time::Duration;

use cluster::servers::Server;
use futures_util::{FutureExt, future::BoxFuture};
use tokio::time::sleep;

use super::{fault::Fault, run::survives};
use crate::stack::Distributed;

/// One test per disturbance of an engine.
macro_rules! disturbances {
    ($($case:ident: $disturb:ident),+ $(,)?) => {
        $(
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $case() {
                survives(Fault::by($disturb)).await;
            }
        )+
    };
}

disturbances! {
    the_live_side_forgets_its_scripts: forget_scripts,
    the_live_side_stands_still: pause_redis,
    subscriptions_are_cut: cut_subscriptions,
    the_store_cuts_every_connection: cut_store,
    the_broker_cuts_every_connection: cut_broker,
    the_broker_lets_nobody_publish: forbid_publishing,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_live_side_forgets_everything() {
    survives(Fault::with_lost_keys(flush)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_live_side_is_killed() {
    survives(Fault::with_lost_keys(kill_redis)).await;
}

fn flush(installation: &mut Distributed) -> BoxFuture<'_, ()> {
    async {
        for _ in 0..3 {
            installation.engines.redis_command(&["FLUSHALL"]).await;
            sleep(Duration::from_millis(150)).await;
        }
    }
    .boxed()
}

fn forget_scripts(installation: &mut Distributed) -> BoxFuture<'_, ()> {
    async {
        for _ in 0..20 {
            installation.engines.redis_command(&["SCRIPT", "FLUSH"]).await;
            sleep(Duration::from_millis(20)).await;
        }
    }
    .boxed()
}

fn pause_redis(installation: &mut Distributed) -> BoxFuture<'_, ()> {
    installation.engines.redis_command(&["CLIENT", "PAUSE", "5000", "ALL"]).boxed()
}

fn kill_redis(installation: &mut Distributed) -> BoxFuture<'_, ()> {
    async {
        let redis = &mut installation.engines.redis;
        redis.kill().await.unwrap();
        sleep(Duration::from_secs(1)).await;
        redis.restart().await.unwrap();
    }
    .boxed()
}

fn cut_subscriptions(installation: &mut Distributed) -> BoxFuture<'_, ()> {
    async {
        for _ in 0..30 {
            installation.engines.redis_command(&["CLIENT", "KILL", "TYPE", "pubsub"]).await;
            sleep(Duration::from_millis(50)).await;
        }
    }
    .boxed()
}

fn cut_store(installation: &mut Distributed) -> BoxFuture<'_, ()> {
    async {
        for _ in 0..10 {
            installation.engines.cut_store().await;
            sleep(Duration::from_millis(100)).await;
        }
    }
    .boxed()
}

/// For longer than a row of the outbox belongs to one process.
pub fn forbid_publishing(installation: &mut Distributed) -> BoxFuture<'_, ()> {
    async {
        installation.engines.may_publish(false).await;
        sleep(Duration::from_secs(8)).await;
        installation.engines.may_publish(true).await;
    }
    .boxed()
}

fn cut_broker(installation: &mut Distributed) -> BoxFuture<'_, ()> {
    async {
        for _ in 0..3 {
            installation.engines.cut_broker().await;
            sleep(Duration::from_millis(500)).await;
        }
    }
    .boxed()
}
