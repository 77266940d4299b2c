//! Whatever ends the process, the answer comes.

use std::time::Duration;

use domain::event::{Event, SeqEvent};
use serde_json::{Value, json};
use simulated_provider::parse_tags;
use tokio::time::sleep;

use crate::{
    client::{Client, end, text},
    stack::{Sluice, provider, settings},
    within,
};

/// Follows an answer over the end of one process and the start of the next, as a browser would.
async fn follow_on(client: &Client, generation: &str, seen: Vec<SeqEvent>) -> Vec<SeqEvent> {
    let after = seen.last().map(|entry| entry.seq);
    let rest = client.follow(generation, after).await.rest().await;
    seen.into_iter().chain(rest).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_survives_the_death_of_its_process() {
    let provider = provider().await;
    let data = tempfile::tempdir().unwrap();
    let first = Sluice::start(data.path(), &settings(&provider)).await;
    // The answer is not over before its process, however slow all this is.
    let endless = simulated_provider::Rule {
        model: None,
        key: None,
        times: Some(1),
        behavior: "endless,gap=10ms".to_owned(),
    };
    provider.script().set(vec![endless]).unwrap();
    let client = Client::register(&first.url).await;
    let chat = client.chat().await;
    let generation = client.generate(&chat, "openai/sim-tokens=50,gap=10ms").await;
    let mut viewer = client.follow(&generation, None).await;
    let seen = viewer.deltas(5).await;
    first.kill().await;

    let second = Sluice::start(data.path(), &settings(&provider)).await;
    let client = client.at(&second.url);
    let events = follow_on(&client, &generation, seen).await;
    assert_eq!(end(&events), "succeeded");
    let voided =
        events.iter().any(|e| matches!(e.event, Event::Retry { discard_from_seq: Some(_), .. }));
    assert!(voided, "what the first process sent is void: {events:?}");
    let tags = parse_tags(&text(&events)).unwrap();
    assert_eq!(tags.len(), 50, "no text twice, none missing");
    assert!(tags.iter().all(|tag| tag.call == 2), "the second call's text only");
    assert_eq!(client.messages(&chat).await[1].1, text(&events));
    second.terminate().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_parked_retry_survives_a_restart() {
    let provider = provider().await;
    let data = tempfile::tempdir().unwrap();
    let first = Sluice::start(data.path(), &settings(&provider)).await;
    let rules = vec![simulated_provider::Rule {
        model: None,
        key: None,
        times: Some(2),
        behavior: "status=503".to_owned(),
    }];
    provider.script().set(rules).unwrap();
    let client = Client::register(&first.url).await;
    let chat = client.chat().await;
    let generation = client.generate(&chat, "openai/sim-tokens=5").await;
    let mut viewer = client.follow(&generation, None).await;
    let mut seen: Vec<SeqEvent> = Vec::new();
    while !seen.iter().any(|e| matches!(e.event, Event::Retry { retry_at: Some(_), .. })) {
        seen.push(viewer.next().await.expect("a retry is announced"));
    }
    first.kill().await;

    let second = Sluice::start(data.path(), &settings(&provider)).await;
    let client = client.at(&second.url);
    let events = follow_on(&client, &generation, seen).await;
    assert_eq!(end(&events), "succeeded");
    assert_eq!(parse_tags(&text(&events)).unwrap().len(), 5);
    second.terminate().await;
}

/// Whoever keeps one of the books stands still; what both were told is only in memory, and in the store.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_not_booked_yet_is_booked_after_a_restart() {
    let provider = provider().await;
    let data = tempfile::tempdir().unwrap();
    let mut stuck = settings(&provider);
    stuck.push(("FAILPOINTS", "accounting.before_commit=stall:3600000".to_owned()));
    let first = Sluice::start(data.path(), &stuck).await;
    let client = Client::register(&first.url).await;
    let generation = client.generate(&client.chat().await, "openai/sim-tokens=20").await;
    assert_eq!(end(&client.watch(&generation).await), "succeeded");
    within("the other book is written", async {
        while booked(&client, &first.url, &generation).await == (0, 0) {
            sleep(Duration::from_millis(20)).await;
        }
    })
    .await;
    // Long enough to forget what was handed on.
    sleep(Duration::from_millis(500)).await;
    let before = booked(&client, &first.url, &generation).await;
    assert!(before == (1, 0) || before == (0, 1), "one stands still: {before:?}");
    first.kill().await;

    let second = Sluice::start(data.path(), &settings(&provider)).await;
    let client = client.at(&second.url);
    within("both books are written", async {
        while booked(&client, &second.url, &generation).await != (1, 1) {
            sleep(Duration::from_millis(20)).await;
        }
    })
    .await;
    let spent = client.get("/api/usage/daily").await.body["items"][0].clone();
    let calls = provider.record().calls();
    let [call] = &*calls else { panic!("one call: {calls:?}") };
    assert_eq!(
        (&spent["inputTokens"], &spent["outputTokens"]),
        (&json!(call.prompt_tokens), &json!(call.tokens))
    );
    second.terminate().await;
}

/// How many entries the books have of `generation`, the only one: of what it spent, and of its end.
async fn booked(client: &Client, url: &str, generation: &str) -> (usize, usize) {
    let list = async |client: &Client, path: &str| {
        let answer = client.get(path).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        answer.body["items"].as_array().unwrap().clone()
    };
    let audit = list(&Client::operator(url), "/api/ops/audit").await;
    let is_end = |entry: &&Value| {
        entry["action"] == "generation.succeeded" && entry["subject"] == generation
    };
    let usage = list(client, "/api/usage/daily").await;
    (usage.len(), audit.iter().filter(is_end).count())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_soft_end_finishes_what_is_under_way() {
    let provider = provider().await;
    let data = tempfile::tempdir().unwrap();
    let sluice = Sluice::start(data.path(), &settings(&provider)).await;
    let client = Client::register(&sluice.url).await;
    let chat = client.chat().await;
    let generation = client.generate(&chat, "openai/sim-tokens=40,gap=10ms").await;
    let mut viewer = client.follow(&generation, None).await;
    let mut events = viewer.deltas(3).await;
    let (output, rest) = tokio::join!(sluice.terminate(), viewer.rest());
    events.extend(rest);
    assert_eq!(end(&events), "succeeded", "{output}");
    assert_eq!(parse_tags(&text(&events)).unwrap().len(), 40);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_does_not_finish_in_the_grace_time_is_handed_back() {
    let provider = provider().await;
    let data = tempfile::tempdir().unwrap();
    let mut short = settings(&provider);
    short.push(("SHUTDOWN_GRACE_SECONDS", "1".to_owned()));
    let first = Sluice::start(data.path(), &short).await;
    let client = Client::register(&first.url).await;
    let chat = client.chat().await;
    let generation = client.generate(&chat, "openai/sim-tokens=400,gap=10ms").await;
    let mut viewer = client.follow(&generation, None).await;
    let mut seen = viewer.deltas(3).await;
    let (_, rest) = tokio::join!(first.terminate(), viewer.rest());
    seen.extend(rest);

    let second = Sluice::start(data.path(), &settings(&provider)).await;
    let client = client.at(&second.url);
    let events = follow_on(&client, &generation, seen).await;
    assert_eq!(end(&events), "succeeded");
    let tags = parse_tags(&text(&events)).unwrap();
    assert_eq!(tags.len(), 400);
    let busy = client.try_generate(&chat, json!({})).await;
    assert_eq!(busy.status, 202, "the user's place is free again: {busy:?}");
    second.terminate().await;
}
