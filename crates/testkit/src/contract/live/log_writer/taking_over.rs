//! Who is taken for gone, and who is not.

use ports::live::{Appended, OpenRequest, Opened, Takeover};

use super::super::bench::{
    LiveUnderTest, entries, generation, redelivered, request, takes_over, writing,
};

/// A wish whose answer was lost is made again, and gets what it had got.
pub async fn a_wish_made_again_gets_the_same_right(live: LiveUnderTest) {
    let generation = generation();
    let old = live.begin(generation).await.writer;
    live.write(&old, 1, &["a"]).await;
    let Opened::HeldBy { gone: Some(fence), .. } = live.ask(&redelivered(generation, 1)).await
    else {
        panic!("the log is held by the same message");
    };
    let wish = takes_over(redelivered(generation, 1), fence);
    let opening = writing(live.ask(&wish).await);
    assert_eq!(writing(live.ask(&wish).await), opening);
    live.write(&opening.writer, 2, &["b"]).await;
    assert_eq!(live.entries(generation).await, entries(1, &["a", "b"]));
}

/// Another message of the same generation says nothing of who holds the log.
pub async fn another_message_takes_nothing_over(live: LiveUnderTest) {
    let generation = generation();
    let writer = live.begin(generation).await.writer;
    let another = super::super::bench::generation().as_uuid();
    let copy = OpenRequest { message: another, ..redelivered(generation, 1) };
    let opened = live.ask(&copy).await;
    assert!(matches!(opened, Opened::HeldBy { gone: None, .. }), "{opened:?}");
    live.write(&writer, 1, &["a"]).await;
}

/// A writer whose job was taken away, and that goes on, is not gone, whoever believed so before.
pub async fn a_writer_that_goes_on_is_not_gone(live: LiveUnderTest) {
    let generation = generation();
    let writer = live.begin(generation).await.writer;
    let again = redelivered(generation, 1);
    let Opened::HeldBy { gone: Some(fence), .. } = live.ask(&again).await else {
        panic!("it has not said yet that it goes on");
    };
    live.log_writer.go_on(&writer).await.unwrap();
    for late in [takes_over(redelivered(generation, 1), fence), redelivered(generation, 1)] {
        let opened = live.ask(&late).await;
        assert!(matches!(opened, Opened::HeldBy { gone: None, .. }), "{opened:?}");
    }
    live.write(&writer, 1, &["a"]).await;
    // When its lease ends, it is.
    (live.advance)(live.lease + std::time::Duration::from_millis(100)).await;
    assert_eq!(writing(live.ask(&redelivered(generation, 1)).await).writer.attempt, 2);
}

/// Who was fenced off has nothing to go on with.
pub async fn a_fenced_writer_keeps_nobody_away(live: LiveUnderTest) {
    let generation = generation();
    let old = live.begin(generation).await.writer;
    live.take_over(generation, 1).await;
    live.log_writer.go_on(&old).await.unwrap();
    live.take_over(generation, 1).await;
}

/// Whoever takes over names from whom, so that of two who do, one is refused.
pub async fn a_takeover_is_from_the_writer_it_names(live: LiveUnderTest) {
    let generation = generation();
    let first = live.begin(generation).await.writer;
    let second = live.take_over(generation, 1).await.writer;
    let late = takes_over(redelivered(generation, 1), first.fence);
    let opened = live.ask(&late).await;
    assert!(matches!(opened, Opened::HeldBy { .. }), "{opened:?}");
    live.write(&second, 1, &["a"]).await;
}

/// A writer goes on to its next attempt, even after its job was taken away.
pub async fn a_writer_takes_over_from_itself(live: LiveUnderTest) {
    let generation = generation();
    let first = live.begin(generation).await.writer;
    live.write(&first, 1, &["a"]).await;
    live.log_writer.go_on(&first).await.unwrap();
    let takeover = Takeover::Own { fence: first.fence };
    let next = OpenRequest { redelivered: true, takeover, ..request(generation, 2) };
    let opening = writing(live.ask(&next).await);
    assert_eq!((opening.writer.attempt, opening.next_seq), (2, 2));
    assert_eq!(opening.inherited, entries(1, &["a"]));
    assert_eq!(live.append(&first, 2, &["b"]).await, Appended::Fenced);
    // It still goes on without its job.
    let opened = live.ask(&redelivered(generation, 1)).await;
    assert!(matches!(opened, Opened::HeldBy { gone: None, .. }), "{opened:?}");
}

/// Whoever has just brought it back lives.
pub async fn a_log_brought_back_is_waited_for(live: LiveUnderTest) {
    let generation = generation();
    let writer = live.begin(generation).await.writer;
    live.write(&writer, 1, &["a"]).await;
    live.lose(generation).await;
    while live.append(&writer, 1, &["a"]).await != Appended::Appended {}
    let opened = live.ask(&redelivered(generation, 1)).await;
    assert!(matches!(opened, Opened::HeldBy { gone: None, .. }), "{opened:?}");
    live.write(&writer, 2, &["b"]).await;
}
