//! A follower hears what is told and reads what is there. What comes between the two is neither lost nor
//! seen twice, in whichever order they happen.
//!
//! The look into the log that a silence brings about would find it in the end, so here it never comes.

use std::time::Duration;

use bytes::Bytes;
use domain::id::GenerationId;
use failpoint::Hold;
use futures_util::{StreamExt, TryStreamExt};
use live_redis::{Options, RedisLive};
use ports::live::{EventLog, LogBatches, LogEntry, LogWriter, Sealing};
use testkit::clock::epoch;
use tokio::time::timeout;

use crate::{
    installation::{Prefix, Process, options, url},
    worker::{Worker, assert_are_words, followed, word},
};

/// So much is there before anybody follows.
const BEFORE: u64 = 5;

/// What comes meanwhile: little, or more than a process remembers of what it heard, and than one look reads.
const MEANWHILE: [u64; 2] = [3, 400];

async fn process(hold: &Hold) -> (Prefix, Process) {
    let url = url("TEST_REDIS_URL");
    let prefix = Prefix::new(&url);
    let (poll, patience) = (Duration::from_hours(1), Duration::from_secs(20));
    let options = Options { poll, response_timeout: patience, ..options(&url, &prefix) };
    let process = Process::held(options, hold).await;
    (prefix, process)
}

async fn begun(live: &RedisLive) -> (GenerationId, Worker) {
    let generation = GenerationId::generate(epoch());
    let mut worker = Worker::begin(live, generation).await;
    worker.say_all(BEFORE).await;
    (generation, worker)
}

/// Says `count` words and one more, and ends the log.
async fn finish(live: &RedisLive, worker: &mut Worker, count: u64) {
    worker.say_all(count).await;
    let (writer, seq) = (&worker.opening.writer, BEFORE + count + 1);
    let sealed = live.seal(writer, seq, &[word(seq)], Bytes::new()).await.unwrap();
    assert_eq!(sealed, Sealing::Sealed);
    live.conclude(writer.generation, seq + 1, vec![word(seq + 1)]).await.unwrap();
}

/// All that is left to be followed.
async fn rest(batches: LogBatches) -> Vec<LogEntry> {
    let all = async { batches.try_collect::<Vec<_>>().await.unwrap().concat() };
    timeout(Duration::from_secs(20), all).await.expect("it comes to its end")
}

/// Fails unless these are all words, each once.
fn assert_is_whole(entries: &[LogEntry], meanwhile: u64) {
    assert_eq!(entries.len() as u64, BEFORE + meanwhile + 2);
    assert_are_words(entries, 1);
}

/// The log is written to its end while its follower stands still at `place`.
async fn held_at(place: &'static str) {
    for meanwhile in MEANWHILE {
        let hold = Hold::at(place);
        let (_prefix, Process { live, .. }) = &process(&Hold::at("nowhere")).await;
        let (generation, mut worker) = begun(live).await;
        let following = hold.over(async { rest(live.follow(generation, 0).await.unwrap()).await });
        let writing = async {
            hold.reached().await;
            finish(live, &mut worker, meanwhile).await;
            hold.let_go();
        };
        let (entries, ()) = tokio::join!(following, writing);
        assert_is_whole(&entries, meanwhile);
    }
}

#[tokio::test]
async fn what_comes_after_the_subscription_and_before_the_look_is_seen_once() {
    held_at("follow.before_read").await;
}

#[tokio::test]
async fn what_comes_after_the_look_and_before_its_follower_goes_on_is_seen_once() {
    held_at("follow.after_read").await;
}

#[tokio::test]
async fn what_comes_after_the_look_and_before_a_late_subscription_is_seen_once() {
    for meanwhile in MEANWHILE {
        let subscribing = Hold::at("follow.before_subscribe");
        let (_prefix, Process { live, .. }) = &process(&subscribing).await;
        let (generation, mut worker) = begun(live).await;
        let mut batches = live.follow(generation, 0).await.unwrap();
        let mut entries = followed(&mut batches, usize::try_from(BEFORE).unwrap()).await;
        subscribing.reached().await;
        finish(live, &mut worker, meanwhile).await;
        subscribing.let_go();
        entries.extend(rest(batches).await);
        assert_is_whole(&entries, meanwhile);
    }
}

/// The subscription is made after the look, and before the follower knows what it has seen.
#[tokio::test]
async fn what_comes_while_a_look_and_a_subscription_overlap_is_seen_once() {
    for meanwhile in MEANWHILE {
        let (looking, subscribing) =
            (Hold::at("follow.after_read"), Hold::at("follow.before_subscribe"));
        let (_prefix, Process { live, .. }) = &process(&subscribing).await;
        let (generation, mut worker) = begun(live).await;
        let following =
            looking.over(async { rest(live.follow(generation, 0).await.unwrap()).await });
        let writing = async {
            tokio::join!(looking.reached(), subscribing.reached());
            finish(live, &mut worker, meanwhile).await;
            subscribing.let_go();
            // The same subscription serves this one: when it hears, it is there.
            let mut other = live.follow(generation, 0).await.unwrap();
            let heard = async { while other.next().await.is_some() {} };
            timeout(Duration::from_secs(20), heard).await.expect("another follower sees all");
            looking.let_go();
        };
        let (entries, ()) = tokio::join!(following, writing);
        assert_is_whole(&entries, meanwhile);
    }
}
