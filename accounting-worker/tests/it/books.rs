use std::{collections::BTreeMap, sync::atomic::Ordering::SeqCst, time::Duration};

use accounting_worker::Config;
use chrono::NaiveDate;
use domain::{
    id::{ChatId, EventId},
    ledger::{AuditEvent, UsageEvent},
    price::{Price, Prices},
    usage::Usage,
};
use ports::{
    queue::{Depth, QueueOperations, Topic},
    store::Ledger,
};
use testkit::{clock::epoch, sample};
use uuid::Uuid;

use crate::house::{House, testing};

fn usage(house: &House, number: u32) -> Vec<u8> {
    serde_json::to_vec(&spent(house, number)).unwrap()
}

fn spent(house: &House, number: u32) -> UsageEvent {
    let message = sample::message(ChatId::from_uuid(Uuid::nil()), "?", epoch());
    let generation = sample::generation(house.user, &message, epoch());
    UsageEvent {
        event_id: EventId::from_uuid(Uuid::from_u128(u128::from(number))),
        user_id: house.user,
        generation_id: generation.id,
        attempt: 1,
        provider: generation.provider,
        model: generation.model,
        usage: Usage::by_provider(10, 1),
        cost: None,
        at: epoch(),
    }
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

#[tokio::test]
async fn what_was_spent_costs_what_the_table_says() {
    testing(async |house| {
        let entry = spent(house, 1);
        let priced = format!("{}/{}", entry.provider, entry.model);
        let price = Price { input: 150_000_000, cached_input: None, output: 600_000_000 };
        let table = Prices::new(BTreeMap::from([(priced, price)]));
        // Whoever publishes an entry does not decide what it costs.
        let entry = UsageEvent { cost: Some(1), ..entry };
        let unpriced = UsageEvent { model: "another".to_owned(), ..spent(house, 2) };
        for entry in [entry, unpriced] {
            house.publish(Topic::UsageEvents, serde_json::to_vec(&entry).unwrap()).await;
        }
        house.start_with(Config { prices: table, ..Config::default() });
        house.done_with(Topic::UsageEvents).await;
        let from = NaiveDate::from_ymd_opt(2000, 1, 1).unwrap();
        let days = house.ledger.daily_usage(house.user, from).await.unwrap();
        let costs: Vec<_> = days.iter().map(|day| (day.attempts, day.cost)).collect();
        assert_eq!(costs, [(2, 10 * 150 + 600)]);
    })
    .await;
}

#[tokio::test]
async fn what_the_store_cannot_keep_is_put_aside_and_the_others_are_booked() {
    testing(async |house| {
        let unfit = spent(house, 2);
        *house.ledger.unfit.lock().unwrap() = Some(unfit.generation_id);
        for body in [usage(house, 1), serde_json::to_vec(&unfit).unwrap(), usage(house, 3)] {
            house.publish(Topic::UsageEvents, body).await;
        }
        house.start();
        house.done_with(Topic::UsageEvents).await;
        assert_eq!(house.totals().await, (20, 2, 2));
        let dead = house.queue.dead_letters(10).await.unwrap();
        assert_eq!(dead.len(), 1);
        let why = "the store holds what it should not: unfit by the test";
        assert_eq!((&*dead[0].why, &dead[0].topic), (why, &Topic::UsageEvents));
        house.queue.purge(&[dead[0].envelope.message_id]).await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn a_backlog_does_not_keep_the_service_from_stopping() {
    testing(async |house| {
        for number in 0..20 {
            house.publish(Topic::UsageEvents, usage(house, number)).await;
        }
        let config = Config { batch: 1, ending: Duration::ZERO, ..Config::default() };
        house.start_stopped(config.clone()).await;
        let left = house.queue.depth(&Topic::UsageEvents).await.unwrap().ready;
        assert!(left >= 19, "{left} left");
        house.start_stopped(Config { ending: Duration::from_mins(1), ..config }).await;
        assert_eq!(house.queue.depth(&Topic::UsageEvents).await.unwrap(), Depth::default());
        assert_eq!(house.totals().await, (200, 20, 20));
    })
    .await;
}
