//! What logs cost, and that nothing is left of them.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use domain::id::GenerationId;
use embedded::MemoryLog;
use futures_util::{FutureExt, StreamExt, future::join_all};
use ports::{
    Clock,
    live::{Cancels, EventLog, LogPhase, LogWriter, OpenRequest, Opened, Writer},
};
use testkit::clock::{ManualClock, TokioClock, epoch};
use tokio::{task::JoinSet, time::timeout};
use tokio_util::sync::CancellationToken;

fn generation() -> GenerationId {
    GenerationId::generate(epoch())
}

fn log() -> (Arc<MemoryLog>, Arc<ManualClock>) {
    let clock = Arc::new(ManualClock::new());
    (Arc::new(MemoryLog::new(clock.clone())), clock)
}

fn delta(number: usize) -> Bytes {
    Bytes::from(format!("{{\"type\":\"delta\",\"delta\":\"token {number} \"}}"))
}

async fn begin(log: &MemoryLog, generation: GenerationId) -> Writer {
    match log.open(&testkit::log::request(generation)).await.unwrap() {
        Opened::Writing(opening) | Opened::Canceled(opening) => opening.writer,
        other => panic!("{other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_thousand_followers_keep_up_with_a_log() {
    const TOKENS: usize = 500;
    let (log, _) = log();
    let generation = generation();
    let mut followers = JoinSet::new();
    for _ in 0..1_000 {
        let batches = log.follow(generation, 0).await.unwrap();
        followers.spawn(async move {
            let counts = batches.map(|batch| batch.unwrap().len());
            counts.fold(0, |sum, count| async move { sum + count }).await
        });
    }
    let writer = begin(&log, generation).await;
    for (number, seq) in (0..TOKENS).zip(1..) {
        log.append(&writer, seq, &[delta(number)]).await.unwrap();
        if number % 50 == 0 {
            tokio::task::yield_now().await;
        }
    }
    log.conclude(generation, TOKENS as u64 + 1, vec![delta(0)]).await.unwrap();
    let all = timeout(Duration::from_mins(1), followers.join_all()).await;
    let counts = all.expect("no wake-up is lost");
    assert_eq!(counts, vec![TOKENS + 1; 1_000]);
}

#[tokio::test]
async fn a_follower_that_does_not_read_costs_what_one_that_reads_costs() {
    let (log, _) = log();
    let generation = generation();
    let writer = begin(&log, generation).await;
    let payload = Bytes::from(vec![b'x'; 1_000]);
    let idle = log.follow(generation, 0).await.unwrap();
    let mut reading = log.follow(generation, 0).await.unwrap();
    for seq in 1..=10_000 {
        log.append(&writer, seq, std::slice::from_ref(&payload)).await.unwrap();
    }
    // Its stream holds no batch: what it is given it is given when it asks, in bounded parts.
    let first = reading.next().now_or_never().unwrap().unwrap().unwrap();
    assert!(first.len() <= 256, "{}", first.len());
    assert!(size_of_val(&*idle) < 512, "{}", size_of_val(&*idle));
}

#[tokio::test]
async fn nothing_is_left_of_ended_logs() {
    let (log, clock) = log();
    let (entries, tombstone) = (Duration::from_mins(1), Duration::from_mins(10));
    for _ in 0..1_000 {
        let generation = generation();
        let follower = log.follow(generation, 0).await.unwrap();
        let writer = begin(&log, generation).await;
        log.append(&writer, 1, &[delta(1)]).await.unwrap();
        log.seal(&writer, 2, &[], Bytes::new()).await.unwrap();
        log.conclude(generation, 2, vec![delta(2)]).await.unwrap();
        log.expire(generation, entries, tombstone).await.unwrap();
        assert_eq!(follower.count().await, 1);
    }
    log.sweep(clock.now());
    assert_eq!(log.len(), 1_000);
    clock.advance(entries);
    log.sweep(clock.now());
    assert_eq!(log.len(), 1_000, "ends are remembered");
    clock.advance(tombstone);
    log.sweep(clock.now());
    assert!(log.is_empty());
}

#[tokio::test]
async fn nothing_is_left_of_logs_that_never_began() {
    let (log, clock) = log();
    let waiting = log.follow(generation(), 0).await.unwrap();
    log.sweep(clock.now());
    assert_eq!(log.len(), 1, "somebody waits for it");
    drop(waiting);
    log.read(generation(), 0, 1).await.unwrap();
    log.expire(generation(), Duration::ZERO, Duration::ZERO).await.unwrap();
    log.sweep(clock.now());
    assert!(log.is_empty());
}

#[tokio::test]
async fn nothing_is_left_of_abandoned_logs_and_wishes() {
    let (log, clock) = log();
    begin(&log, generation()).await;
    log.request(generation()).await.unwrap();
    clock.advance(Duration::from_hours(25));
    log.sweep(clock.now());
    assert_eq!(log.len(), 2, "the longest rung of the ladder is one day");
    clock.advance(Duration::from_hours(3 * 24));
    log.sweep(clock.now());
    assert!(log.is_empty());
}

#[tokio::test]
async fn tombstones_beyond_the_bound_push_out_the_oldest() {
    let (log, clock) = log();
    let day = Duration::from_hours(24);
    let mut all = Vec::new();
    for _ in 0..16_384 + 10 {
        let generation = generation();
        log.conclude(generation, 1, vec![]).await.unwrap();
        log.expire(generation, Duration::from_millis(1), day).await.unwrap();
        clock.advance(Duration::from_millis(1));
        all.push(generation);
    }
    log.sweep(clock.now());
    log.sweep(clock.now());
    assert_eq!(log.len(), 16_384);
    let conclude = |generation| log.conclude(generation, 1, vec![]);
    assert_eq!(conclude(all[9]).await.unwrap(), ports::live::Concluded::Concluded);
    assert_eq!(conclude(all[10]).await.unwrap(), ports::live::Concluded::Already);
}

#[tokio::test]
async fn a_log_begun_anew_repeats_no_number_though_the_clock_stands_still() {
    let (log, clock) = log();
    let generation = generation();
    let mut highest = 0;
    for _ in 0..5 {
        let request = OpenRequest { last_seq: 1, ..testkit::log::request(generation) };
        let opened = testkit::log::take_over(&*log, request).await;
        let Opened::Writing(opening) = opened else { panic!("free") };
        assert!(opening.next_seq > highest);
        let events: Vec<Bytes> = (0..100).map(delta).collect();
        log.append(&opening.writer, opening.next_seq, &events).await.unwrap();
        highest = log.read(generation, 0, 1).await.unwrap().last_seq;
        log.expire(generation, Duration::ZERO, Duration::ZERO).await.unwrap();
        log.sweep(clock.now());
        assert!(log.is_empty());
    }
}

#[tokio::test]
async fn writers_of_many_logs_do_not_disturb_each_other() {
    let (log, _) = log();
    let logs = join_all((0..200).map(|_| async {
        let generation = generation();
        let writer = begin(&log, generation).await;
        for seq in 1..=50 {
            log.append(&writer, seq, &[delta(1)]).await.unwrap();
            tokio::task::yield_now().await;
        }
        log.read(generation, 0, u32::MAX).await.unwrap()
    }));
    for read in logs.await {
        assert_eq!((read.entries.len(), read.last_seq, read.phase), (50, 50, LogPhase::Open));
    }
}

#[tokio::test]
async fn a_listener_that_lies_behind_misses_some_and_goes_on() {
    let (log, _) = log();
    let mut wishes = log.listen().await.unwrap();
    for _ in 0..5_000 {
        log.request(generation()).await.unwrap();
    }
    let last = generation();
    log.request(last).await.unwrap();
    let mut heard = 0;
    while wishes.next().now_or_never().flatten().is_some_and(|generation| generation != last) {
        heard += 1;
    }
    assert!(heard > 0 && heard < 5_000, "{heard}");
}

#[tokio::test(start_paused = true)]
async fn sweeping_goes_on_until_shutdown() {
    let log = MemoryLog::new(Arc::new(TokioClock::new()));
    let shutdown = CancellationToken::new();
    let using = async {
        let generation = generation();
        log.conclude(generation, 1, vec![delta(1)]).await.unwrap();
        log.expire(generation, Duration::from_secs(1), Duration::from_secs(2)).await.unwrap();
        tokio::time::sleep(Duration::from_secs(20)).await;
        assert!(log.is_empty());
        shutdown.cancel();
    };
    let ended = timeout(Duration::from_mins(1), async {
        tokio::join!(log.run(shutdown.clone()), using);
    });
    ended.await.expect("the sweeper stops on shutdown");
}
