//! Workers that end and hand their jobs back, so often that nobody would take that for a death any more.

use std::{collections::BTreeSet, time::Duration};

use futures_util::{FutureExt, future::BoxFuture};
use simulated_provider::{CallView, Record};
use tokio::time::sleep;

use super::{fault::Fault, run::survives};
use crate::{stack::Distributed, within};

/// How often the workers are replaced, all in turn.
const ROUNDS: usize = 3;

/// So many answers are under way at the least: all but one that may have been stopped.
const UNDER_WAY: usize = 5;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn long_answers_move_from_worker_to_worker() {
    // Longer than all of it takes, and with no time to end.
    let model = "openai/sim-tokens=500,gap=40ms";
    let settings = vec![("SHUTDOWN_GRACE_SECONDS", "1")];
    let fault = Fault { model, settings, after: (UNDER_WAY, 2), ..Fault::by(move_about) };
    survives(Fault { questions: 1, refuses_nothing: true, ..fault }).await;
}

/// A job is handed back by every worker that has it, from the second on as a message of its own.
fn move_about(installation: &mut Distributed) -> BoxFuture<'_, ()> {
    async {
        let record = installation.stack.record();
        for _ in 0..ROUNDS {
            for worker in &mut installation.workers {
                within("answers under way", are_under_way(&record, UNDER_WAY)).await;
                worker.signal("TERM").await;
                worker.start_again(&[]).await;
            }
        }
        let heard = installation.engines.heard().await;
        let counts: BTreeSet<_> = heard.iter().filter_map(|m| m.header("x-handed-back")).collect();
        assert!(counts.contains("1") && counts.contains("2"), "handed back: {counts:?}");
    }
    .boxed()
}

/// Waits until so many answers have begun and not ended.
pub async fn are_under_way(record: &Record, count: usize) {
    let goes_on = |call: &&CallView| call.end.is_none() && call.tokens > 0;
    while record.calls().iter().filter(goes_on).count() < count {
        sleep(Duration::from_millis(10)).await;
    }
}
