//! Being stopped.

use domain::{
    attempt::Outcome,
    chat::Speaker,
    event::SeqEvent,
    generation::{Generation, Status},
    id::GenerationId,
    time::Timestamp,
};
use futures_util::future::join;
use ports::store::{Cancellation, NewOutboxRow, Rest, Settlement, Stop};

use super::super::bench::{StoreUnderTest, t};
use crate::{clock::epoch, sample};

async fn cancel(
    store: &StoreUnderTest,
    of: &Generation,
    events: Vec<SeqEvent>,
    outbox: &[NewOutboxRow],
    at: Timestamp,
) -> Cancellation {
    let last_seq = events.last().map_or(0, |entry| entry.seq);
    let rest = Rest { events, last_seq };
    let stop = Stop { outbox, ..sample::stop(&rest, at) };
    store.generations.cancel(of.user_id, of.id, stop, at).await.unwrap()
}

/// With its events archived and its messages published.
pub async fn a_queued_generation_is_canceled_at_once(store: StoreUnderTest) {
    let queued = store.queued().await;
    let events = sample::events(1, 1, &["Hel"]);
    let outbox = [sample::usage_row(&queued, t(5))];
    let answer = cancel(&store, &queued, events.clone(), &outbox, t(5)).await;
    let now = store.now(&queued).await;
    assert_eq!(answer, Cancellation::Canceled(Box::new(now.clone())));
    assert_eq!(now.state.status, Status::Canceled);
    assert_eq!((now.finished_at, now.updated_at, now.last_seq), (Some(t(5)), t(5), 2));
    assert_eq!(store.archive(&queued).await, events);
    assert_eq!(store.unsent().await.len(), 1);
}

/// As after the wish to stop of a worker that was heard of, wherever its beginning was archived.
pub async fn what_viewers_have_of_a_queued_generation_is_its_answer(store: StoreUnderTest) {
    for is_archived in [false, true] {
        let queued = store.queued_at(t(6)).await;
        let mut events = sample::events(1, 1, &["Hel", "lo"]);
        if is_archived {
            let rest = events.split_off(2);
            let reason = "overloaded".to_owned();
            let retry = Outcome::RetryIn { at: t(600), reason, uses_rung: true };
            store.end(&queued, 1, retry, events, t(6)).await;
            events = rest;
        }
        // By a clock that is behind.
        cancel(&store, &queued, events, &[], t(5)).await;
        let now = store.now(&queued).await;
        let messages = store.messages(queued.chat_id).await;
        let [question, answer] = &messages[..] else { panic!("{messages:?}") };
        assert_eq!((answer.content.as_str(), answer.role), ("Hello", Speaker::Assistant));
        assert_eq!((answer.parent_id, answer.generation_id), (Some(question.id), Some(now.id)));
        assert_eq!(now.assistant_message_id, Some(answer.id));
        let chat = store.chats.find(now.user_id, now.chat_id).await.unwrap().unwrap();
        assert_eq!(chat.updated_at, answer.created_at);
        let silent = store.queued().await;
        cancel(&store, &silent, sample::events(1, 1, &[]), &[], t(5)).await;
        assert_eq!(store.said(silent.chat_id).await, ["Hello?"]);
        assert_eq!(store.now(&silent).await.assistant_message_id, None);
    }
}

/// Even if nothing is left of what they saw.
pub async fn who_saw_more_than_is_left_is_told_what_follows(store: StoreUnderTest) {
    let queued = store.queued().await;
    let rest = Rest { events: Vec::new(), last_seq: 1_000_000 };
    let stop = sample::stop(&rest, t(5));
    store.generations.cancel(queued.user_id, queued.id, stop, t(5)).await.unwrap();
    assert_eq!(store.now(&queued).await.last_seq, 1_000_000);
}

/// It is queued as well.
pub async fn a_generation_waiting_for_its_retry_is_canceled_at_once(store: StoreUnderTest) {
    let streaming = store.streaming().await;
    let reason = "overloaded".to_owned();
    let retry = Outcome::RetryIn { at: t(600), reason, uses_rung: true };
    store.end(&streaming, 1, retry, sample::events(1, 1, &["Hel"]), t(2)).await;
    store.unsent().await;
    let answer = cancel(&store, &streaming, Vec::new(), &[], t(5)).await;
    let now = store.now(&streaming).await;
    assert_eq!(answer, Cancellation::Canceled(Box::new(now.clone())));
    assert_eq!((now.state.status, now.state.retry_at), (Status::Canceled, None));
    assert_eq!(now.last_seq, 2, "what was written before counts");
}

/// The worker does the rest: nothing is archived or published. Asking again says the same.
pub async fn a_streaming_generation_is_asked_to_stop(store: StoreUnderTest) {
    let streaming = store.streaming().await;
    for _ in 0..2 {
        let outbox = [sample::usage_row(&streaming, t(5))];
        let events = sample::events(1, 1, &["Hel"]);
        let answer = cancel(&store, &streaming, events, &outbox, t(5)).await;
        let now = store.now(&streaming).await;
        assert_eq!(answer, Cancellation::Requested(Box::new(now.clone())));
        assert!(now.state.cancel_requested);
        assert_eq!((now.state.status, now.finished_at), (Status::Streaming, None));
    }
    assert_eq!(store.archive(&streaming).await, []);
    assert_eq!(store.unsent().await, []);
}

/// It stays as it ended, and nothing is written. A foreign one is not there.
pub async fn a_generation_that_has_ended_cannot_be_stopped(store: StoreUnderTest) {
    let generation = store.streaming().await;
    store.end(&generation, 1, sample::succeeded(), sample::events(1, 1, &["Hi"]), t(2)).await;
    store.unsent().await;
    let ended = store.now(&generation).await;
    let outbox = [sample::usage_row(&generation, t(5))];
    let answer = cancel(&store, &ended, sample::events(1, 1, &["Hi"]), &outbox, t(5)).await;
    assert_eq!(answer, Cancellation::AlreadyTerminal(Box::new(ended.clone())));
    assert_eq!(store.now(&generation).await, ended);
    assert_eq!(store.unsent().await, []);
    let running = store.queued().await;
    let foreign = Generation { user_id: generation.user_id, ..running.clone() };
    assert_eq!(cancel(&store, &foreign, vec![], &outbox, t(5)).await, Cancellation::NotFound);
    let unknown = Generation { id: GenerationId::generate(epoch()), ..running.clone() };
    assert_eq!(cancel(&store, &unknown, vec![], &outbox, t(5)).await, Cancellation::NotFound);
    assert_eq!(store.now(&running).await, running);
    assert_eq!(store.unsent().await, []);
}

/// Whatever its worker reports.
pub async fn a_job_that_comes_after_its_cancellation_changes_nothing(store: StoreUnderTest) {
    let queued = store.queued().await;
    cancel(&store, &queued, Vec::new(), &[], t(1)).await;
    let canceled = store.now(&queued).await;
    let unchanged = Settlement::Unchanged(Box::new(canceled.clone()));
    assert_eq!(store.start(&queued, 1, t(2)).await, unchanged);
    let events = sample::events(1, 1, &["Hi"]);
    let end = store.end(&queued, 1, sample::succeeded(), events, t(3)).await;
    assert_eq!(end, unchanged);
    assert_eq!(store.said(queued.chat_id).await, ["Hello?"]);
    assert_eq!(store.archive(&queued).await, []);
    assert_eq!(store.unsent().await, []);
}

/// Round after round, one of them wins, and everything agrees on which.
pub async fn a_cancellation_that_races_the_end_agrees_with_it(store: StoreUnderTest) {
    for round in 0..60 {
        let queued = store.queued().await;
        let outbox = [sample::usage_row(&queued, t(5))];
        let canceling = cancel(&store, &queued, Vec::new(), &outbox, t(5));
        let events = sample::events(1, 1, &["Hi"]);
        let ending = store.end(&queued, 1, sample::succeeded(), events, t(5));
        // Who is asked first changes from round to round.
        let (canceled, ended) = if round % 2 == 0 {
            join(canceling, ending).await
        } else {
            let (ended, canceled) = join(ending, canceling).await;
            (canceled, ended)
        };
        let now = Box::new(store.now(&queued).await);
        let said = store.said(queued.chat_id).await;
        match now.state.status {
            Status::Canceled => {
                assert_eq!(canceled, Cancellation::Canceled(now.clone()));
                assert_eq!(ended, Settlement::Unchanged(now));
                assert_eq!(said, ["Hello?"]);
            }
            Status::Succeeded => {
                assert_eq!(canceled, Cancellation::AlreadyTerminal(now.clone()));
                assert_eq!(ended, Settlement::Changed(now));
                assert_eq!(said, ["Hello?", "Hi"]);
            }
            status => panic!("round {round} left it {}", status.as_str()),
        }
        assert_eq!(store.unsent().await.len(), 1, "only the winner publishes");
    }
    a_wish_noted_in_time_does_not_undo_an_answer(store).await;
}

/// The same with a worker on it: the answer wins, or the worker stops; never both.
async fn a_wish_noted_in_time_does_not_undo_an_answer(store: StoreUnderTest) {
    for round in 0..30 {
        let streaming = store.streaming().await;
        let canceling = cancel(&store, &streaming, Vec::new(), &[], t(5));
        let events = sample::events(1, 1, &["Hi"]);
        let ending = store.end(&streaming, 1, sample::succeeded(), events, t(5));
        let (canceled, ended) = join(canceling, ending).await;
        assert!(matches!(ended, Settlement::Changed(_)), "round {round}");
        let now = store.now(&streaming).await;
        assert_eq!(now.state.status, Status::Succeeded);
        match canceled {
            Cancellation::Requested(then) => assert_eq!(then.state.status, Status::Streaming),
            other => assert_eq!(other, Cancellation::AlreadyTerminal(Box::new(now))),
        }
    }
}
