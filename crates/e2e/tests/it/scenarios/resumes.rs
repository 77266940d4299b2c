//! Viewers come back.

use crate::{
    client::{end, text},
    stack::Stack,
};

pub async fn a_reload_goes_on_where_it_was(stack: &Stack) {
    let client = stack.client().await;
    let chat = client.chat().await;
    let generation = client.generate(&chat, "openai/sim-tokens=200,gap=10ms").await;
    let mut events = Vec::new();
    for _ in 0..10 {
        let after = events.last().map(|entry: &domain::event::SeqEvent| entry.seq);
        // Dropping the viewer is what a reload does to its connection.
        events.extend(client.follow(&generation, after).await.deltas(3).await);
    }
    let after = events.last().map(|entry| entry.seq);
    events.extend(client.follow(&generation, after).await.rest().await);
    assert_eq!(end(&events), "succeeded");
    assert_eq!(text(&events), stack.record().calls()[0].text);
    assert_eq!(events, client.watch(&generation).await, "and the same as in one go");
}

pub async fn a_finished_answer_is_replayed_from_any_number(stack: &Stack) {
    let client = stack.client().await;
    let chat = client.chat().await;
    let generation = client.generate(&chat, "openai/sim-tokens=10,gap=2ms").await;
    let whole = client.watch(&generation).await;
    for (index, entry) in whole.iter().enumerate().take(whole.len() - 1) {
        let rest = client.follow(&generation, Some(entry.seq)).await.rest().await;
        assert_eq!(rest, whole[index + 1..]);
    }
    let last = whole.last().unwrap().seq;
    for after in [last, last + 1, last + 1_000_000] {
        assert_eq!(client.open(&generation, Some(after)).await.status(), 204, "{after}");
    }
}
