//! The outbox: published at once, and by whoever comes later.

use std::time::Duration;

use domain::attempt::{FinishReason, Outcome};
use ports::{
    queue::{QueueOperations, Topic},
    store::{Chats, Generations, Outbox},
};
use serde_json::json;
use testkit::sample;

use crate::harness::{now, testing};

#[tokio::test]
async fn a_row_left_by_somebody_who_died_is_published() {
    testing(async |app| {
        let user = app.user().await;
        let owner = user.id().parse().unwrap();
        let at = now();
        let chat = sample::chat(owner, at);
        Chats::create(app.store.as_ref(), &chat).await.unwrap();
        let new = sample::new_generation(owner, chat.id, "left behind", at);
        let admitted = app.store.admit(&new, at).await.unwrap();
        assert!(admitted.is_created());
        let (delivery, job) = app.worker().await.delivery().await;
        assert_eq!(job.generation_id, new.generation.id);
        delivery.ack().await.unwrap();
        app.published(&new.generation.id.to_string()).await;
    })
    .await;
}

/// The queue dies with this process, which publishes them once.
#[tokio::test]
async fn entries_stay_in_the_outbox_until_they_are_booked() {
    testing(async |app| {
        let user = app.user().await;
        let chat = user.chat().await;
        user.ask(&chat, json!({ "userMessage": "hello" })).await.expect(202);
        let mut holding = app.worker().await.start().await;
        holding.say("hi").await;
        holding.end(Outcome::Succeeded { finish: FinishReason::Stop }).await;
        let unsent = async || app.store.unsent(100).await.unwrap();
        let books = [Topic::UsageEvents, Topic::AuditEvents];
        let ready = async || {
            let depth = books.each_ref().map(|topic| app.queue.depth(topic));
            futures_util::future::join_all(depth)
                .await
                .into_iter()
                .map(|depth| depth.unwrap().ready)
        };
        app.eventually(async || (ready().await.sum::<u64>() == 2).then_some(())).await;
        // Longer than marks are collected, and than a claim lasts.
        tokio::time::sleep(app.config.claim + Duration::from_millis(500)).await;
        assert_eq!((unsent().await, ready().await.sum::<u64>()), (2, 2));
        app.books.have(1, 1).await;
        app.eventually(async || (unsent().await == 0).then_some(())).await;
    })
    .await;
}
