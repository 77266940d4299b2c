//! Processes that die or stop at the worst moments.

use std::time::Duration;

use futures_util::{FutureExt, future::BoxFuture};
use tokio::time::sleep;

use super::{fault::Fault, run::survives};
use crate::stack::Distributed;

/// One test per place at which every process of a service dies once.
macro_rules! deaths {
    ($($case:ident: $service:literal at $place:literal),+ $(,)?) => {
        $(
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $case() {
                survives(Fault::at($service, $place)).await;
            }
        )+
    };
}

deaths! {
    the_api_dies_before_the_commit: "api" at "api.before_commit=kill@2",
    the_api_dies_after_the_commit: "api" at "api.after_commit=kill@2",
    the_relay_dies_before_publishing: "api" at "relay.before_publish=kill@4",
    the_relay_dies_after_the_confirm: "api" at "relay.after_confirm=kill@4",
    the_settler_dies_before_the_commit: "api" at "settler.before_commit=kill@2",
    the_settler_dies_after_the_commit: "api" at "settler.after_commit=kill@2",
    the_settler_dies_before_the_ack: "api" at "settler.before_ack=kill@3",
    the_worker_dies_on_a_delivery: "provider-worker" at "worker.on_delivery=kill@3",
    the_worker_dies_in_the_stream: "provider-worker" at "worker.chunk=kill@40",
    the_worker_dies_after_the_seal: "provider-worker" at "worker.after_seal=kill@2",
    the_worker_dies_before_the_ack: "provider-worker" at "worker.before_ack=kill@2",
    the_accountant_dies_before_the_commit: "accounting-worker" at "accounting.before_commit=kill@2",
    the_accountant_dies_after_the_commit: "accounting-worker" at "accounting.after_commit=kill@2",
}

/// Deaths on the way to a retry.
macro_rules! deaths_at_a_retry {
    ($($case:ident at $place:literal),+ $(,)?) => {
        $(
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $case() {
                // With every key, so that no other one can answer at once.
                let script = vec![(Some(18), "status=503")];
                survives(Fault { script, ..Fault::at("provider-worker", $place) }).await;
            }
        )+
    };
}

deaths_at_a_retry! {
    the_worker_dies_with_the_log_parked at "worker.after_park=kill",
    the_worker_dies_with_the_retry_published at "worker.after_retry_confirm=kill",
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_process_is_replaced_in_turn() {
    survives(Fault { questions: 5, ..Fault::by(roll) }).await;
}

fn roll(installation: &mut Distributed) -> BoxFuture<'_, ()> {
    async {
        for service in installation.services() {
            service.signal("TERM").await;
            service.start_again(&[]).await;
        }
    }
    .boxed()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_process_is_killed_in_turn() {
    survives(Fault { questions: 5, ..Fault::by(kill_each) }).await;
}

fn kill_each(installation: &mut Distributed) -> BoxFuture<'_, ()> {
    async {
        for service in installation.services() {
            service.replace(&[]).await;
        }
    }
    .boxed()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everything_is_killed_at_once() {
    survives(Fault { questions: 2, ..Fault::by(kill_all) }).await;
}

fn kill_all(installation: &mut Distributed) -> BoxFuture<'_, ()> {
    async {
        for service in installation.services() {
            service.signal("KILL").await;
        }
        for service in installation.services() {
            service.start_again(&[]).await;
        }
    }
    .boxed()
}

/// Three heartbeats and a little: the broker gives a silent worker's jobs to others.
const UNTIL_GIVEN_AWAY: Duration = Duration::from_secs(17);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_worker_that_was_asleep_writes_nothing_any_more() {
    survives(Fault { questions: 2, has_sleeper: true, ..Fault::by(sleepwalk) }).await;
}

/// A worker stands still until its jobs are given to others, and then goes on.
pub fn sleepwalk(installation: &mut Distributed) -> BoxFuture<'_, ()> {
    async {
        installation.workers[0].signal("STOP").await;
        sleep(UNTIL_GIVEN_AWAY).await;
        installation.workers[0].signal("CONT").await;
    }
    .boxed()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nor_when_the_logs_were_lost_in_the_meantime() {
    let fault = Fault::with_lost_keys(sleepwalk_through_a_flush);
    survives(Fault { has_sleeper: true, ..fault }).await;
}

fn sleepwalk_through_a_flush(installation: &mut Distributed) -> BoxFuture<'_, ()> {
    async {
        installation.workers[0].signal("STOP").await;
        installation.engines.redis_command(&["FLUSHALL"]).await;
        sleep(UNTIL_GIVEN_AWAY).await;
        installation.workers[0].signal("CONT").await;
    }
    .boxed()
}
