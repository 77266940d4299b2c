//! Looking at generations and their attempts.

use domain::{attempt::Outcome, id::MessageId};
use ports::store::{AttemptRow, NewGeneration};
use uuid::Uuid;

use super::super::bench::{ALL, StoreUnderTest, t};
use crate::sample;

/// Those of its owner, behind a place; of those of one time, their ids decide.
pub async fn the_generations_of_a_chat_come_in_order(store: StoreUnderTest) {
    let chat = store.chat().await;
    let mut all = Vec::new();
    for seconds in [1, 3, 2, 2] {
        let new = sample::new_generation(chat.owner, chat.id, "Hello?", t(seconds));
        let new = NewGeneration { max_in_flight: 4, ..new };
        store.admit(&new).await;
        all.push((t(seconds), new.generation.id.as_uuid()));
    }
    all.sort_unstable();
    let other = store.queued_at(t(2)).await;
    let in_chat = async |owner, place, limit| {
        let found = store.generations.in_chat(owner, chat.id, place, limit).await.unwrap();
        found.into_iter().map(|one| (one.created_at, one.id.as_uuid())).collect::<Vec<_>>()
    };
    let beginning = (t(0), Uuid::nil());
    assert_eq!(in_chat(chat.owner, beginning, ALL).await, all);
    assert_eq!(in_chat(chat.owner, (t(2), Uuid::nil()), ALL).await, all[1..]);
    for (index, place) in all.iter().enumerate() {
        assert_eq!(in_chat(chat.owner, *place, ALL).await, all[index + 1..]);
    }
    assert_eq!(in_chat(chat.owner, beginning, 1).await, all[..1]);
    assert_eq!(in_chat(other.user_id, beginning, ALL).await, []);
}

/// Of one question's the newest, in its chat and for its owner alone.
pub async fn a_question_tells_the_newest_generation_asked_for_with_it(store: StoreUnderTest) {
    let chat = store.chat().await;
    let first = sample::new_generation(chat.owner, chat.id, "Hello?", t(1));
    let mut again = sample::new_generation(chat.owner, chat.id, "Hello?", t(3));
    again.generation.user_message_id = first.generation.user_message_id;
    again.message = None;
    let other = sample::new_generation(chat.owner, chat.id, "And?", t(4));
    for new in [&first, &again, &other] {
        store.admit(&NewGeneration { max_in_flight: 3, ..new.clone() }).await;
    }
    let (question, stranger) = (first.generation.user_message_id, store.chat().await);
    let asked_with = async |owner, chat, question| {
        store.generations.asked_with(owner, chat, question).await.unwrap()
    };
    let (owner, id) = (chat.owner, chat.id);
    assert_eq!(asked_with(owner, id, question).await, Some(again.generation.id));
    let of_other = asked_with(owner, id, other.generation.user_message_id).await;
    assert_eq!(of_other, Some(other.generation.id));
    assert_eq!(asked_with(owner, id, MessageId::generate(t(1))).await, None);
    assert_eq!(asked_with(stranger.owner, id, question).await, None);
    assert_eq!(asked_with(owner, stranger.id, question).await, None);
}

/// What each of them was, came to and cost.
pub async fn attempts_are_told_in_order(store: StoreUnderTest) {
    let generation = store.streaming_at(t(1)).await;
    let wait = Outcome::RetryIn { at: t(9), reason: "overloaded".to_owned(), uses_rung: true };
    store.end(&generation, 1, wait, vec![], t(2)).await;
    store.start(&generation, 2, t(9)).await;
    let row = |attempt: u32, started: u64| AttemptRow {
        attempt,
        provider: generation.provider.clone(),
        model: generation.model.clone(),
        outcome: None,
        error_code: None,
        input_tokens: 0,
        output_tokens: 0,
        started_at: t(started),
        ended_at: None,
    };
    let first = AttemptRow {
        outcome: Some("retry".to_owned()),
        error_code: Some("overloaded".to_owned()),
        input_tokens: 11,
        output_tokens: 6,
        ended_at: Some(t(2)),
        ..row(1, 1)
    };
    assert_eq!(store.generations.attempts(generation.id).await.unwrap(), [first, row(2, 9)]);
    let nothing = store.queued().await;
    assert_eq!(store.generations.attempts(nothing.id).await.unwrap(), []);
}
