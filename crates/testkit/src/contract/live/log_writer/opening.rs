//! One writer at a time.

use std::{collections::BTreeSet, time::Duration};

use futures_util::future::join_all;
use ports::live::{Appended, LogPhase, Opened, Parked, Sealing};

use super::super::bench::{LiveUnderTest, entries, generation, redelivered, request, writing};

/// A new log is empty, and open for attempt 1.
pub async fn the_first_opening_begins_at_one(live: LiveUnderTest) {
    let generation = generation();
    let opening = live.begin(generation).await;
    assert_eq!((opening.next_seq, opening.inherited), (1, vec![]));
    assert_eq!((opening.writer.generation, opening.writer.attempt), (generation, 1));
    let read = live.read(generation).await;
    assert_eq!((read.phase, read.last_seq, read.entries), (LogPhase::Open, 0, vec![]));
}

/// Entries have the numbers their writer gave them.
pub async fn entries_are_there_as_written(live: LiveUnderTest) {
    let generation = generation();
    let writer = live.begin(generation).await.writer;
    live.write(&writer, 1, &["a", "b"]).await;
    live.write(&writer, 3, &["c"]).await;
    let read = live.read(generation).await;
    assert_eq!((read.entries, read.last_seq), (entries(1, &["a", "b", "c"]), 3));
}

/// An append whose outcome is unknown can be made again, alone or with what comes after it.
pub async fn writing_again_changes_nothing(live: LiveUnderTest) {
    let generation = generation();
    let writer = live.begin(generation).await.writer;
    live.write(&writer, 1, &["a", "b"]).await;
    live.write(&writer, 1, &["a", "b"]).await;
    live.write(&writer, 2, &["b", "c"]).await;
    live.write(&writer, 1, &["a"]).await;
    assert_eq!(live.entries(generation).await, entries(1, &["a", "b", "c"]));
}

/// A second copy of a job does not disturb the worker on the first.
pub async fn a_held_log_tells_who_holds_it(live: LiveUnderTest) {
    let generation = generation();
    let writer = live.begin(generation).await.writer;
    let other = ports::live::OpenRequest { worker: "other".to_owned(), ..request(generation, 1) };
    let Opened::HeldBy { worker, .. } = live.ask(&other).await else {
        panic!("the log is held");
    };
    assert_eq!(worker, "worker-1");
    live.write(&writer, 1, &["a"]).await;
}

/// A worker that says nothing for so long is taken for dead; its entries are inherited.
pub async fn a_lease_that_ended_frees_the_log(live: LiveUnderTest) {
    let generation = generation();
    let old = live.begin(generation).await.writer;
    live.write(&old, 1, &["a"]).await;
    (live.advance)(live.lease + Duration::from_millis(100)).await;
    let opening = writing(live.ask(&request(generation, 1)).await);
    assert_eq!((opening.writer.attempt, opening.next_seq), (2, 2));
    assert_eq!(opening.inherited, entries(1, &["a"]));
    assert_eq!(live.append(&old, 2, &["b"]).await, Appended::Fenced);
}

/// An append keeps the log, with events or without.
pub async fn every_call_renews_the_lease(live: LiveUnderTest) {
    let generation = generation();
    let writer = live.begin(generation).await.writer;
    for (first_seq, words) in [(1, vec!["a"]), (2, vec![]), (2, vec!["b"])] {
        (live.advance)(live.lease.mul_f32(0.6)).await;
        live.write(&writer, first_seq, &words).await;
        let opened = live.ask(&request(generation, 1)).await;
        assert!(matches!(opened, Opened::HeldBy { .. }), "{opened:?}");
    }
}

/// Who knows that the former worker is gone does not wait; the numbers go on.
pub async fn a_takeover_does_not_wait_for_the_lease(live: LiveUnderTest) {
    let generation = generation();
    let old = live.begin(generation).await.writer;
    live.write(&old, 1, &["a", "b"]).await;
    let opening = live.take_over(generation, 1).await;
    assert_eq!((opening.writer.attempt, opening.next_seq), (2, 3));
    assert_eq!(opening.inherited, entries(1, &["a", "b"]));
}

/// A worker that was taken for dead, and wakes up, can do nothing.
pub async fn an_opening_fences_off_earlier_writers(live: LiveUnderTest) {
    let generation = generation();
    let old = live.begin(generation).await.writer;
    live.write(&old, 1, &["a"]).await;
    let new = live.take_over(generation, 1).await.writer;
    assert_eq!(live.append(&old, 2, &["x"]).await, Appended::Fenced);
    assert_eq!(live.append(&old, 2, &[]).await, Appended::Fenced);
    assert_eq!(live.park(&old, 2, &["x"], 2).await, Parked::Fenced);
    assert_eq!(live.seal(&old, 2, &["x"]).await, Sealing::Fenced);
    assert_eq!(live.entries(generation).await, entries(1, &["a"]));
    live.write(&new, 2, &["b"]).await;
}

/// Even a repetition of what it wrote before is refused to a fenced writer: it must stop.
pub async fn a_fenced_writer_writes_nothing_again(live: LiveUnderTest) {
    let generation = generation();
    let old = live.begin(generation).await.writer;
    live.write(&old, 1, &["a"]).await;
    live.take_over(generation, 1).await;
    assert_eq!(live.append(&old, 1, &["a"]).await, Appended::Fenced);
}

/// Fences tell openings apart, even of one attempt.
pub async fn every_opening_has_a_fence_of_its_own(live: LiveUnderTest) {
    let generation = generation();
    let mut writer = live.begin(generation).await.writer;
    let mut fences = BTreeSet::from([writer.fence]);
    for _ in 0..5 {
        writer = live.take_over(generation, 1).await.writer;
        assert!(fences.insert(writer.fence), "a fence was given twice");
    }
    for _ in 0..5 {
        assert_eq!(live.park(&writer, 1, &[], writer.attempt).await, Parked::Parked);
        writer = writing(live.ask(&request(generation, writer.attempt)).await).writer;
        assert!(fences.insert(writer.fence), "a fence was given twice");
    }
}

/// A job that was told its attempt's number keeps it, unless that one is over.
pub async fn the_attempt_asked_for_is_written_if_it_is_later(live: LiveUnderTest) {
    let generation = generation();
    let opening = writing(live.ask(&request(generation, 4)).await);
    assert_eq!(opening.writer.attempt, 4);
    assert_eq!(live.take_over(generation, 7).await.writer.attempt, 7);
    assert_eq!(live.take_over(generation, 2).await.writer.attempt, 8);
}

/// Entries of workers that died are handed on from one to the next.
pub async fn inherited_entries_pile_up_until_reported(live: LiveUnderTest) {
    let generation = generation();
    let first = live.begin(generation).await.writer;
    live.write(&first, 1, &["a"]).await;
    let second = live.take_over(generation, 1).await;
    assert_eq!(second.inherited, entries(1, &["a"]));
    live.write(&second.writer, 2, &["b"]).await;
    let third = live.take_over(generation, 1).await;
    assert_eq!(third.inherited, entries(1, &["a", "b"]));
    assert_eq!(third.writer.attempt, 3);
}

/// Of many copies of a job delivered at once, one gets the log.
pub async fn simultaneous_openings_have_one_writer(live: LiveUnderTest) {
    let generation = generation();
    let requests: Vec<_> = (0..10).map(|_| request(generation, 1)).collect();
    let opened = join_all(requests.iter().map(|request| live.ask(request))).await;
    let writers = opened.iter().filter(|opened| matches!(opened, Opened::Writing(_))).count();
    let refused = opened.iter().filter(|opened| matches!(opened, Opened::HeldBy { .. })).count();
    assert_eq!((writers, refused), (1, 9));
    // Of takeovers the last one keeps it.
    let opened = join_all((0..10).map(|_| live.ask_again(redelivered(generation, 1)))).await;
    let mut appended = Vec::new();
    for opened in opened {
        if let Opened::Writing(opening) = opened {
            appended.push(live.append(&opening.writer, 1, &["a"]).await);
        }
    }
    let kept = appended.iter().filter(|appended| **appended == Appended::Appended).count();
    assert_eq!(kept, 1, "{appended:?}");
}
