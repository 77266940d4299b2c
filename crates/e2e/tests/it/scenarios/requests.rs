//! Requests that repeat, collide, or reach for what belongs to others.

use serde_json::json;

use crate::{client::end, stack::Stack};

pub async fn a_repeated_request_is_one_generation(stack: &Stack) {
    let client = stack.client().await;
    let chat = client.chat().await;
    let request =
        json!({"requestId": "r-1", "model": "openai/sim-tokens=4", "userMessage": "say it"});
    let (first, second) = tokio::join!(
        client.try_generate(&chat, request.clone()),
        client.try_generate(&chat, request.clone()),
    );
    assert_eq!((first.status, second.status), (202, 202), "{first:?} {second:?}");
    assert_eq!(first.body["generationId"], second.body["generationId"]);
    let generation = first.body["generationId"].as_str().unwrap();
    assert_eq!(end(&client.watch(generation).await), "succeeded");
    let later = client.try_generate(&chat, request).await;
    assert_eq!(later.body["generationId"], generation, "also after its end");
    let other = client.try_generate(&chat, json!({"requestId": "r-1", "model": "sim-demo"})).await;
    assert_eq!(other.status, 422, "{other:?}");
    assert_eq!(stack.record().calls().len(), 1);
}

pub async fn a_user_has_one_generation_under_way(stack: &Stack) {
    let client = stack.client().await;
    let chat = client.chat().await;
    let running = client.generate(&chat, "openai/sim-endless,gap=10ms").await;
    let refused = client.try_generate(&chat, json!({})).await;
    assert_eq!(refused.status, 409, "{refused:?}");
    assert_eq!(refused.body["code"], "generation_in_flight");
    assert_eq!(refused.body["generationId"], running.as_str());
    let other = stack.client().await;
    let theirs = other.generate(&other.chat().await, "openai/sim-tokens=2").await;
    assert_eq!(end(&other.watch(&theirs).await), "succeeded", "others are not held up");
    client.cancel(&running).await;
    assert_eq!(end(&client.watch(&running).await), "canceled");
}

pub async fn what_is_not_yours_is_not_there(stack: &Stack) {
    let (owner, stranger) = (stack.client().await, stack.client().await);
    let chat = owner.chat().await;
    let generation = owner.generate(&chat, "openai/sim-tokens=2").await;
    owner.watch(&generation).await;
    for path in [
        format!("/api/chats/{chat}"),
        format!("/api/chats/{chat}/messages"),
        format!("/api/generations/{generation}"),
        format!("/api/generations/{generation}/stream"),
    ] {
        assert_eq!(stranger.get(&path).await.status, 404, "{path}");
    }
    assert_eq!(stranger.cancel(&generation).await.status, 404);
    assert_eq!(stranger.try_generate(&chat, json!({})).await.status, 404);
}
