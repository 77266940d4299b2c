//! Engines that stop, forget, or stand still.

use std::time::Duration;

use cluster::servers::Server;
use futures_util::{FutureExt, future::BoxFuture};
use tokio::time::sleep;

use super::{
    fault::{Disturbance, Fault},
    run::survives,
};
use crate::{client::Client, stack::Distributed};

/// One test per disturbance of an engine.
macro_rules! disturbances {
    ($($case:ident: $fault:expr),+ $(,)?) => {
        $(
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $case() {
                survives($fault).await;
            }
        )+
    };
}

disturbances! {
    the_live_side_forgets_its_scripts: unnoticed(forget_scripts),
    // What is stopped then is stopped without it.
    the_live_side_stands_still: Fault { lost_keys: true, ..Fault::by(pause_redis) },
    subscriptions_are_cut: cut_off(),
    the_store_cuts_every_connection: beside_answers(cut_store),
    the_broker_cuts_every_connection: Fault { refuses_nothing: true, ..Fault::by(cut_broker) },
    the_broker_lets_nobody_publish: left_behind(),
    the_broker_knows_no_way_to_a_queue: misled(),
}

/// Answers go on.
fn beside_answers(disturbance: Disturbance) -> Fault {
    Fault { ends_no_answer: true, ..Fault::by(disturbance) }
}

/// Nobody even sees an error.
fn unnoticed(disturbance: Disturbance) -> Fault {
    Fault { refuses_nothing: true, ..beside_answers(disturbance) }
}

/// Answers are long enough to be missed.
pub fn cut_off() -> Fault {
    Fault { model: "openai/sim-tokens=100,gap=10ms", ..unnoticed(cut_subscriptions) }
}

/// Somebody asks while the broker takes nothing, so that there is something left behind.
pub fn left_behind() -> Fault {
    Fault { asked_beside: 1, ..unnoticed(forbid_publishing) }
}

/// Without a way to its queue, a message that nobody insists on is confirmed and gone.
pub fn misled() -> Fault {
    unnoticed(mislead_requests)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_live_side_forgets_everything() {
    survives(flushed()).await;
}

/// Keys may be used often enough for what is asked before, or behind it, but not for both.
pub fn flushed() -> Fault {
    let fault = Fault { key_limit: 3, after: (6, 1), ..Fault::with_lost_keys(flush) };
    // No more than two at once for each, so that all six may ask.
    let fault = Fault { key_concurrency: Some(2), ..fault };
    Fault { model: "openai/sim-tokens=60,gap=20ms", ..fault }
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
        for _ in 0..40 {
            installation.engines.redis_command(&["CLIENT", "KILL", "TYPE", "pubsub"]).await;
            sleep(Duration::from_millis(25)).await;
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

fn forbid_publishing(installation: &mut Distributed) -> BoxFuture<'_, ()> {
    async {
        installation.engines.may_publish(false).await;
        let somebody = Client::register(&installation.stack.url).await;
        somebody.generate(&somebody.chat().await, "openai/sim-tokens=3").await;
        // Long enough for every process to have tried, whatever pauses it makes.
        sleep(Duration::from_secs(12)).await;
        installation.engines.may_publish(true).await;
    }
    .boxed()
}

fn mislead_requests(installation: &mut Distributed) -> BoxFuture<'_, ()> {
    async {
        for _ in 0..50 {
            installation.engines.unbind("generation", "generation.requests.openai", "openai").await;
            sleep(Duration::from_millis(20)).await;
        }
        installation.engines.bind("generation", "generation.requests.openai", "openai").await;
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
