//! Stops that are not heard at once, or too late.

use std::time::Duration;

use futures_util::future::join_all;
use simulated_provider::{CallView, End, Record};
use tokio::time::{sleep, timeout};

use super::people::Person;
use crate::{
    chance::{Chance, Replay},
    checker::{Case, STOP_TAKES},
    client::{Client, Viewer, end, text},
    stack::{Distributed, Size},
    within,
};

/// An answer that goes on until somebody stops it.
const ENDLESS: &str = "openai/sim-endless,gap=20ms";

/// Long enough to be stopped on the way from one machine that is busy to another, and no longer.
const SHORT: &str = "openai/sim-tokens=20,gap=20ms";

/// How many people race, and how often each.
const RACERS: usize = 8;
const ROUNDS: usize = 12;

/// By how much the second stop of a person comes earlier, or later, than the first one.
const STEP: Duration = Duration::from_millis(32);

/// By how much a stop differs from the one before at the least.
const SMALLEST: Duration = Duration::from_millis(2);

/// Both sides of the race begin together, again and again with the one behind sooner: so that neither is ahead by
/// much.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_a_stop_and_the_end_one_comes_first() {
    let _replay = Replay;
    let installation = Distributed::start(Size { apis: 3, workers: 2 }, &[]).await;
    let (url, record) = (&installation.stack.url, &installation.stack.record());
    let history = &installation.stack.history;
    let races = (0..RACERS).map(|number| async move {
        let name = format!("racer {number}");
        let mut chance = Chance::of(&name);
        let person = Person::arrive(url, name, history, record).await;
        let (mut handicap, mut stopped) = (Handicap::of(chance.pause(5 * STEP)), 0);
        for round in 0..ROUNDS {
            let delay = handicap.delay + chance.pause(SMALLEST);
            let ended_by_it = person.races(round, SHORT, delay).await == "canceled";
            handicap.after(ended_by_it);
            stopped += usize::from(ended_by_it);
        }
        stopped
    });
    let stopped: usize = join_all(races).await.into_iter().sum();
    let all = RACERS * ROUNDS;
    assert!(all / 10 < stopped && stopped < all - all / 10, "{stopped} of {all}: no race");
    installation.stop_after(undisturbed()).await;
}

/// When somebody stops: near the end of the answer, however long one takes on this machine today.
struct Handicap {
    delay: Duration,
    step: Duration,
    was_early: Option<bool>,
}

impl Handicap {
    const fn of(delay: Duration) -> Self {
        Self { delay, step: STEP, was_early: None }
    }

    /// The same side ahead again is ahead by more than was thought, the other one by less.
    fn after(&mut self, was_early: bool) {
        self.step = match self.was_early.replace(was_early) {
            None => self.step,
            Some(before) if before == was_early => self.step * 2,
            Some(_) => SMALLEST.max(self.step / 4),
        };
        self.delay =
            if was_early { self.delay + self.step } else { self.delay.saturating_sub(self.step) };
    }
}

/// The worker's ear is shut: it learns of the stop when it writes.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_worker_that_hears_nothing_stops_all_the_same() {
    let installation = Distributed::start(Size { apis: 2, workers: 1 }, &[]).await;
    let deaf = ["ACL", "SETUSER", "provider-worker", "-subscribe", "-psubscribe", "-ssubscribe"];
    installation.engines.redis_command(&deaf).await;
    installation.engines.redis_command(&["CLIENT", "KILL", "USER", "provider-worker"]).await;
    let mut answer = Answer::begins(&installation).await;
    answer.is_stopped_at(&installation.apis[1].url()).await;
    answer.call_ends().await;
    answer.is_kept_as_far_as_it_was_shown().await;
    installation.stop_after(undisturbed()).await;
}

/// Somebody stops what a worker writes that stands still.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_worker_that_was_asleep_stops_when_it_wakes() {
    let mut installation = Distributed::start(Size { apis: 2, workers: 1 }, &[]).await;
    let mut answer = Answer::begins(&installation).await;
    installation.workers[0].signal("STOP").await;
    answer.is_stopped_at(&installation.apis[1].url()).await;
    installation.workers[0].signal("CONT").await;
    answer.call_ends().await;
    answer.is_kept_as_far_as_it_was_shown().await;
    installation.stop_after(undisturbed()).await;
}

/// All that is asked for is known, and nothing is asked twice.
fn undisturbed() -> Case {
    Case { asked_beside: Some(0), ends_no_answer: true, ..Case::default() }
}

/// An answer under way, with a viewer.
struct Answer {
    client: Client,
    chat: String,
    generation: String,
    viewer: Option<Viewer>,
    seen: Vec<domain::event::SeqEvent>,
    record: Record,
}

impl Answer {
    async fn begins(installation: &Distributed) -> Self {
        let (client, record) = (installation.stack.client().await, installation.stack.record());
        let client = client.at(&installation.apis[0].url());
        let chat = client.chat().await;
        let generation = client.generate(&chat, ENDLESS).await;
        let mut viewer = client.follow(&generation, None).await;
        let seen = viewer.deltas(5).await;
        Self { client, chat, generation, viewer: Some(viewer), seen, record }
    }

    async fn is_stopped_at(&mut self, url: &str) {
        let answer = self.client.at(url).cancel(&self.generation).await;
        // Its worker may be as quick as whoever answers here.
        let status = answer.body["status"].as_str().unwrap_or_default();
        let is_heard = answer.status == 202 && ["streaming", "canceled"].contains(&status);
        assert!(is_heard, "{answer:?}");
    }

    /// As soon as it may be expected.
    async fn call_ends(&self) {
        let has_gone = |calls: &[CallView]| calls[0].end == Some(End::ClientGone);
        let gone = timeout(STOP_TAKES, self.record.wait_for(has_gone)).await;
        assert!(gone.is_ok(), "the call goes on: {:?}", self.record.calls());
    }

    async fn is_kept_as_far_as_it_was_shown(&mut self) {
        let viewer = self.viewer.take().expect("it is looked at once");
        self.seen.extend(within("the end", viewer.rest()).await);
        let (shown, calls) = (text(&self.seen), self.record.calls());
        assert_eq!((end(&self.seen).as_str(), calls.len()), ("canceled", 1));
        assert!(calls[0].text.starts_with(&shown) && !shown.is_empty(), "{shown}");
        let kept = &self.client.messages(&self.chat).await[1];
        assert_eq!(*kept, ("assistant".to_owned(), shown));
    }
}

impl Person {
    /// Asks, and stops the answer `delay` after that was accepted. How it ends.
    async fn races(&self, number: usize, model: &str, delay: Duration) -> String {
        let question = self.question(number);
        let generation = self.send(number, model, &question).await;
        let mut watching = self.watching(&generation);
        let stopping = async {
            sleep(delay).await;
            self.stop(&generation, &question).await
        };
        let rest = self.watch(&generation, &mut watching.events, usize::MAX, usize::MAX);
        tokio::join!(stopping, rest);
        end(&watching.events)
    }
}
