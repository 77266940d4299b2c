//! The outbox: published at once, and by whoever comes later.

use ports::store::{Chats, Generations};
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
