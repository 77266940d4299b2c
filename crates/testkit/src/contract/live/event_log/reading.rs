//! What a log holds at one moment.

use ports::live::{LogPhase, LogRead, Parked, Sealing};

use super::super::bench::{LiveUnderTest, entries, generation, request, writing};

/// A part of a log is read as a part of it.
pub async fn reading_begins_after_a_number_and_ends_at_the_limit(live: LiveUnderTest) {
    let generation = generation();
    let writer = live.begin(generation).await.writer;
    live.write(&writer, 1, &["a", "b", "c", "d"]).await;
    let cases: [(u64, u32, u64, &[&str]); 6] = [
        (0, 9, 1, &["a", "b", "c", "d"]),
        (0, 2, 1, &["a", "b"]),
        (2, 1, 3, &["c"]),
        (3, 9, 4, &["d"]),
        (4, 9, 5, &[]),
        (u64::MAX, 9, 5, &[]),
    ];
    for (after, limit, first_seq, words) in cases {
        let read = live.event_log.read(generation, after, limit).await.unwrap();
        assert_eq!(read.entries, entries(first_seq, words), "after {after}, limit {limit}");
        assert_eq!((read.last_seq, read.phase), (4, LogPhase::Open));
    }
}

/// Not to know a log is an answer, not an error.
pub async fn an_unknown_log_is_missing(live: LiveUnderTest) {
    let nothing = LogRead { entries: vec![], phase: LogPhase::Missing, last_seq: 0 };
    assert_eq!(live.read(generation()).await, nothing);
}

/// Every step in the life of a log shows.
pub async fn the_phase_tells_how_far_a_log_has_come(live: LiveUnderTest) {
    let generation = generation();
    assert_eq!(live.phase(generation).await, LogPhase::Missing);
    let writer = live.begin(generation).await.writer;
    assert_eq!(live.phase(generation).await, LogPhase::Open);
    assert_eq!(live.park(&writer, 1, &["a"], 2).await, Parked::Parked);
    assert_eq!(live.phase(generation).await, LogPhase::Open);
    let writer = writing(live.ask(&request(generation, 2)).await).writer;
    assert_eq!(live.seal(&writer, 2, &["b"]).await, Sealing::Sealed);
    assert_eq!(live.phase(generation).await, LogPhase::Sealed);
    live.conclude(generation, 3, &["done"]).await;
    assert_eq!(live.phase(generation).await, LogPhase::Concluded);
    assert_eq!(live.entries(generation).await, entries(1, &["a", "b", "done"]));
}
