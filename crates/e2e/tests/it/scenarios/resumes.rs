//! Viewers come back.

use crate::{
    client::{end, text},
    stack::Stack,
    within,
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

/// Whoever has seen nothing yet has missed nothing, whatever of the answer was on its way.
pub async fn who_leaves_before_the_first_event_misses_none(stack: &Stack) {
    let client = stack.client().await;
    let chat = client.chat().await;
    let generation = client.generate(&chat, "openai/sim-tokens=60,gap=10ms").await;
    for _ in 0..5 {
        client.breaks_off(&generation).await;
        drop(client.open(&generation, None).await);
    }
    let events = client.watch(&generation).await;
    let numbers: Vec<u64> = events.iter().map(|entry| entry.seq).collect();
    assert_eq!(numbers, (1..=numbers.len() as u64).collect::<Vec<_>>(), "from the first one on");
    assert_eq!(
        (end(&events), text(&events)),
        ("succeeded".into(), stack.record().calls()[0].text.clone())
    );
}

pub async fn what_is_no_position_is_refused(stack: &Stack) {
    let client = stack.client().await;
    let chat = client.chat().await;
    let generation = client.generate(&chat, "openai/sim-tokens=20,gap=20ms").await;
    let (long, beyond) = ("1".repeat(10_240), 1_000_000);
    for garbage in ["x", "-1", "1.5", "0x1", "NaN", "18446744073709551616", "1-3", &chat, &long] {
        let status = client.position(&generation, garbage).await;
        assert!((400..500).contains(&status), "{garbage}: {status}");
    }
    // Nothing of an answer is behind a number that it never comes to, but its end.
    let ahead = client.open(&generation, Some(beyond)).await;
    assert_eq!(ahead.status(), 200);
    let seen = within("the end", ahead.text()).await.unwrap();
    assert!(!seen.contains("\"delta\""), "{seen}");
    assert_eq!(client.open(&generation, Some(beyond)).await.status(), 204);
    assert_eq!(end(&client.watch(&generation).await), "succeeded");
}
