//! The end is written once.

use futures_util::future::join_all;
use ports::live::{Appended, Concluded, LogPhase, Opened, Parked, SealedLog, Sealing};

use super::super::bench::{
    LiveUnderTest, entries, events, followed_to_the_end, generation, note, redelivered, request,
};

/// A second conclusion changes nothing, whatever it says.
pub async fn concluding_writes_the_terminal_events_once(live: LiveUnderTest) {
    let generation = generation();
    live.sealed(generation, &["a"]).await;
    live.conclude(generation, 2, &["error", "done"]).await;
    for words in [&["error", "done"][..], &["other"]] {
        let again = live.event_log.conclude(generation, 2, events(words)).await.unwrap();
        assert_eq!(again, Concluded::Already);
    }
    let read = live.read(generation).await;
    assert_eq!(read.entries, entries(1, &["a", "error", "done"]));
    assert_eq!((read.phase, read.last_seq), (LogPhase::Concluded, 3));
}

/// Of many who try at once, one writes.
pub async fn one_of_many_concludes(live: LiveUnderTest) {
    let generation = generation();
    live.sealed(generation, &["a"]).await;
    let tries = (0..10).map(|_| live.event_log.conclude(generation, 2, events(&["done"])));
    let concluded = join_all(tries).await.into_iter().map(Result::unwrap);
    assert_eq!(concluded.filter(|end| *end == Concluded::Concluded).count(), 1);
    assert_eq!(live.entries(generation).await, entries(1, &["a", "done"]));
}

/// A worker still writing when the generation is ended without it can do nothing more.
pub async fn concluding_fences_off_the_writer(live: LiveUnderTest) {
    let generation = generation();
    let writer = live.begin(generation).await.writer;
    live.write(&writer, 1, &["a"]).await;
    live.conclude(generation, 2, &["done"]).await;
    assert_eq!(live.append(&writer, 2, &["x"]).await, Appended::Fenced);
    assert_eq!(live.append(&writer, 3, &[]).await, Appended::Fenced);
    assert_eq!(live.park(&writer, 3, &["x"], 2).await, Parked::Fenced);
    assert_eq!(live.seal(&writer, 3, &["x"]).await, Sealing::Fenced);
    assert_eq!(live.entries(generation).await, entries(1, &["a", "done"]));
    let sealed = SealedLog { entries: entries(1, &["a"]), note: None };
    assert_eq!(live.ask(&redelivered(generation, 1)).await, Opened::Sealed(sealed));
}

/// A generation stopped while it waited for its next attempt has none.
pub async fn concluding_ends_a_parked_log(live: LiveUnderTest) {
    let generation = generation();
    let writer = live.begin(generation).await.writer;
    assert_eq!(live.park(&writer, 1, &["retry"], 2).await, Parked::Parked);
    live.conclude(generation, 2, &["done"]).await;
    let sealed = SealedLog { entries: entries(1, &["retry"]), note: None };
    for request in [request(generation, 1), request(generation, 2)] {
        assert_eq!(live.ask(&request).await, Opened::Sealed(sealed.clone()));
    }
}

/// A job handed over once more after the end still finds the answer, without the terminal events.
pub async fn concluding_keeps_the_note_of_the_seal(live: LiveUnderTest) {
    let generation = generation();
    live.sealed(generation, &["a", "b"]).await;
    live.conclude(generation, 3, &["done"]).await;
    let sealed = SealedLog { entries: entries(1, &["a", "b"]), note: Some(note()) };
    assert_eq!(live.ask(&redelivered(generation, 1)).await, Opened::Sealed(sealed));
}

/// A generation stopped before any worker saw it has a log of its terminal events.
pub async fn concluding_begins_a_missing_log(live: LiveUnderTest) {
    let generation = generation();
    live.conclude(generation, 8, &["done"]).await;
    let read = live.read(generation).await;
    assert_eq!((read.entries, read.last_seq), (entries(8, &["done"]), 8));
    assert_eq!(read.phase, LogPhase::Concluded);
    let sealed = SealedLog { entries: vec![], note: None };
    assert_eq!(live.ask(&request(generation, 1)).await, Opened::Sealed(sealed));
}

/// When a worker wrote more than the caller knows of, what viewers have seen stays.
pub async fn concluding_gives_no_number_a_second_content(live: LiveUnderTest) {
    let generation = generation();
    let writer = live.begin(generation).await.writer;
    live.write(&writer, 1, &["a", "b", "c"]).await;
    live.conclude(generation, 1, &["done"]).await;
    assert_eq!(live.entries(generation).await, entries(1, &["a", "b", "c", "done"]));
}

/// When the caller knows of more than the log holds, viewers who saw that still see the end.
pub async fn concluding_comes_after_what_was_lost(live: LiveUnderTest) {
    let generation = generation();
    let writer = live.begin(generation).await.writer;
    live.write(&writer, 1, &["a"]).await;
    live.conclude(generation, 5, &["done"]).await;
    assert_eq!(live.read(generation).await.last_seq, 5);
    let seen = followed_to_the_end(live.follow(generation, 4).await).await;
    assert_eq!(seen, entries(5, &["done"]));
}
