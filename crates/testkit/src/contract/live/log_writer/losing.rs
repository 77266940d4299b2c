//! A log that lost entries gets them back, or goes on beyond them: no number has two contents.

use std::time::Duration;

use ports::live::{Appended, LogPhase, OpenRequest, Opening, Parked, Sealing, Takeover};

use super::super::bench::{
    LiveUnderTest, entries, generation, note, redelivered, request, writing,
};

/// No log gets near this number one by one; a log begun beyond a lost one is far above it.
const FAR: u64 = 1_000_000_000;

/// The greatest number that JavaScript can tell from the next one.
const LARGEST_SAFE: u64 = (1 << 53) - 1;

fn assert_is_beyond(opening: &Opening) {
    let next_seq = opening.next_seq;
    assert!(next_seq > FAR, "{next_seq} may have been used before");
    assert!(next_seq < LARGEST_SAFE, "{next_seq} is too much for a browser");
}

/// A number that is not the next one tells the writer where the log ends.
pub async fn a_gap_is_refused_until_it_is_filled(live: LiveUnderTest) {
    let generation = generation();
    let writer = live.begin(generation).await.writer;
    live.write(&writer, 1, &["a", "b"]).await;
    for _ in 0..3 {
        assert_eq!(live.append(&writer, 5, &["e"]).await, Appended::Lost { last_seq: 2 });
    }
    assert_eq!(live.entries(generation).await, entries(1, &["a", "b"]));
    live.write(&writer, 3, &["c", "d", "e"]).await;
    assert_eq!(live.entries(generation).await, entries(1, &["a", "b", "c", "d", "e"]));
}

/// Nothing is parked or sealed with a gap.
pub async fn a_gap_is_refused_to_park_and_seal(live: LiveUnderTest) {
    let generation = generation();
    let writer = live.begin(generation).await.writer;
    live.write(&writer, 1, &["a"]).await;
    assert_eq!(live.park(&writer, 3, &["c"], 2).await, Parked::Lost { last_seq: 1 });
    assert_eq!(live.seal(&writer, 3, &["c"]).await, Sealing::Lost { last_seq: 1 });
    assert_eq!(live.entries(generation).await, entries(1, &["a"]));
    assert_eq!(live.phase(generation).await, LogPhase::Open);
    assert_eq!(live.seal(&writer, 2, &["b", "c"]).await, Sealing::Sealed);
    assert_eq!(live.entries(generation).await, entries(1, &["a", "b", "c"]));
}

/// The writer of a log that is gone learns of it, and brings everything back with the same numbers.
pub async fn a_lost_log_is_written_again(live: LiveUnderTest) {
    let generation = generation();
    let writer = live.begin(generation).await.writer;
    live.write(&writer, 1, &["a", "b"]).await;
    live.lose(generation).await;
    assert_eq!(live.append(&writer, 3, &["c"]).await, Appended::Lost { last_seq: 0 });
    live.write(&writer, 1, &["a", "b", "c"]).await;
    live.write(&writer, 4, &["d"]).await;
    assert_eq!(live.entries(generation).await, entries(1, &["a", "b", "c", "d"]));
    assert_eq!(live.seal(&writer, 5, &[]).await, Sealing::Sealed);
}

/// From its writer, before that has brought anything back; or from whoever began it anew.
pub async fn a_lost_log_knows_how_far_it_had_come(live: LiveUnderTest) {
    let generation = generation();
    let writer = live.begin(generation).await.writer;
    live.write(&writer, 1, &["a", "b"]).await;
    live.lose(generation).await;
    assert_eq!(live.read(generation).await.phase, LogPhase::Missing);
    assert_eq!(live.append(&writer, 3, &["c"]).await, Appended::Lost { last_seq: 0 });
    let read = live.read(generation).await;
    assert_eq!((read.phase, read.entries), (LogPhase::Open, vec![]));
    assert!(read.last_seq >= 2, "{} was seen", read.last_seq);
    live.lose(generation).await;
    let opening = live.take_over(generation, 1).await;
    assert_eq!(live.read(generation).await.last_seq, opening.next_seq - 1);
}

/// A writer has only the entries of its own attempt to bring back.
pub async fn what_cannot_be_filled_is_left_out(live: LiveUnderTest) {
    let generation = generation();
    let first = live.begin(generation).await.writer;
    assert_eq!(live.park(&first, 1, &["a", "b"], 2).await, Parked::Parked);
    let second = writing(live.ask(&request(generation, 2)).await).writer;
    live.write(&second, 3, &["c"]).await;
    live.lose(generation).await;
    assert_eq!(live.append(&second, 4, &["d"]).await, Appended::Lost { last_seq: 0 });
    live.write(&second, 3, &["c", "d"]).await;
    let read = live.read(generation).await;
    assert_eq!((read.entries, read.last_seq), (entries(3, &["c", "d"]), 4));
    live.write(&second, 5, &["e"]).await;
}

/// The last entries of an attempt may be the ones that find the log gone.
pub async fn a_log_lost_before_parking_is_written_again(live: LiveUnderTest) {
    let generation = generation();
    let writer = live.begin(generation).await.writer;
    live.write(&writer, 1, &["a"]).await;
    live.lose(generation).await;
    assert_eq!(live.park(&writer, 2, &["b"], 2).await, Parked::Lost { last_seq: 0 });
    assert_eq!(live.park(&writer, 1, &["a", "b"], 2).await, Parked::Parked);
    let opening = writing(live.ask(&request(generation, 2)).await);
    assert_eq!((opening.writer.attempt, opening.next_seq), (2, 3));
    assert_eq!(live.entries(generation).await, entries(1, &["a", "b"]));
}

/// The same for the last entries of all.
pub async fn a_log_lost_before_sealing_is_written_again(live: LiveUnderTest) {
    let generation = generation();
    let writer = live.begin(generation).await.writer;
    live.write(&writer, 1, &["a"]).await;
    live.lose(generation).await;
    assert_eq!(live.seal(&writer, 2, &["b"]).await, Sealing::Lost { last_seq: 0 });
    assert_eq!(live.seal(&writer, 1, &["a", "b"]).await, Sealing::Sealed);
    assert_eq!(live.entries(generation).await, entries(1, &["a", "b"]));
    let ports::live::Opened::Sealed(sealed) = live.ask(&redelivered(generation, 1)).await else {
        panic!("the log is sealed");
    };
    assert_eq!(sealed.note, Some(note()));
}

/// Whoever takes over a job whose log is gone uses no number that may have been seen.
pub async fn numbers_go_on_beyond_a_lost_log(live: LiveUnderTest) {
    let generation = generation();
    let writer = live.begin(generation).await.writer;
    live.write(&writer, 1, &["a"]).await;
    live.lose(generation).await;
    let second = live.take_over(generation, 1).await;
    assert_is_beyond(&second);
    let first_seq = second.next_seq;
    live.write(&second.writer, first_seq, &["b", "c"]).await;
    assert_eq!(live.entries(generation).await, entries(first_seq, &["b", "c"]));
    live.lose(generation).await;
    let third = live.take_over(generation, 2).await;
    assert_is_beyond(&third);
    assert!(third.next_seq > first_seq + 1, "a number was given twice");
    assert_eq!(third.inherited, vec![]);
}

/// The attempt that the job asks for may have begun, and be known. Only a writer itself knows that its next one has
/// not.
pub async fn attempts_go_on_beyond_a_lost_log(live: LiveUnderTest) {
    let generation = generation();
    let first = live.begin(generation).await.writer;
    live.lose(generation).await;
    let second = live.take_over(generation, 1).await.writer;
    assert_eq!((first.attempt, second.attempt), (1, 2));
    live.lose(generation).await;
    let takeover = Takeover::Own { fence: second.fence };
    let next = OpenRequest { redelivered: true, takeover, ..request(generation, 3) };
    assert_eq!(writing(live.ask(&next).await).writer.attempt, 3);
    live.lose(generation).await;
    assert_eq!(writing(live.ask(&request(generation, 4)).await).writer.attempt, 4);
}

/// A copy of the log may lack what its writer had written last, which tells of it when it opens its next attempt.
pub async fn a_writer_that_knows_of_more_than_its_log_goes_on_beyond(live: LiveUnderTest) {
    let generation = generation();
    let first = live.begin(generation).await.writer;
    live.write(&first, 1, &["a"]).await;
    let takeover = Takeover::Own { fence: first.fence };
    let next = OpenRequest { redelivered: true, takeover, ..request(generation, 2) };
    let opening = writing(live.ask(&OpenRequest { last_seq: 3, ..next }).await);
    assert_is_beyond(&opening);
    assert_eq!((opening.writer.attempt, opening.inherited), (2, vec![]));
    live.write(&opening.writer, opening.next_seq, &["b"]).await;
    assert_eq!(live.append(&first, 2, &["x"]).await, Appended::Fenced);
}

/// The writer of a lost log may die before it has brought everything back: what it had written may
/// have been seen.
pub async fn numbers_go_on_beyond_a_log_never_brought_back(live: LiveUnderTest) {
    for brought_back in [&[][..], &["a"]] {
        let generation = generation();
        let writer = live.begin(generation).await.writer;
        live.write(&writer, 1, &["a", "b"]).await;
        live.lose(generation).await;
        assert_eq!(live.append(&writer, 3, &["c"]).await, Appended::Lost { last_seq: 0 });
        if !brought_back.is_empty() {
            live.write(&writer, 1, brought_back).await;
        }
        (live.advance)(live.lease + Duration::from_millis(100)).await;
        assert_is_beyond(&live.take_over(generation, 1).await);
    }
}

/// A job that knows of entries does not begin at 1, though it was never handed over before.
pub async fn a_log_that_should_exist_goes_on_beyond_what_it_held(live: LiveUnderTest) {
    let generation = generation();
    let opening = writing(live.ask(&OpenRequest { last_seq: 7, ..request(generation, 2) }).await);
    assert_is_beyond(&opening);
    assert_eq!((opening.writer.attempt, opening.inherited), (2, vec![]));
}

/// The same when the log is there, but not as long as the job knows it was.
pub async fn a_log_that_ends_too_early_goes_on_beyond_what_it_held(live: LiveUnderTest) {
    let generation = generation();
    let writer = live.begin(generation).await.writer;
    assert_eq!(live.park(&writer, 1, &["a"], 2).await, Parked::Parked);
    let opening = writing(live.ask(&OpenRequest { last_seq: 7, ..request(generation, 2) }).await);
    assert_is_beyond(&opening);
    live.write(&opening.writer, opening.next_seq, &["b"]).await;
}

/// A worker that wakes up after the loss, when another one has the log, can do nothing.
pub async fn a_writer_of_a_lost_log_is_fenced_off_by_the_next(live: LiveUnderTest) {
    let generation = generation();
    let old = live.begin(generation).await.writer;
    live.write(&old, 1, &["a"]).await;
    live.lose(generation).await;
    let new = live.take_over(generation, 1).await;
    assert_ne!(new.writer.fence, old.fence);
    assert_eq!(live.append(&old, 2, &["x"]).await, Appended::Fenced);
    assert_eq!(live.append(&old, 1, &["a", "x"]).await, Appended::Fenced);
    assert_eq!(live.seal(&old, new.next_seq, &["x"]).await, Sealing::Fenced);
    live.write(&new.writer, new.next_seq, &["b"]).await;
    assert_eq!(live.entries(generation).await, entries(new.next_seq, &["b"]));
}
