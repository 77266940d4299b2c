//! Entries as they come.

use std::time::Duration;

use futures_util::future::join;
use ports::live::{Parked, Sealing};

use super::super::{
    super::waiting::{soon, stays_quiet},
    bench::{LiveUnderTest, entries, followed, followed_to_the_end, generation, request, writing},
};

/// A viewer who comes late sees what was there, and then what comes.
pub async fn following_gives_what_is_there_and_what_comes(live: LiveUnderTest) {
    let generation = generation();
    let writer = live.begin(generation).await.writer;
    live.write(&writer, 1, &["a", "b"]).await;
    let mut batches = live.follow(generation, 0).await;
    assert_eq!(followed(&mut batches, 2).await, entries(1, &["a", "b"]));
    stays_quiet(&mut batches).await;
    for (seq, word) in [(3, "c"), (4, "d")] {
        let (seen, ()) = join(followed(&mut batches, 1), live.write(&writer, seq, &[word])).await;
        assert_eq!(seen, entries(seq, &[word]));
    }
}

/// A viewer who comes back goes on where it was.
pub async fn following_begins_after_a_number(live: LiveUnderTest) {
    let generation = generation();
    let writer = live.begin(generation).await.writer;
    live.write(&writer, 1, &["a", "b", "c"]).await;
    let mut batches = live.follow(generation, 2).await;
    assert_eq!(followed(&mut batches, 1).await, entries(3, &["c"]));
    live.write(&writer, 4, &["d"]).await;
    assert_eq!(followed(&mut batches, 1).await, entries(4, &["d"]));
}

/// A viewer who comes before the worker waits.
pub async fn following_waits_for_a_log_to_begin(live: LiveUnderTest) {
    let generation = generation();
    let mut batches = live.follow(generation, 0).await;
    stays_quiet(&mut batches).await;
    let writing = async {
        (live.advance)(Duration::from_millis(20)).await;
        let writer = live.begin(generation).await.writer;
        live.write(&writer, 1, &["a"]).await;
    };
    let (seen, ()) = join(followed(&mut batches, 1), writing).await;
    assert_eq!(seen, entries(1, &["a"]));
}

/// A retry is nothing that a viewer has to come back for.
pub async fn following_goes_on_over_a_pause_and_a_new_attempt(live: LiveUnderTest) {
    let generation = generation();
    let mut batches = live.follow(generation, 0).await;
    let first = live.begin(generation).await.writer;
    live.write(&first, 1, &["a"]).await;
    assert_eq!(live.park(&first, 2, &["retry"], 2).await, Parked::Parked);
    assert_eq!(followed(&mut batches, 2).await, entries(1, &["a", "retry"]));
    stays_quiet(&mut batches).await;
    let second = writing(live.ask(&request(generation, 2)).await).writer;
    live.write(&second, 3, &["b"]).await;
    let third = live.take_over(generation, 2).await.writer;
    live.write(&third, 4, &["c"]).await;
    assert_eq!(followed(&mut batches, 2).await, entries(3, &["b", "c"]));
}

/// The seal is not the end; the terminal events are, and then the stream ends.
pub async fn following_ends_after_the_terminal_events(live: LiveUnderTest) {
    let generation = generation();
    let mut batches = live.follow(generation, 0).await;
    let writer = live.begin(generation).await.writer;
    assert_eq!(live.seal(&writer, 1, &["a"]).await, Sealing::Sealed);
    assert_eq!(followed(&mut batches, 1).await, entries(1, &["a"]));
    stays_quiet(&mut batches).await;
    let ending = async {
        (live.advance)(Duration::from_millis(20)).await;
        live.conclude(generation, 2, &["error", "done"]).await;
    };
    let (seen, ()) = join(followed_to_the_end(batches), ending).await;
    assert_eq!(seen, entries(2, &["error", "done"]));
}

/// An ended log is told to its end, from wherever, and nothing is waited for.
pub async fn following_an_ended_log_ends_at_once(live: LiveUnderTest) {
    let generation = generation();
    live.sealed(generation, &["a", "b"]).await;
    live.conclude(generation, 3, &["done"]).await;
    let cases: [(u64, &[&str]); 4] =
        [(0, &["a", "b", "done"]), (2, &["done"]), (3, &[]), (99, &[])];
    for (after, words) in cases {
        let seen = followed_to_the_end(live.follow(generation, after).await).await;
        assert_eq!(seen, entries(after + 1, words), "after {after}");
    }
}

/// Who claims to have seen more than there is gets nothing twice, and is not left hanging.
pub async fn following_from_beyond_the_end_waits_for_the_end(live: LiveUnderTest) {
    let generation = generation();
    let writer = live.begin(generation).await.writer;
    live.write(&writer, 1, &["a"]).await;
    let mut batches = live.follow(generation, 50).await;
    live.write(&writer, 2, &["b"]).await;
    stays_quiet(&mut batches).await;
    let ending = live.conclude(generation, 3, &["done"]);
    let (seen, ()) = join(followed_to_the_end(batches), ending).await;
    assert_eq!(seen, vec![]);
}

/// A log begun anew beyond a lost one goes on for those who followed the lost one.
pub async fn following_goes_on_in_a_log_begun_anew(live: LiveUnderTest) {
    let generation = generation();
    let writer = live.begin(generation).await.writer;
    live.write(&writer, 1, &["a"]).await;
    let mut batches = live.follow(generation, 0).await;
    assert_eq!(followed(&mut batches, 1).await, entries(1, &["a"]));
    live.lose(generation).await;
    let opening = live.take_over(generation, 1).await;
    live.write(&opening.writer, opening.next_seq, &["b"]).await;
    assert_eq!(followed(&mut batches, 1).await, entries(opening.next_seq, &["b"]));
    live.conclude(generation, opening.next_seq + 1, &["done"]).await;
    let seen = soon(followed_to_the_end(batches)).await;
    assert_eq!(seen, entries(opening.next_seq + 1, &["done"]));
}
