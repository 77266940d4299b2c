//! Forgetting in two steps: the entries, and that there was an end.

use std::time::Duration;

use ports::live::{Concluded, LogPhase, LogRead, Opened, SealedLog};

use super::super::bench::{
    LiveUnderTest, entries, events, followed_to_the_end, generation, note, redelivered, request,
    writing,
};

const SHORT: Duration = Duration::from_millis(1500);
const LONG: Duration = Duration::from_mins(1);
const BEYOND_SHORT: Duration = Duration::from_millis(1700);

const NOTHING: LogRead = LogRead { entries: Vec::new(), phase: LogPhase::Missing, last_seq: 0 };

/// Entries stay for so long, and are gone then.
pub async fn entries_expire_in_their_time(live: LiveUnderTest) {
    let generation = generation();
    live.sealed(generation, &["a"]).await;
    live.conclude(generation, 2, &["done"]).await;
    live.expire(generation, SHORT, LONG).await;
    assert_eq!(live.entries(generation).await, entries(1, &["a", "done"]));
    (live.advance)(BEYOND_SHORT).await;
    assert_eq!(live.read(generation).await, NOTHING);
}

/// A late job finds that the answer was given, though the answer is gone.
pub async fn the_end_is_remembered_longer_than_the_entries(live: LiveUnderTest) {
    let generation = generation();
    live.sealed(generation, &["a"]).await;
    live.expire(generation, SHORT, LONG).await;
    (live.advance)(BEYOND_SHORT).await;
    let sealed = SealedLog { entries: vec![], note: Some(note()) };
    for request in [request(generation, 1), redelivered(generation, 2)] {
        assert_eq!(live.ask(&request).await, Opened::Sealed(sealed.clone()));
    }
}

/// No second end is written where there was one.
pub async fn a_concluded_log_stays_concluded_without_its_entries(live: LiveUnderTest) {
    let generation = generation();
    live.conclude(generation, 1, &["done"]).await;
    live.expire(generation, SHORT, LONG).await;
    (live.advance)(BEYOND_SHORT).await;
    let again = live.event_log.conclude(generation, 1, events(&["done"])).await.unwrap();
    assert_eq!(again, Concluded::Already);
    assert_eq!(live.read(generation).await, NOTHING);
    let sealed = SealedLog { entries: vec![], note: None };
    assert_eq!(live.ask(&request(generation, 1)).await, Opened::Sealed(sealed));
}

/// Nothing comes any more, so nothing is waited for.
pub async fn following_an_expired_log_ends_at_once(live: LiveUnderTest) {
    let generation = generation();
    live.conclude(generation, 1, &["done"]).await;
    live.expire(generation, SHORT, LONG).await;
    (live.advance)(BEYOND_SHORT).await;
    assert_eq!(followed_to_the_end(live.follow(generation, 0).await).await, vec![]);
}

/// After the second time nothing is known of the generation at all.
pub async fn the_end_is_forgotten_in_its_time(live: LiveUnderTest) {
    let generation = generation();
    live.sealed(generation, &["a"]).await;
    live.conclude(generation, 2, &["done"]).await;
    live.expire(generation, SHORT, SHORT).await;
    (live.advance)(BEYOND_SHORT).await;
    assert_eq!(live.read(generation).await, NOTHING);
    assert_eq!(writing(live.ask(&request(generation, 1)).await).next_seq, 1);
}

/// There is no end to remember.
pub async fn an_open_log_that_expires_is_forgotten(live: LiveUnderTest) {
    let generation = generation();
    let writer = live.begin(generation).await.writer;
    live.write(&writer, 1, &["a"]).await;
    live.expire(generation, SHORT, LONG).await;
    (live.advance)(BEYOND_SHORT).await;
    assert_eq!(live.read(generation).await, NOTHING);
    let opening = writing(live.ask(&request(generation, 1)).await);
    assert_eq!((opening.writer.attempt, opening.next_seq), (1, 1));
}

/// Not to know a log is no error.
pub async fn expiring_an_unknown_log_does_nothing(live: LiveUnderTest) {
    let generation = generation();
    live.expire(generation, SHORT, LONG).await;
    assert_eq!(live.begin(generation).await.next_seq, 1);
    (live.advance)(BEYOND_SHORT).await;
    assert_eq!(live.phase(generation).await, LogPhase::Open);
}
