//! Questions are answered.

use domain::event::Event;
use serde_json::json;
use simulated_provider::End;

use crate::{
    client::{end, text},
    stack::Stack,
};

pub async fn an_answer_streams_and_is_kept(stack: &Stack) {
    let client = stack.client().await;
    let chat = client.chat().await;
    let question = json!({"userMessage": "say it", "model": "openai/sim-tokens=30,gap=5ms"});
    let accepted = client.try_generate(&chat, question).await;
    let generation = accepted.body["generationId"].as_str().unwrap();
    let events = client.watch(generation).await;

    assert_eq!(end(&events), "succeeded");
    let numbers: Vec<u64> = events.iter().map(|entry| entry.seq).collect();
    assert_eq!(numbers, (1..=numbers.len() as u64).collect::<Vec<_>>(), "gapless from 1");
    assert!(matches!(&events[0].event, Event::Status { attempt: 1, .. }), "{:?}", events[0]);
    let usage = events.iter().find(|entry| matches!(entry.event, Event::Usage { .. }));
    assert!(matches!(usage.unwrap().event, Event::Usage { output_tokens: 30, .. }), "{usage:?}");

    let calls = stack.record().calls();
    assert_eq!(calls.len(), 1);
    assert_eq!(text(&events), calls[0].text, "what was sent is what was seen");
    assert_eq!(calls[0].end, Some(End::Completed));
    let messages = client.messages(&chat).await;
    assert_eq!(messages[0], ("user".to_owned(), "say it".to_owned()));
    assert_eq!(messages[1], ("assistant".to_owned(), calls[0].text.clone()));

    let row = client.get(&format!("/api/generations/{generation}")).await.body;
    assert_eq!(row["status"], "succeeded", "{row}");
    assert_eq!(row["attempt"], 1, "{row}");
    assert_eq!(row["outputTokens"], 30, "{row}");
}

pub async fn a_chat_goes_on_with_what_was_said(stack: &Stack) {
    let client = stack.client().await;
    let chat = client.chat().await;
    for (turns, words) in [(1, "say it"), (2, "say more")] {
        let question = json!({"userMessage": words, "model": "openai/sim-tokens=3"});
        let accepted = client.try_generate(&chat, question).await;
        let generation = accepted.body["generationId"].as_str().unwrap();
        assert_eq!(end(&client.watch(generation).await), "succeeded");
        assert_eq!(client.messages(&chat).await.len(), 2 * turns);
    }
    let named = client.get("/api/chats").await.body;
    assert_eq!(named["items"][0]["title"], "say it", "{named}");
}

pub async fn two_viewers_see_the_same(stack: &Stack) {
    let client = stack.client().await;
    let chat = client.chat().await;
    let generation = client.generate(&chat, "openai/sim-tokens=40,gap=5ms").await;
    let mut early = client.follow(&generation, None).await;
    let seen = early.deltas(3).await;
    let late = client.watch(&generation).await;
    let early: Vec<_> = seen.into_iter().chain(early.rest().await).collect();
    assert_eq!(early, late);
}
