//! Servers that are away, or refuse, for a while.

use std::time::Duration;

use cluster::servers::Server;
use futures_util::{
    FutureExt,
    future::{BoxFuture, join_all},
};
use simulated_provider::CallView;
use tokio::time::sleep;

use super::{
    fault::{Disturbance, Fault, Servers},
    people::{Manner, Person, SHORT},
    run::survives,
};
use crate::{
    checker::{History, Mark, StoreState, is_terminal},
    stack::{Distributed, Engines, Own},
    within,
};

/// For how long a server is away.
const OUTAGE: Duration = Duration::from_secs(5);

/// A queue declared less than this before the broker is killed may be lost with it.
const SETTLED: Duration = Duration::from_secs(3);

/// Between two looks at something that takes a moment.
const LOOK: Duration = Duration::from_millis(20);

/// Who asks while a server is away.
const SOMEBODY: &str = "somebody";

/// Answers go on, whatever becomes of them.
fn on_own_servers(disturbance: Disturbance) -> Fault {
    Fault { servers: Servers::Own, ends_no_answer: true, ..Fault::by(disturbance) }
}

/// Whoever asks is told that it is accepted.
fn without_the_broker(disturbance: Disturbance) -> Fault {
    Fault { refuses_nothing: true, ..on_own_servers(disturbance) }
}

/// The same, with people who ask all the time.
fn in_use(disturbance: Disturbance) -> Fault {
    Fault { asks_on: true, ..without_the_broker(disturbance) }
}

/// The wait on the ladder of [`with_retries`]: longer than it takes to break something, on a machine that is busy.
const RUNG: Duration = Duration::from_secs(12);

/// Where jobs wait so long.
const WAITING: &str = "generation.retry.12s.openai";

/// A call that fails with every key, and is worth a try on that rung. No key rests for it, and the provider does not
/// count as overloaded.
const REFUSED: &str = "status=408,retry-after=12";

/// Calls fail from a moment before the disturbance until it is over, so that jobs wait on the ladder meanwhile.
fn with_retries(disturbance: Disturbance) -> Fault {
    let settings = vec![("QUEUE_RETRY_DELAYS", "1,2,3,12")];
    let fault = Fault { settings, ladder: &[RUNG; 4], ..in_use(disturbance) };
    Fault { recovery: fault.recovery + RUNG, patience: fault.patience + 3 * RUNG, ..fault }
}

fn own(installation: &mut Distributed) -> &mut Own {
    installation.engines.own.as_mut().expect("the fault wants servers of its own")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_broker_is_killed() {
    survives(in_use(kill_broker)).await;
}

/// Its messages are handed over again, to workers that have them already.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_broker_is_killed_while_answers_stream() {
    let outlasts_it = "openai/sim-tokens=300,gap=50ms";
    let fault = without_the_broker(kill_broker);
    survives(Fault { model: outlasts_it, questions: 1, ..fault }).await;
}

fn kill_broker(installation: &mut Distributed) -> BoxFuture<'_, ()> {
    async {
        sleep(SETTLED).await;
        let record = installation.stack.record();
        let goes_on = |call: &CallView| call.end.is_none() && call.tokens > 0;
        within("a call", record.wait_for(|calls| calls.iter().any(goes_on))).await;
        own(installation).rabbitmq.kill().await.unwrap();
        let store = StoreState::read(&installation.engines.database_url).await;
        let is_open = store.generations.iter().any(|row| !is_terminal(&row.status));
        assert!(is_open, "nothing was accepted before that ends after it");
        while_somebody_asks(installation, Duration::ZERO, async |own| {
            own.rabbitmq.restart().await.unwrap();
        })
        .await;
    }
    .boxed()
}

/// Somebody asks, and is told that it is accepted; the job has to wait in the store. After so much `time` of it all is
/// `mended`, and the question answered.
async fn while_somebody_asks(
    installation: &mut Distributed,
    time: Duration,
    mended: impl AsyncFnOnce(&mut Own),
) {
    let (history, record) = (installation.stack.history.clone(), installation.stack.record());
    let url = &installation.stack.url;
    let somebody = Person::arrive(url, SOMEBODY.to_owned(), &history, &record).await;
    let engines = &mut installation.engines;
    let mending = async {
        within("a job that waits", waits_in_the_store(engines, &history)).await;
        sleep(time).await;
        within("a job that waits on", waits_in_the_store(engines, &history)).await;
        mended(engines.own.as_mut().expect("the fault wants servers of its own")).await;
        history.mark(Mark::FaultOver);
    };
    tokio::join!(somebody.ask(0, SHORT, Manner::Watch), mending);
}

/// Waits until the job of somebody's question is accepted and not published.
async fn waits_in_the_store(engines: &Engines, history: &History) {
    loop {
        let accepted = history.all_accepted();
        let question = accepted.iter().find(|accepted| accepted.user == SOMEBODY);
        if let Some(question) = question
            && engines.is_unsent(&question.generation).await
        {
            return;
        }
        sleep(LOOK).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_broker_is_killed_while_jobs_wait_on_the_ladder() {
    survives(with_retries(kill_broker_under_the_ladder)).await;
}

fn kill_broker_under_the_ladder(installation: &mut Distributed) -> BoxFuture<'_, ()> {
    async {
        sleep(SETTLED).await;
        refuse_calls(installation).await;
        // They have just come, and it takes no time to kill a process.
        let broker = &mut own(installation).rabbitmq;
        broker.kill().await.unwrap();
        broker.restart().await.unwrap();
        installation.stack.script(&[]);
    }
    .boxed()
}

/// Has every call fail from now on, and waits until a job is on the ladder.
async fn refuse_calls(installation: &Distributed) {
    installation.stack.script(&[(None, REFUSED)]);
    within("a job on the ladder", has_messages(installation, WAITING, "messages")).await;
}

/// Waits until the broker says that there are `some` in a queue.
async fn has_messages(installation: &Distributed, queue: &str, some: &str) {
    while installation.engines.queue(queue).await[some].as_u64().unwrap_or_default() == 0 {
        sleep(LOOK).await;
    }
}

/// What the broker runs short of.
#[derive(Clone, Copy)]
enum Room {
    /// It stops to read from whoever publishes.
    Memory,
    /// It does the same.
    Disk,
}

impl Room {
    /// Leaves none of it to the broker, and returns when the broker has noticed.
    async fn take(self, installation: &mut Distributed) {
        let command = match self {
            Self::Memory => ["set_vm_memory_high_watermark", "0.0000001"],
            Self::Disk => ["set_disk_free_limit", "900000GB"],
        };
        let engines = &installation.engines;
        let broker = &engines.own.as_ref().expect("the fault wants servers of its own").rabbitmq;
        let (told, ()) =
            tokio::join!(broker.control(&command), within("an alarm", engines.is_alarmed()));
        told.unwrap();
    }

    async fn give_back(self, own: &mut Own) {
        let command = match self {
            Self::Memory => ["set_vm_memory_high_watermark", "0.4"],
            Self::Disk => ["set_disk_free_limit", "50MB"],
        };
        own.rabbitmq.control(&command).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_broker_takes_nothing_for_a_while() {
    survives(in_use(|installation| alarm(installation, Room::Memory).boxed())).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_broker_has_no_room_on_its_disk_for_a_while() {
    survives(in_use(|installation| alarm(installation, Room::Disk).boxed())).await;
}

async fn alarm(installation: &mut Distributed, room: Room) {
    room.take(installation).await;
    while_somebody_asks(installation, OUTAGE, async |own| room.give_back(own).await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_broker_takes_no_retry_for_a_while() {
    survives(with_retries(|it| alarm_under_the_ladder(it, Room::Memory).boxed())).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_broker_has_no_room_for_a_retry_for_a_while() {
    survives(with_retries(|it| alarm_under_the_ladder(it, Room::Disk).boxed())).await;
}

/// A job that is on the ladder comes back, is refused once more, and finds no place there.
async fn alarm_under_the_ladder(installation: &mut Distributed, room: Room) {
    refuse_calls(installation).await;
    room.take(installation).await;
    let record = installation.stack.record();
    let before = record.count();
    within("a job on the ladder", has_messages(installation, WAITING, "messages")).await;
    let is_refused = |calls: &[CallView]| calls[before..].iter().any(|call| call.end.is_some());
    within("a call", record.wait_for(is_refused)).await;
    // It is not lost: who has it has to keep it.
    let kept = has_messages(installation, "generation.requests.openai", "messages_unacknowledged");
    within("a job in a worker's hands", kept).await;
    room.give_back(own(installation)).await;
    installation.stack.script(&[]);
}

/// So many messages may wait for the broker: the jobs of those who ask first.
const MOST_UNSENT: &str = "3";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_the_broker_takes_nothing_questions_wait_up_to_a_bound() {
    let settings = vec![("QUEUE_MAX_UNSENT", MOST_UNSENT)];
    let fault = on_own_servers(|installation| fill_the_outbox(installation).boxed());
    survives(Fault { settings, people: 2, questions: 1, after: (1, 1), ..fault }).await;
}

async fn fill_the_outbox(installation: &mut Distributed) {
    let (history, record) = (installation.stack.history.clone(), installation.stack.record());
    let url = installation.stack.url.clone();
    let arrive = |number| Person::arrive(&url, format!("asker {number}"), &history, &record);
    let (last, first) = (arrive(0).await, join_all((1..=3).map(arrive)).await);
    Room::Memory.take(installation).await;
    let refusing = async {
        for api in &mut installation.apis {
            api.says("is_full=true").await;
        }
        last.is_refused("queue_away").await;
        Room::Memory.give_back(own(installation)).await;
        history.mark(Mark::FaultOver);
        last.ask(1, SHORT, Manner::Watch).await;
    };
    tokio::join!(join_all(first.iter().map(|one| one.ask(0, SHORT, Manner::Watch))), refusing);
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
