//! Attempts that begin.

use std::time::Duration;

use domain::{
    generation::{Generation, State, Status},
    id::{ChatId, GenerationId, UserId},
};
use ports::store::Settlement;

use super::super::bench::{StoreUnderTest, t};
use crate::{clock::epoch, sample};

/// The first start's time is its own.
pub async fn a_start_makes_it_streaming(store: StoreUnderTest) {
    let queued = store.queued().await;
    let settlement = store.start(&queued, 1, t(3)).await;
    let now = store.now(&queued).await;
    assert_eq!(settlement, Settlement::Changed(Box::new(now.clone())));
    let state = State { status: Status::Streaming, attempt: 1, ..State::NEW };
    let expected = Generation { state, started_at: Some(t(3)), updated_at: t(3), ..queued };
    assert_eq!(now, expected);
}

/// After a crash, without the end of the earlier one.
pub async fn a_later_attempt_takes_over(store: StoreUnderTest) {
    let streaming = store.streaming_at(t(1)).await;
    store.start(&streaming, 3, t(9)).await;
    let now = store.now(&streaming).await;
    assert_eq!((now.state.attempt, now.state.status), (3, Status::Streaming));
    assert_eq!((now.started_at, now.updated_at), (Some(t(1)), t(9)));
}

/// The answer tells how the generation is.
pub async fn a_start_said_twice_or_late_changes_nothing(store: StoreUnderTest) {
    let streaming = store.streaming().await;
    store.start(&streaming, 2, t(2)).await;
    let now = store.now(&streaming).await;
    for attempt in [1, 2] {
        let settlement = store.start(&streaming, attempt, t(9)).await;
        assert_eq!(settlement, Settlement::Unchanged(Box::new(now.clone())));
    }
    assert_eq!(store.now(&streaming).await, now);
}

/// And nothing is written, not even to the outbox.
pub async fn an_unknown_generation_is_answered_as_unknown(store: StoreUnderTest) {
    let message = sample::message(ChatId::generate(epoch()), "?", epoch());
    let unknown = sample::generation(UserId::generate(epoch()), &message, epoch());
    assert_eq!(store.start(&unknown, 1, t(1)).await, Settlement::Unknown);
    let end = store.end(&unknown, 1, sample::succeeded(), vec![], t(2)).await;
    assert_eq!(end, Settlement::Unknown);
    assert_eq!(store.unsent().await, []);
    let row = sample::job_row(&sample::job(&unknown, "?"), t(3));
    assert!(!store.progress.rescued(unknown.id, 0, Duration::ZERO, &[row], t(3)).await.unwrap());
    assert_eq!(store.unsent().await, []);
}

/// Workers and operators do not know its owner.
pub async fn a_generation_is_found_whoever_it_belongs_to(store: StoreUnderTest) {
    let (one, other) = (store.queued().await, store.streaming().await);
    for generation in [&one, &other] {
        let found = store.progress.find_any(generation.id).await.unwrap();
        assert_eq!(found, Some(store.now(generation).await));
    }
    let unknown = GenerationId::generate(epoch());
    assert_eq!(store.progress.find_any(unknown).await.unwrap(), None);
}
