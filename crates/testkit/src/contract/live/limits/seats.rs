//! Promises about streams: how many of a user all processes together serve.

use std::time::Duration;

use domain::id::UserId;
use futures_util::future::join_all;
use ports::live::{Process, SEATS_AT_ONCE, Seating};

use super::{super::bench::LiveUnderTest, MINUTE, user};

const A: Process<'static> = Process { name: "a", kept: MINUTE };
const B: Process<'static> = Process { name: "b", kept: MINUTE };
const C: Process<'static> = Process { name: "c", kept: MINUTE };

impl LiveUnderTest {
    /// Whether `process` may serve `streams` of `user`, where all may serve `most`.
    async fn seats(&self, process: Process<'_>, user: UserId, streams: u32, most: u32) -> bool {
        let seating = self.limits.take_seat(process, user, streams, most).await.unwrap();
        seating == Seating::Free
    }

    async fn keep(&self, process: Process<'_>, streams: &[(UserId, u32)]) {
        self.limits.keep_seats(process, streams).await.unwrap();
    }
}

/// Wherever they are.
pub async fn all_processes_together_serve_so_many_streams(live: LiveUnderTest) {
    let user = user();
    assert!(live.seats(A, user, 1, 3).await);
    assert!(live.seats(B, user, 1, 3).await);
    assert!(live.seats(A, user, 2, 3).await);
    for (process, streams) in [(A, 3), (B, 2), (C, 1)] {
        assert!(!live.seats(process, user, streams, 3).await, "{process:?}");
    }
    assert!(live.seats(C, user, 1, 4).await);
}

/// Asking in vain takes nothing from anybody.
pub async fn a_seat_refused_is_not_counted(live: LiveUnderTest) {
    let user = user();
    assert!(live.seats(A, user, 1, 2).await);
    assert!(!live.seats(B, user, 2, 2).await);
    assert!(live.seats(A, user, 2, 2).await);
}

/// As after an answer that was lost.
pub async fn a_seat_taken_again_is_counted_once(live: LiveUnderTest) {
    let user = user();
    for _ in 0..3 {
        assert!(live.seats(A, user, 1, 2).await);
    }
    assert!(live.seats(B, user, 1, 2).await);
}

/// In whatever order they come.
pub async fn of_seats_taken_at_once_the_largest_number_counts(live: LiveUnderTest) {
    let user = user();
    for streams in [2, 1] {
        assert!(live.seats(A, user, streams, 3).await);
    }
    assert!(!live.seats(B, user, 2, 3).await);
    assert!(live.seats(B, user, 1, 3).await);
}

/// However many processes ask at once.
pub async fn simultaneous_wishes_for_seats_keep_within_the_most(live: LiveUnderTest) {
    let user = user();
    let names: Vec<String> = (0..20).map(|number| format!("process-{number}")).collect();
    let wish = |name| live.seats(Process { name, kept: MINUTE }, user, 1, 7);
    let seated = join_all(names.iter().map(|name| wish(name))).await;
    assert_eq!(seated.into_iter().filter(|seated| *seated).count(), 7);
}

/// More than allowed, what nobody knew of, and the same again.
pub async fn a_process_is_believed_how_many_it_serves(live: LiveUnderTest) {
    let user = user();
    for _ in 0..3 {
        live.keep(A, &[(user, 2)]).await;
    }
    assert!(live.seats(B, user, 1, 3).await);
    assert!(!live.seats(B, user, 2, 3).await);
    live.keep(A, &[(user, 4)]).await;
    assert!(!live.seats(B, user, 1, 3).await);
    live.keep(A, &[(user, 1)]).await;
    assert!(live.seats(B, user, 2, 3).await);
}

/// Some or all of them, and twice if need be.
pub async fn seats_given_back_are_free(live: LiveUnderTest) {
    let user = user();
    assert!(live.seats(A, user, 2, 2).await);
    assert!(!live.seats(B, user, 1, 2).await);
    live.keep(A, &[(user, 1)]).await;
    assert!(live.seats(B, user, 1, 2).await);
    for _ in 0..2 {
        live.keep(A, &[(user, 0)]).await;
    }
    assert!(live.seats(B, user, 2, 2).await);
}

/// Neither of other users nor for other processes.
pub async fn a_process_speaks_only_of_whom_it_names(live: LiveUnderTest) {
    let (one, other) = (user(), user());
    for user in [one, other] {
        assert!(live.seats(A, user, 1, 2).await);
        assert!(live.seats(B, user, 1, 2).await);
    }
    live.keep(A, &[]).await;
    live.keep(A, &[(one, 0)]).await;
    assert!(live.seats(C, one, 1, 2).await);
    assert!(!live.seats(C, other, 1, 2).await);
    let many: Vec<_> = (0..SEATS_AT_ONCE).map(|_| (user(), 1)).collect();
    live.keep(A, &many).await;
    for (user, _) in many.into_iter().step_by(85) {
        assert!(!live.seats(B, user, 1, 1).await, "it spoke of everybody");
    }
}

/// One that died does not take leave; one that says so again lives.
pub async fn a_silent_process_serves_nothing(live: LiveUnderTest) {
    let kept = Duration::from_secs(2);
    let [silent, lively, taking] =
        ["silent", "lively", "taking"].map(|name| Process { name, kept });
    let user = user();
    for process in [silent, lively, taking] {
        assert!(live.seats(process, user, 1, 3).await);
    }
    (live.advance)(Duration::from_millis(1_100)).await;
    live.keep(lively, &[(user, 1)]).await;
    assert!(live.seats(taking, user, 1, 3).await);
    assert!(!live.seats(C, user, 1, 3).await);
    (live.advance)(Duration::from_millis(1_100)).await;
    assert!(!live.seats(C, user, 2, 3).await);
    assert!(live.seats(C, user, 1, 3).await);
}

/// Each process's word holds as long as it says.
pub async fn a_short_word_does_not_shorten_another(live: LiveUnderTest) {
    let short = Process { name: "short", kept: Duration::from_millis(500) };
    let user = user();
    assert!(live.seats(A, user, 1, 2).await);
    assert!(live.seats(short, user, 1, 2).await);
    live.keep(short, &[(user, 1)]).await;
    (live.advance)(Duration::from_millis(700)).await;
    assert!(live.seats(C, user, 1, 2).await);
    assert!(!live.seats(C, user, 2, 2).await);
}
