//! A sealed log stays as it is.

use ports::live::{Appended, Opened, Parked, SealedLog, Sealing};

use super::super::bench::{LiveUnderTest, entries, generation, note, redelivered, request};

/// A job whose worker died after sealing finds the answer, and asks nobody again.
pub async fn a_sealed_log_keeps_its_entries_and_note(live: LiveUnderTest) {
    let generation = generation();
    let first = live.begin(generation).await.writer;
    assert_eq!(live.park(&first, 1, &["a"], 2).await, Parked::Parked);
    let second = live.take_over(generation, 2).await.writer;
    live.write(&second, 2, &["b"]).await;
    assert_eq!(live.seal(&second, 3, &["c"]).await, Sealing::Sealed);
    let sealed = SealedLog { entries: entries(1, &["a", "b", "c"]), note: Some(note()) };
    for request in [request(generation, 1), request(generation, 9), redelivered(generation, 2)] {
        assert_eq!(live.ask(&request).await, Opened::Sealed(sealed.clone()));
    }
}

/// A seal whose outcome is unknown can be made again.
pub async fn sealing_again_changes_nothing(live: LiveUnderTest) {
    let generation = generation();
    let writer = live.sealed(generation, &["a", "b"]).await;
    assert_eq!(live.seal(&writer, 1, &["a", "b"]).await, Sealing::Sealed);
    assert_eq!(live.entries(generation).await, entries(1, &["a", "b"]));
}

/// Even when the control plane was faster than the second try.
pub async fn sealing_again_after_the_end_changes_nothing(live: LiveUnderTest) {
    let generation = generation();
    let writer = live.sealed(generation, &["a"]).await;
    live.conclude(generation, 2, &["done"]).await;
    assert_eq!(live.seal(&writer, 1, &["a"]).await, Sealing::Sealed);
    assert_eq!(live.entries(generation).await, entries(1, &["a", "done"]));
}

/// Not even its own writer adds to a sealed log.
pub async fn nothing_follows_a_seal(live: LiveUnderTest) {
    let generation = generation();
    let writer = live.sealed(generation, &["a"]).await;
    assert_eq!(live.append(&writer, 2, &["x"]).await, Appended::Fenced);
    assert_eq!(live.park(&writer, 2, &["x"], 2).await, Parked::Fenced);
    assert_eq!(live.entries(generation).await, entries(1, &["a"]));
}
