//! A log becomes no larger than it may, and always gets its end.

use ports::live::{Appended, LogPhase, OpenRequest, Opening, Parked, Sealing};

use super::super::bench::{
    LiveUnderTest, entries, events, generation, redelivered, request, writing,
};

/// `request`, for a log that takes no more than `words`.
fn with_room_for(words: &[&str], request: OpenRequest) -> OpenRequest {
    let max_bytes = events(words).iter().map(|event| event.len() as u64).sum();
    OpenRequest { max_bytes, ..request }
}

/// A new log that takes no more than `words`.
async fn begin(live: &LiveUnderTest, words: &[&str]) -> Opening {
    writing(live.ask(&with_room_for(words, request(generation(), 1))).await)
}

/// What was refused is not there, what fits still is taken, and the end in any case.
pub async fn a_full_log_takes_nothing_but_its_end(live: LiveUnderTest) {
    let writer = begin(&live, &["a", "b", "c", "d"]).await.writer;
    let generation = writer.generation;
    assert_eq!(live.append(&writer, 1, &["a", "b", "c", "d", "e"]).await, Appended::Full);
    assert_eq!(live.entries(generation).await, vec![]);
    for (seq, word) in (1..).zip(["a", "b", "c"]) {
        live.write(&writer, seq, &[word]).await;
    }
    assert_eq!(live.append(&writer, 4, &["d", "e"]).await, Appended::Full);
    live.write(&writer, 4, &["d"]).await;
    assert_eq!(live.append(&writer, 5, &["e"]).await, Appended::Full);
    assert_eq!(live.park(&writer, 5, &["e"], 2).await, Parked::Full);
    // What is there already takes no room, nor does nothing.
    live.write(&writer, 2, &["b", "c", "d"]).await;
    live.write(&writer, 5, &[]).await;
    let read = live.read(generation).await;
    assert_eq!((read.phase, read.last_seq), (LogPhase::Open, 4));
    assert_eq!(read.entries, entries(1, &["a", "b", "c", "d"]));
    assert_eq!(live.seal(&writer, 5, &["e", "f"]).await, Sealing::Sealed);
    live.conclude(generation, 7, &["done"]).await;
    let all = entries(1, &["a", "b", "c", "d", "e", "f", "done"]);
    assert_eq!(live.entries(generation).await, all);
}

/// However many attempts are made, their events pile up in one place.
pub async fn all_attempts_fill_one_log(live: LiveUnderTest) {
    let words = ["a", "b", "c", "d"];
    let first = begin(&live, &words).await.writer;
    let generation = first.generation;
    live.write(&first, 1, &["a"]).await;
    let again = with_room_for(&words, redelivered(generation, 1));
    let second = writing(live.ask_again(again).await).writer;
    live.write(&second, 2, &["b"]).await;
    assert_eq!(live.park(&second, 3, &["c"], 3).await, Parked::Parked);
    let third = with_room_for(&words, request(generation, 3));
    let third = writing(live.ask(&third).await).writer;
    live.write(&third, 4, &["d"]).await;
    assert_eq!(live.append(&third, 5, &["e"]).await, Appended::Full);
    assert_eq!(live.seal(&third, 5, &["e"]).await, Sealing::Sealed);
    assert_eq!(live.entries(generation).await, entries(1, &["a", "b", "c", "d", "e"]));
}

/// Only what is there takes room.
pub async fn a_lost_log_has_its_room_again(live: LiveUnderTest) {
    let writer = begin(&live, &["a", "b"]).await.writer;
    let generation = writer.generation;
    live.write(&writer, 1, &["a", "b"]).await;
    live.lose(generation).await;
    assert_eq!(live.append(&writer, 3, &["c"]).await, Appended::Lost { last_seq: 0 });
    assert_eq!(live.append(&writer, 1, &["a", "b", "c"]).await, Appended::Full);
    live.write(&writer, 1, &["a", "b"]).await;
    assert_eq!(live.append(&writer, 3, &["c"]).await, Appended::Full);
    assert_eq!(live.seal(&writer, 3, &["c"]).await, Sealing::Sealed);
    assert_eq!(live.entries(generation).await, entries(1, &["a", "b", "c"]));
}

/// The same when whoever opens it knows of more than it holds.
pub async fn a_log_begun_anew_has_its_room_again(live: LiveUnderTest) {
    let words = ["a", "b"];
    let first = begin(&live, &words).await.writer;
    assert_eq!(live.park(&first, 1, &words, 2).await, Parked::Parked);
    let next = with_room_for(&words, request(first.generation, 2));
    let Opening { writer, next_seq, .. } =
        writing(live.ask(&OpenRequest { last_seq: 7, ..next }).await);
    live.write(&writer, next_seq, &["c"]).await;
    live.write(&writer, next_seq + 1, &["d"]).await;
    assert_eq!(live.append(&writer, next_seq + 2, &["e"]).await, Appended::Full);
    assert_eq!(live.entries(first.generation).await, entries(next_seq, &["c", "d"]));
}
