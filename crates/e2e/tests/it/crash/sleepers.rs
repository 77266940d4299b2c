//! Workers that stand still for so long that their jobs are given to others, and then go on.

use std::time::Duration;

use futures_util::{FutureExt, future::BoxFuture};
use tokio::time::sleep;

use super::{fault::Fault, run::survives};
use crate::{
    checker::{LiveState, LogState},
    stack::Distributed,
    within,
};

/// Between two looks at something that takes a moment.
const LOOK: Duration = Duration::from_millis(50);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_worker_that_was_asleep_writes_nothing_any_more() {
    survives(asleep()).await;
}

/// The sleeper wakes with the rest of the text in hand, and does not give the call up.
pub fn asleep() -> Fault {
    let model = "openai/sim-tokens=60,gap=150ms";
    let settings = vec![("PROVIDER_PROGRESS_SECONDS", "60")];
    let after = (5, 8);
    let fault = Fault { model, settings, after, questions: 1, ..Fault::by(sleepwalk) };
    Fault { has_sleeper: true, refuses_nothing: true, ..fault }
}

/// A worker with an answer under way stands still until that is another's, and then goes on.
fn sleepwalk(installation: &mut Distributed) -> BoxFuture<'_, ()> {
    async {
        let sleeper = Sleeper::falls_asleep(installation).await;
        sleeper.wakes_too_late(installation).await;
    }
    .boxed()
}

/// A worker that stands still.
struct Sleeper {
    /// Which one.
    number: usize,
    id: u32,
    /// What it has begun to answer.
    jobs: Vec<String>,
}

impl Sleeper {
    /// One that has told something of an answer.
    async fn falls_asleep(installation: &mut Distributed) -> Self {
        let sleeper = within("an answer under way", async {
            loop {
                let logs = LiveState::read(&installation.engines.redis).await.logs;
                for (number, worker) in installation.workers.iter().enumerate() {
                    let id = worker.id();
                    let jobs = logs.iter().filter(|log| log.is_of(id) && log.tells_text());
                    let jobs: Vec<_> = jobs.map(|log| log.generation.clone()).collect();
                    if !jobs.is_empty() {
                        return Self { number, id, jobs };
                    }
                }
                sleep(LOOK).await;
            }
        });
        let sleeper = sleeper.await;
        installation.workers[sleeper.number].signal("STOP").await;
        sleeper
    }

    /// Goes on when the broker has given a job of its to another, who writes the log by then.
    async fn wakes_too_late(self, installation: &mut Distributed) {
        let is_anothers = |log: &LogState| {
            self.jobs.contains(&log.generation) && !log.worker.is_empty() && !log.is_of(self.id)
        };
        within("another on the job", async {
            while !LiveState::read(&installation.engines.redis).await.logs.iter().any(is_anothers) {
                sleep(LOOK).await;
            }
        })
        .await;
        installation.workers[self.number].signal("CONT").await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nor_when_the_logs_were_lost_in_the_meantime() {
    let Fault { model, settings, after, has_sleeper, .. } = asleep();
    let fault = Fault::with_lost_keys(sleepwalk_through_a_flush);
    survives(Fault { model, settings, after, has_sleeper, questions: 1, ..fault }).await;
}

fn sleepwalk_through_a_flush(installation: &mut Distributed) -> BoxFuture<'_, ()> {
    async {
        let sleeper = Sleeper::falls_asleep(installation).await;
        installation.engines.redis_command(&["FLUSHALL"]).await;
        sleeper.wakes_too_late(installation).await;
    }
    .boxed()
}
