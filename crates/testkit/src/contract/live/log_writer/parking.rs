//! Between two attempts a log waits, and tells what was arranged.

use ports::live::{Appended, Opened, Parked, ParkedLog, Sealing};

use super::super::bench::{
    LiveUnderTest, entries, generation, note, redelivered, request, writing,
};

/// The next attempt goes on where the last one stopped, and inherits nothing: that was reported.
pub async fn a_parked_log_opens_for_the_next_attempt(live: LiveUnderTest) {
    let generation = generation();
    let writer = live.begin(generation).await.writer;
    live.write(&writer, 1, &["a"]).await;
    assert_eq!(live.park(&writer, 2, &["b"], 2).await, Parked::Parked);
    assert_eq!(live.entries(generation).await, entries(1, &["a", "b"]));
    let opening = writing(live.ask(&request(generation, 2)).await);
    assert_eq!((opening.writer.attempt, opening.next_seq), (2, 3));
    assert_eq!(opening.inherited, vec![]);
}

/// A job whose worker died after parking finds all it needs to say what was said.
pub async fn a_job_of_a_parked_attempt_learns_of_it(live: LiveUnderTest) {
    let generation = generation();
    let writer = live.begin(generation).await.writer;
    live.write(&writer, 1, &["a"]).await;
    assert_eq!(live.park(&writer, 2, &["b"], 2).await, Parked::Parked);
    let parked = ParkedLog { next_attempt: 2, entries: entries(1, &["a", "b"]), note: note() };
    for request in [request(generation, 1), redelivered(generation, 1)] {
        assert_eq!(live.ask(&request).await, Opened::Parked(parked.clone()));
    }
}

/// What an earlier attempt parked is not repeated.
pub async fn parked_entries_are_those_not_reported_before(live: LiveUnderTest) {
    let generation = generation();
    let first = live.begin(generation).await.writer;
    assert_eq!(live.park(&first, 1, &["a"], 2).await, Parked::Parked);
    let second = writing(live.ask(&request(generation, 2)).await).writer;
    assert_eq!(live.park(&second, 2, &["b"], 3).await, Parked::Parked);
    let parked = ParkedLog { next_attempt: 3, entries: entries(2, &["b"]), note: note() };
    assert_eq!(live.ask(&redelivered(generation, 2)).await, Opened::Parked(parked));
}

/// What a dead worker left unreported is reported by the one that parks.
pub async fn inherited_entries_are_parked_with_the_log(live: LiveUnderTest) {
    let generation = generation();
    let first = live.begin(generation).await.writer;
    live.write(&first, 1, &["a"]).await;
    let second = live.take_over(generation, 1).await.writer;
    assert_eq!(live.park(&second, 2, &["b"], 3).await, Parked::Parked);
    let parked = ParkedLog { next_attempt: 3, entries: entries(1, &["a", "b"]), note: note() };
    assert_eq!(live.ask(&redelivered(generation, 1)).await, Opened::Parked(parked));
    let third = writing(live.ask(&request(generation, 3)).await);
    assert_eq!(third.inherited, vec![]);
}

/// Waiting for a key uses up no attempt.
pub async fn a_wait_that_does_not_count_opens_the_same_attempt(live: LiveUnderTest) {
    let generation = generation();
    let writer = live.begin(generation).await.writer;
    assert_eq!(live.park(&writer, 1, &["a"], 1).await, Parked::Parked);
    let opening = writing(live.ask(&request(generation, 1)).await);
    assert_eq!((opening.writer.attempt, opening.next_seq), (1, 2));
    assert_ne!(opening.writer.fence, writer.fence);
    assert_eq!(live.append(&writer, 2, &["x"]).await, Appended::Fenced);
    live.write(&opening.writer, 2, &["b"]).await;
}

/// A park whose outcome is unknown can be made again.
pub async fn parking_again_changes_nothing(live: LiveUnderTest) {
    let generation = generation();
    let writer = live.begin(generation).await.writer;
    assert_eq!(live.park(&writer, 1, &["a"], 2).await, Parked::Parked);
    assert_eq!(live.park(&writer, 1, &["a"], 2).await, Parked::Parked);
    assert_eq!(live.entries(generation).await, entries(1, &["a"]));
    let opening = writing(live.ask(&request(generation, 2)).await);
    assert_eq!(opening.writer.attempt, 2);
    assert_eq!(live.park(&writer, 1, &["a"], 2).await, Parked::Fenced);
}

/// Who has parked writes no more, and the next attempt need not wait for a lease.
pub async fn parking_lets_go_of_the_log(live: LiveUnderTest) {
    let generation = generation();
    let writer = live.begin(generation).await.writer;
    assert_eq!(live.park(&writer, 1, &["a"], 2).await, Parked::Parked);
    assert_eq!(live.append(&writer, 2, &["x"]).await, Appended::Fenced);
    assert_eq!(live.seal(&writer, 2, &["x"]).await, Sealing::Fenced);
    assert_eq!(live.entries(generation).await, entries(1, &["a"]));
    writing(live.ask(&request(generation, 2)).await);
}
