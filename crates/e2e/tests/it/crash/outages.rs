//! Servers that are away, or refuse, for a while.

use std::time::Duration;

use cluster::servers::Server;
use futures_util::{FutureExt, future::BoxFuture};
use tokio::time::sleep;

use super::{
    fault::{Disturbance, Fault, Servers},
    run::survives,
};
use crate::stack::{Distributed, Own};

/// For how long a server is away.
const OUTAGE: Duration = Duration::from_secs(5);

/// A queue declared less than this before the broker is killed may be lost with it.
const SETTLED: Duration = Duration::from_secs(3);

/// Answers go on, whatever becomes of them.
fn on_own_servers(disturbance: Disturbance) -> Fault {
    Fault { servers: Servers::Own, ends_no_answer: true, ..Fault::by(disturbance) }
}

/// Whoever asks is told that it is accepted.
fn without_the_broker(disturbance: Disturbance) -> Fault {
    Fault { refuses_nothing: true, ..on_own_servers(disturbance) }
}

/// The first calls fail with every key, so that the jobs wait on the ladder.
fn with_retries(disturbance: Disturbance) -> Fault {
    let script = vec![(Some(18), "status=503")];
    Fault { script, after: (18, 0), ..without_the_broker(disturbance) }
}

fn own(installation: &mut Distributed) -> &mut Own {
    installation.engines.own.as_mut().expect("the fault wants servers of its own")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_broker_is_killed() {
    survives(without_the_broker(kill_broker)).await;
}

/// Its messages are handed over again, to workers that have them already.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_broker_is_killed_while_answers_stream() {
    let outlasts_it = "openai/sim-tokens=300,gap=50ms";
    let fault = without_the_broker(kill_broker);
    survives(Fault { model: outlasts_it, questions: 1, ..fault }).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_broker_is_killed_while_jobs_wait_on_the_ladder() {
    survives(with_retries(kill_broker)).await;
}

fn kill_broker(installation: &mut Distributed) -> BoxFuture<'_, ()> {
    async {
        sleep(SETTLED).await;
        let broker = &mut own(installation).rabbitmq;
        broker.kill().await.unwrap();
        sleep(Duration::from_secs(1)).await;
        broker.restart().await.unwrap();
    }
    .boxed()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_broker_takes_nothing_for_a_while() {
    survives(without_the_broker(alarm)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_broker_takes_no_retry_for_a_while() {
    survives(with_retries(alarm)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_broker_has_no_room_on_its_disk_for_a_while() {
    survives(without_the_broker(alarm_of_the_disk)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_broker_has_no_room_for_a_retry_for_a_while() {
    survives(with_retries(alarm_of_the_disk)).await;
}

/// Short of room on its disk it does the same.
fn alarm_of_the_disk(installation: &mut Distributed) -> BoxFuture<'_, ()> {
    async {
        let broker = &own(installation).rabbitmq;
        broker.control(&["set_disk_free_limit", "900000GB"]).await.unwrap();
        sleep(OUTAGE).await;
        broker.control(&["set_disk_free_limit", "50MB"]).await.unwrap();
    }
    .boxed()
}

/// Short of memory, the broker stops to read from whoever publishes.
fn alarm(installation: &mut Distributed) -> BoxFuture<'_, ()> {
    async {
        let broker = &own(installation).rabbitmq;
        broker.control(&["set_vm_memory_high_watermark", "0.0000001"]).await.unwrap();
        sleep(OUTAGE).await;
        broker.control(&["set_vm_memory_high_watermark", "0.4"]).await.unwrap();
    }
    .boxed()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_store_is_killed() {
    survives(on_own_servers(kill_store)).await;
}

fn kill_store(installation: &mut Distributed) -> BoxFuture<'_, ()> {
    async {
        let store = &mut own(installation).postgres;
        store.kill().await.unwrap();
        sleep(OUTAGE).await;
        store.restart().await.unwrap();
    }
    .boxed()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn messages_that_nobody_can_read_are_parked() {
    // Each is told once, as an error: somebody has to look.
    let expected_errors = vec!["parked among the dead letters"];
    let fault = Fault { nonsense: 3, expected_errors, ..Fault::by(talk_nonsense) };
    survives(Fault { ends_no_answer: true, refuses_nothing: true, ..fault }).await;
}

fn talk_nonsense(installation: &mut Distributed) -> BoxFuture<'_, ()> {
    async {
        for _ in 0..3 {
            installation.engines.publish_nonsense("openai").await;
        }
    }
    .boxed()
}
