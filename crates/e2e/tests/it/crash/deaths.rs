//! Processes that die or stop at the worst moments.

use std::time::Duration;

use futures_util::{FutureExt, future::BoxFuture};
use tokio::time::sleep;

use super::{
    fault::{Fault, Place},
    hand_back::are_under_way,
    run::survives,
};
use crate::{
    chance::Chance,
    stack::{Distributed, Service},
    within,
};

/// The longest pause between two things that are done to an installation in turn.
const PAUSE: Duration = Duration::from_millis(300);

/// Every process of `installation`, in any order, each after a pause.
fn in_any_order<'a>(
    installation: &'a mut Distributed,
    chance: &mut Chance,
) -> Vec<(&'a mut Service, Duration)> {
    let services = chance.shuffled(installation.services().collect());
    services.into_iter().map(|service| (service, chance.pause(PAUSE))).collect()
}

/// One test per place at which every process of a service dies once.
macro_rules! deaths {
    ($($case:ident: $service:literal at $name:literal within $within:literal is $fault:expr),+ $(,)?) => {
        $(
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $case() {
                let place = Place { service: $service, name: $name, within: $within };
                survives(Fault { places: vec![place], ..$fault }).await;
            }
        )+
    };
}

/// No answer goes through the process that dies.
pub fn beside_answers() -> Fault {
    Fault { ends_no_answer: true, ..Fault::default() }
}

/// Nobody talks to the process that dies.
fn behind_the_scenes() -> Fault {
    Fault { refuses_nothing: true, ..beside_answers() }
}

/// A worker dies that has no other answer under way.
fn alone() -> Fault {
    Fault { people: 1, questions: 6, ..behind_the_scenes() }
}

/// The same, where the next question may come to it before it is dead.
fn alone_at_last() -> Fault {
    Fault { ends_no_answer: false, loses_no_answer: true, ..alone() }
}

/// Others under way end with the worker.
fn with_answers() -> Fault {
    Fault { refuses_nothing: true, ..Fault::default() }
}

deaths! {
    the_api_dies_before_the_commit:
        "api" at "api.before_commit" within 3 is beside_answers(),
    the_api_dies_after_the_commit:
        "api" at "api.after_commit" within 3 is beside_answers(),
    the_relay_dies_before_publishing:
        "api" at "relay.before_publish" within 6 is beside_answers(),
    the_relay_dies_after_the_confirm:
        "api" at "relay.after_confirm" within 6 is beside_answers(),
    the_settler_dies_before_the_commit:
        "api" at "settler.before_commit" within 3 is beside_answers(),
    the_settler_dies_after_the_commit:
        "api" at "settler.after_commit" within 3 is beside_answers(),
    the_settler_dies_before_the_ack:
        "api" at "settler.before_ack" within 4 is beside_answers(),
    the_worker_dies_on_a_delivery:
        "provider-worker" at "worker.on_delivery" within 4 is with_answers(),
    the_worker_dies_in_the_stream:
        "provider-worker" at "worker.chunk" within 80 is with_answers(),
    the_worker_dies_after_the_seal:
        "provider-worker" at "worker.after_seal" within 2 is alone(),
    the_worker_dies_before_the_ack:
        "provider-worker" at "worker.before_ack" within 2 is alone_at_last(),
    the_accountant_dies_before_the_commit:
        "accounting-worker" at "accounting.before_commit" within 2 is behind_the_scenes(),
    the_accountant_dies_after_the_commit:
        "accounting-worker" at "accounting.after_commit" within 2 is behind_the_scenes(),
}

/// Deaths on the way to a retry.
macro_rules! deaths_at_a_retry {
    ($($case:ident at $name:literal),+ $(,)?) => {
        $(
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $case() {
                // With every key, so that no other one can answer at once.
                let script = vec![(Some(18), "status=503")];
                let fault = Fault::at(Place { service: "provider-worker", name: $name, within: 2 });
                survives(Fault { script, refuses_nothing: true, ..fault }).await;
            }
        )+
    };
}

deaths_at_a_retry! {
    the_worker_dies_with_the_log_parked at "worker.after_park",
    the_worker_dies_with_the_retry_published at "worker.after_retry_confirm",
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_process_is_replaced_in_turn() {
    // Answers are long enough to see a process go and come.
    let model = "openai/sim-tokens=100,gap=20ms";
    let fault = Fault { ends_no_answer: true, refuses_nothing: true, ..Fault::by(roll) };
    survives(Fault { model, questions: 1, asks_on: true, ..fault }).await;
}

/// So many answers are under way whenever a process has to go.
const UNDER_WAY: usize = 3;

fn roll(installation: &mut Distributed) -> BoxFuture<'_, ()> {
    async {
        let record = installation.stack.record();
        for (service, pause) in in_any_order(installation, &mut Chance::of("roll")) {
            sleep(pause).await;
            within("answers under way", are_under_way(&record, UNDER_WAY)).await;
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
        for (service, pause) in in_any_order(installation, &mut Chance::of("kill each")) {
            sleep(pause).await;
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
        for (service, _) in in_any_order(installation, &mut Chance::of("kill all")) {
            service.signal("KILL").await;
        }
        for service in installation.services() {
            service.start_again(&[]).await;
        }
    }
    .boxed()
}
