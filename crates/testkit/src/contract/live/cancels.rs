//! Promises of `ports::live::Cancels`.

use futures_util::future::join;
use ports::live::{Appended, LogPhase, Opened, Opening, Parked, Sealing};

use super::{
    super::waiting::next,
    bench::{LiveUnderTest, entries, generation, redelivered, request},
};

fn canceled(opened: Opened) -> Opening {
    match opened {
        Opened::Canceled(opening) => opening,
        other => panic!("the user asked to stop, but {other:?}"),
    }
}

/// A worker that comes after the wish is told at once, and can only end the log.
pub async fn a_wish_before_the_log_begins_is_remembered(live: LiveUnderTest) {
    let generation = generation();
    live.cancels.request(generation).await.unwrap();
    let opening = canceled(live.ask(&request(generation, 1)).await);
    assert_eq!((opening.next_seq, opening.writer.attempt), (1, 1));
    assert_eq!(live.append(&opening.writer, 1, &["a"]).await, Appended::CancelRequested);
    assert_eq!(live.seal(&opening.writer, 1, &["end"]).await, Sealing::Sealed);
    assert_eq!(live.entries(generation).await, entries(1, &["end"]));
}

/// The wish alone is nothing that a viewer sees.
pub async fn a_remembered_wish_is_no_log(live: LiveUnderTest) {
    let generation = generation();
    live.cancels.request(generation).await.unwrap();
    let read = live.read(generation).await;
    assert_eq!((read.phase, read.last_seq), (LogPhase::Missing, 0));
}

/// From the wish on nothing is added but the last entries.
pub async fn a_wish_lets_the_writer_only_seal(live: LiveUnderTest) {
    let generation = generation();
    let writer = live.begin(generation).await.writer;
    live.write(&writer, 1, &["a"]).await;
    live.cancels.request(generation).await.unwrap();
    assert_eq!(live.append(&writer, 2, &["b"]).await, Appended::CancelRequested);
    assert_eq!(live.append(&writer, 2, &[]).await, Appended::CancelRequested);
    assert_eq!(live.park(&writer, 2, &["b"], 2).await, Parked::CancelRequested);
    assert_eq!(live.entries(generation).await, entries(1, &["a"]));
    assert_eq!(live.seal(&writer, 2, &["usage"]).await, Sealing::Sealed);
    assert_eq!(live.entries(generation).await, entries(1, &["a", "usage"]));
    assert_eq!(live.phase(generation).await, LogPhase::Sealed);
}

/// A writer that has to stop is told so, even if it brought something that does not fit.
pub async fn a_wish_is_told_before_anything_is_written(live: LiveUnderTest) {
    let generation = generation();
    let writer = live.begin(generation).await.writer;
    live.cancels.request(generation).await.unwrap();
    for (first_seq, words) in [(1, &["a", "b"][..]), (1, &["a"]), (9, &["z"])] {
        assert_eq!(live.append(&writer, first_seq, words).await, Appended::CancelRequested);
    }
    assert_eq!(live.entries(generation).await, vec![]);
}

/// A worker that dies on the wish leaves it to the next.
pub async fn a_wish_outlasts_the_writer(live: LiveUnderTest) {
    let generation = generation();
    let writer = live.begin(generation).await.writer;
    live.write(&writer, 1, &["a"]).await;
    live.cancels.request(generation).await.unwrap();
    let opening = canceled(live.ask_again(redelivered(generation, 1)).await);
    assert_eq!((opening.writer.attempt, opening.next_seq), (2, 2));
    assert_eq!(opening.inherited, entries(1, &["a"]));
    assert_eq!(live.append(&writer, 2, &["b"]).await, Appended::Fenced);
}

/// A wish during the wait for the next attempt is there when that begins.
pub async fn a_wish_outlasts_a_pause(live: LiveUnderTest) {
    let generation = generation();
    let writer = live.begin(generation).await.writer;
    assert_eq!(live.park(&writer, 1, &["a"], 2).await, Parked::Parked);
    live.cancels.request(generation).await.unwrap();
    let opening = canceled(live.ask(&request(generation, 2)).await);
    assert_eq!((opening.writer.attempt, opening.next_seq), (2, 2));
}

/// A sealed log is a given answer.
pub async fn a_wish_after_the_end_changes_nothing(live: LiveUnderTest) {
    let generation = generation();
    let writer = live.sealed(generation, &["a"]).await;
    let before = live.ask(&redelivered(generation, 1)).await;
    live.cancels.request(generation).await.unwrap();
    assert_eq!(live.ask(&redelivered(generation, 1)).await, before);
    assert_eq!(live.seal(&writer, 1, &["a"]).await, Sealing::Sealed);
    assert_eq!(live.phase(generation).await, LogPhase::Sealed);
    live.conclude(generation, 2, &["done"]).await;
}

/// So is a concluded one.
pub async fn a_wish_after_the_terminal_events_changes_nothing(live: LiveUnderTest) {
    let generation = generation();
    live.conclude(generation, 1, &["done"]).await;
    live.cancels.request(generation).await.unwrap();
    let opened = live.ask(&request(generation, 1)).await;
    assert!(matches!(opened, Opened::Sealed(_)), "{opened:?}");
    assert_eq!(live.entries(generation).await, entries(1, &["done"]));
}

/// An impatient user does no harm.
pub async fn wishing_twice_is_wishing_once(live: LiveUnderTest) {
    let generation = generation();
    let writer = live.begin(generation).await.writer;
    live.cancels.request(generation).await.unwrap();
    live.cancels.request(generation).await.unwrap();
    assert_eq!(live.append(&writer, 1, &["a"]).await, Appended::CancelRequested);
    assert_eq!(live.seal(&writer, 1, &["end"]).await, Sealing::Sealed);
}

/// Every worker hears of it, whichever has the job.
pub async fn everybody_who_listens_hears_of_it(live: LiveUnderTest) {
    let generation = generation();
    live.begin(generation).await;
    let mut first = live.cancels.listen().await.unwrap();
    let mut second = live.cancels.listen().await.unwrap();
    live.cancels.request(generation).await.unwrap();
    // Other cases may share the server, so there may be other wishes in between.
    for listener in [&mut first, &mut second] {
        while next(listener).await != generation {}
    }
}

/// One listener is enough for a worker with many jobs, begun or not.
pub async fn a_listener_hears_of_every_generation(live: LiveUnderTest) {
    let (begun, not_begun) = (generation(), generation());
    live.begin(begun).await;
    let mut wishes = live.cancels.listen().await.unwrap();
    let asking = async {
        live.cancels.request(begun).await.unwrap();
        live.cancels.request(not_begun).await.unwrap();
    };
    let hearing = async {
        let mut missing = vec![begun, not_begun];
        while !missing.is_empty() {
            let heard = next(&mut wishes).await;
            missing.retain(|generation| *generation != heard);
        }
    };
    join(asking, hearing).await;
}
