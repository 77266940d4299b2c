//! Users stop.

use domain::event::Event;
use serde_json::json;
use simulated_provider::End;

use crate::{
    client::{end, text},
    stack::Stack,
    within,
};

pub async fn a_stop_ends_the_call_and_keeps_the_text(stack: &Stack) {
    let client = stack.client().await;
    let chat = client.chat().await;
    let generation = client.generate(&chat, "openai/sim-endless,gap=10ms").await;
    let mut viewer = client.follow(&generation, None).await;
    let mut events = viewer.deltas(5).await;
    let answer = client.cancel(&generation).await;
    assert_eq!(answer.status, 202, "{answer:?}");

    let record = stack.record();
    let gone = record.wait_for(|calls| calls[0].end == Some(End::ClientGone));
    within("the provider's call ends", gone).await;
    events.extend(viewer.rest().await);
    assert_eq!(end(&events), "canceled");
    let kept = text(&events);
    assert!(stack.record().calls()[0].text.starts_with(&kept) && !kept.is_empty(), "{kept}");
    assert_eq!(client.messages(&chat).await[1], ("assistant".to_owned(), kept));

    let again = client.cancel(&generation).await;
    assert_eq!((again.status, &again.body["status"]), (202, &json!("canceled")));
    let next = client.generate(&chat, "openai/sim-tokens=2").await;
    assert_eq!(end(&client.watch(&next).await), "succeeded", "the place is free again");
    assert!(record.calls_after_giving_up().is_empty(), "nobody asked again");
}

pub async fn a_parked_generation_stops_at_once(stack: &Stack) {
    let client = stack.client().await;
    let chat = client.chat().await;
    stack.script(&[(None, "status=503,retry-after=3600")]);
    let generation = client.generate(&chat, "openai/sim-tokens=5").await;
    let mut viewer = client.follow(&generation, None).await;
    let mut events = Vec::new();
    while !events.iter().any(|event| matches!(event, Event::Retry { retry_at: Some(_), .. })) {
        events.push(viewer.next().await.expect("a retry is announced").event);
    }
    let answer = client.cancel(&generation).await;
    assert_eq!(answer.status, 202, "{answer:?}");
    assert_eq!(end(&viewer.rest().await), "canceled");
    let row = client.get(&format!("/api/generations/{generation}")).await.body;
    assert_eq!(row["status"], "canceled", "{row}");
    assert_eq!(client.messages(&chat).await.len(), 1, "there was no text to keep");
}
