//! Providers fail.

use domain::event::{Event, SeqEvent};
use simulated_provider::{End, parse_tags};

use crate::{
    client::{end, text},
    stack::Stack,
};

/// Asks `model` for an answer, and follows it to its end.
async fn asked(stack: &Stack, model: &str) -> (String, Vec<SeqEvent>) {
    let client = stack.client().await;
    let generation = client.generate(&client.chat().await, model).await;
    let events = client.watch(&generation).await;
    let row = client.get(&format!("/api/generations/{generation}")).await.body;
    (row["errorCode"].as_str().unwrap_or_default().to_owned(), events)
}

pub async fn another_key_answers_for_a_refused_one(stack: &Stack) {
    stack.script(&[(Some(1), "status=429,retry-after=30")]);
    let (_, events) = asked(stack, "openai/sim-tokens=5").await;
    assert_eq!(end(&events), "succeeded");
    let calls = stack.record().calls();
    assert_eq!(calls.len(), 2);
    assert_ne!(calls[0].key, calls[1].key);
    assert!(!events.iter().any(|entry| matches!(entry.event, Event::Retry { .. })), "at once");
}

pub async fn a_call_that_breaks_before_the_first_token_is_made_again_at_once(stack: &Stack) {
    stack.script(&[(Some(1), "tokens=5,cut=0")]);
    let (_, events) = asked(stack, "openai/sim-tokens=5").await;
    assert_eq!(end(&events), "succeeded");
    let calls = stack.record().calls();
    let ends: Vec<_> = calls.iter().map(|call| call.end).collect();
    assert_eq!(ends, [Some(End::Broken), Some(End::Completed)]);
    assert!(!events.iter().any(|entry| matches!(entry.event, Event::Retry { .. })), "{events:?}");
    assert_eq!(text(&events), calls[1].text);
}

pub async fn a_rejected_key_is_not_used_again(stack: &Stack) {
    stack.script(&[(Some(1), "status=401")]);
    for _ in 0..6 {
        assert_eq!(end(&asked(stack, "openai/sim-tokens=1").await.1), "succeeded");
    }
    let calls = stack.record().calls();
    let rejected =
        &calls.iter().find(|call| call.end == Some(End::Refused { status: 401 })).unwrap().key;
    assert_eq!(calls.iter().filter(|call| call.key == *rejected).count(), 1, "{calls:?}");
}

pub async fn an_overloaded_provider_is_asked_again_later(stack: &Stack) {
    stack.script(&[(Some(2), "status=503")]);
    let (_, events) = asked(stack, "openai/sim-tokens=5").await;
    assert_eq!(end(&events), "succeeded");
    let parked = events.iter().find(|entry| matches!(entry.event, Event::Retry { .. }));
    assert!(matches!(parked.unwrap().event, Event::Retry { attempt: 2, retry_at: Some(_), .. }));
    let calls = stack.record().calls();
    let keys: Vec<&str> = calls.iter().map(|call| call.key.as_str()).collect();
    assert_eq!(keys.len(), 3, "two refusals and the answer: {keys:?}");
}

pub async fn a_broken_answer_is_never_a_success(stack: &Stack) {
    for fault in [
        "cut=900",
        "noend",
        "malformed=3",
        "error=3",
        "badutf8=3",
        "stall=3",
        "keepalive=3",
        "giant=3000000",
    ] {
        let before = stack.record().count();
        stack.script(&[(Some(1), &format!("tokens=8,{fault}")), (None, "tokens=8")]);
        let (_, events) = asked(stack, "openai/sim-tokens=8").await;
        assert_eq!(end(&events), "succeeded", "{fault}: the next attempt answers");
        let calls = stack.record().calls().split_off(before);
        assert!(calls.len() > 1, "{fault}: one call was enough: {calls:?}");
        assert_eq!(text(&events), calls.last().unwrap().text, "{fault}");
        let tags = parse_tags(&text(&events)).unwrap();
        assert!(tags.iter().all(|tag| tag.call == tags[0].call), "{fault}: two answers in one");
    }
}

pub async fn a_bad_request_fails_at_once(stack: &Stack) {
    stack.script(&[(None, "status=400")]);
    let (code, events) = asked(stack, "openai/sim-tokens=5").await;
    assert_eq!((end(&events).as_str(), code.as_str()), ("failed", "bad_request"));
    let told = &events[events.len() - 2].event;
    assert!(matches!(told, Event::Error { code, .. } if code == "bad_request"), "{told:?}");
    assert_eq!(stack.record().calls().len(), 1);
}

pub async fn a_ladder_ends(stack: &Stack) {
    stack.script(&[(None, "status=500")]);
    let (code, events) = asked(stack, "openai/sim-tokens=5").await;
    assert_eq!((end(&events).as_str(), code.as_str()), ("failed", "overloaded"));
    let mut announced: Vec<u32> = events
        .iter()
        .filter_map(|entry| match entry.event {
            Event::Retry { attempt, retry_at: Some(_), .. } => Some(attempt),
            _ => None,
        })
        .collect();
    // A wait for an overloaded provider in between is shown as well, as one for the same attempt.
    announced.dedup();
    assert_eq!(announced, [2, 3, 4, 5], "every rung is shown");
}
