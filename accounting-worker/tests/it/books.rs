use std::sync::atomic::Ordering::SeqCst;

use domain::{
    id::{ChatId, EventId},
    ledger::{AuditEvent, UsageEvent},
    usage::Usage,
};
use ports::queue::{Depth, QueueOperations, Topic};
use testkit::{clock::epoch, sample};
use uuid::Uuid;

use crate::house::{House, testing};

fn usage(house: &House, number: u32) -> Vec<u8> {
    let message = sample::message(ChatId::from_uuid(Uuid::nil()), "?", epoch());
    let generation = sample::generation(house.user, &message, epoch());
    let event = UsageEvent {
        event_id: EventId::from_uuid(Uuid::from_u128(u128::from(number))),
        user_id: house.user,
        generation_id: generation.id,
        attempt: 1,
        provider: generation.provider,
        model: generation.model,
        usage: Usage::by_provider(10, 1),
        cost: None,
        at: epoch(),
    };
    serde_json::to_vec(&event).unwrap()
}

fn audit(house: &House, number: u32) -> Vec<u8> {
    let event = AuditEvent {
        event_id: EventId::from_uuid(Uuid::from_u128(u128::from(number))),
        actor: Some(house.user),
        action: "generation.canceled".to_owned(),
        subject: "a generation".to_owned(),
        detail: None,
        at: epoch(),
    };
    serde_json::to_vec(&event).unwrap()
}

#[tokio::test]
async fn repeated_entries_are_booked_once_and_many_in_one_go() {
    testing(async |house| {
        for number in 0..300 {
            house.publish(Topic::UsageEvents, usage(house, number % 200)).await;
        }
        house.publish(Topic::AuditEvents, audit(house, 1)).await;
        house.start();
        house.done_with(Topic::UsageEvents).await;
        house.done_with(Topic::AuditEvents).await;
        assert_eq!(house.totals().await, (2000, 200, 200));
        let calls = house.ledger.calls.load(SeqCst);
        assert!(calls <= 10, "{calls} transactions for 301 entries");
    })
    .await;
}

#[tokio::test]
async fn what_is_no_entry_is_put_aside_and_the_others_are_booked() {
    testing(async |house| {
        house.publish(Topic::UsageEvents, usage(house, 1)).await;
        house.publish(Topic::UsageEvents, b"nonsense".to_vec()).await;
        house.publish(Topic::UsageEvents, usage(house, 2)).await;
        house.start();
        house.done_with(Topic::UsageEvents).await;
        assert_eq!(house.totals().await, (20, 2, 2));
        let dead = house.queue.dead_letters(10).await.unwrap();
        assert_eq!(dead.len(), 1);
        assert!(dead[0].why.starts_with("not an entry: "), "{}", dead[0].why);
        house.queue.purge(&[dead[0].envelope.message_id]).await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn while_the_ledger_is_away_entries_wait() {
    testing(async |house| {
        house.ledger.down.store(true, SeqCst);
        house.start();
        for number in 0..10 {
            house.publish(Topic::UsageEvents, usage(house, number)).await;
        }
        house.until(async || house.ledger.refused.load(SeqCst) > 2).await;
        assert_eq!(house.totals().await, (0, 0, 0));
        house.ledger.down.store(false, SeqCst);
        house.done_with(Topic::UsageEvents).await;
        assert_eq!(house.totals().await, (100, 10, 10));
    })
    .await;
}

#[tokio::test]
async fn a_stop_gives_back_what_cannot_be_booked() {
    testing(async |house| {
        house.ledger.down.store(true, SeqCst);
        house.publish(Topic::UsageEvents, usage(house, 1)).await;
        house.start();
        house.until(async || house.ledger.refused.load(SeqCst) > 0).await;
        house.stop().await;
        assert_eq!(house.queue.depth(&Topic::UsageEvents).await.unwrap().ready, 1);
        house.ledger.down.store(false, SeqCst);
        house.start();
        house.done_with(Topic::UsageEvents).await;
        assert_eq!(house.totals().await, (10, 1, 1));
    })
    .await;
}

#[tokio::test]
async fn a_stop_books_what_has_arrived() {
    testing(async |house| {
        house.start();
        house.publish(Topic::UsageEvents, usage(house, 1)).await;
        house.stop().await;
        // Without a second start, which would book what this stop has left.
        assert_eq!(house.queue.depth(&Topic::UsageEvents).await.unwrap(), Depth::default());
        assert_eq!(house.totals().await, (10, 1, 1));
    })
    .await;
}
