//! The checker is no ornament: bugs planted on purpose are found.

use std::time::Duration;

use futures_util::{FutureExt, future::BoxFuture};
use tokio::time::sleep;

use super::{
    deaths::sleepwalk,
    fault::Fault,
    run::{keep_outputs, run},
};
use crate::{client::Client, stack::Distributed};

/// How long anybody waits for what the bug has lost.
const PATIENCE: Duration = Duration::from_secs(20);

/// Runs `fault` with `bug`, and fails unless an invariant among `numbers` is found broken.
async fn is_caught(bug: &'static str, numbers: &[u8], fault: Fault) {
    let fault = Fault { bugs: bug, ..fault };
    let (found, outputs) = Box::pin(run(fault)).await;
    let named = |violation: &String| {
        numbers.iter().any(|number| violation.starts_with(&format!("invariant {number}:")))
    };
    let is_caught = found.iter().any(named);
    if !is_caught {
        keep_outputs(&outputs);
    }
    assert!(is_caught, "{bug} was not caught by {numbers:?}: {found:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_log_without_a_fence() {
    let model = "openai/sim-tokens=60,gap=150ms";
    // The sleeper wakes with the rest of the text in hand, and does not give the call up.
    let settings = vec![("PROVIDER_PROGRESS_SECONDS", "60")];
    let patience = Duration::from_secs(40);
    let after = (5, 8);
    let fault = Fault { model, settings, patience, after, questions: 1, ..Fault::by(sleepwalk) };
    is_caught("drop_fence", &[2, 4, 5, 6], fault).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_ack_before_the_commit() {
    let fault = Fault { patience: PATIENCE, ..Fault::at("api", "settler.before_commit=kill@2") };
    is_caught("ack_before_commit", &[2, 18], fault).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_outbox_read_by_number() {
    let patience = Duration::from_secs(50);
    // Every process tries what is left behind, and would go on behind it.
    let fault = Fault { patience, ..Fault::by(ask_while_nothing_is_published) };
    is_caught("outbox_id_cursor", &[2, 11, 18], fault).await;
}

/// Somebody asks while the broker takes nothing, so that there is something left behind.
fn ask_while_nothing_is_published(installation: &mut Distributed) -> BoxFuture<'_, ()> {
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

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn subscriptions_taken_for_data() {
    let model = "openai/sim-tokens=100,gap=10ms";
    let fault = Fault { model, patience: PATIENCE, ..Fault::by(cut_for_a_while) };
    is_caught("pubsub_as_data", &[4, 5, 18], fault).await;
}

fn cut_for_a_while(installation: &mut Distributed) -> BoxFuture<'_, ()> {
    async {
        for _ in 0..40 {
            installation.engines.redis_command(&["CLIENT", "KILL", "TYPE", "pubsub"]).await;
            sleep(Duration::from_millis(25)).await;
        }
    }
    .boxed()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn messages_that_lead_nowhere() {
    let fault = Fault { questions: 2, patience: PATIENCE, ..Fault::by(mislead_requests) };
    is_caught("skip_mandatory", &[2, 18], fault).await;
}

/// Without a way to its queue, a message that nobody insists on is confirmed and gone.
fn mislead_requests(installation: &mut Distributed) -> BoxFuture<'_, ()> {
    async {
        for _ in 0..50 {
            installation.engines.unbind("generation", "generation.requests.openai", "openai").await;
            sleep(Duration::from_millis(20)).await;
        }
    }
    .boxed()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rest_that_is_cut_short() {
    let script = vec![
        (Some(1), "status=429,retry-after=8,ttft=200ms"),
        (Some(3), "status=429,retry-after=1,ttft=400ms"),
    ];
    let fault = Fault { script, keys: "sim-a", people: 4, questions: 2, ..Fault::default() };
    is_caught("min_cooldown", &[9], fault).await;
}
