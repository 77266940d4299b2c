//! Wishes that meet faults: stops at odd moments, the same request many times, late viewers.

use futures_util::future::join_all;
use serde_json::json;

use super::{fault::Fault, run::survives};
use crate::{
    client::end,
    stack::{Distributed, Size},
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_request_sent_by_many_at_once_is_one_generation() {
    let installation = Distributed::start(Size { apis: 3, workers: 1 }, &[]).await;
    let client = installation.stack.client().await;
    let chat = client.chat().await;
    for round in 0..10 {
        let (request, question) = (format!("r-{round}"), format!("ask {round}"));
        let model = "openai/sim-tokens=1";
        let body = json!({"requestId": request, "model": model, "userMessage": question});
        let sent = (0..20).map(|number| {
            let api = &installation.apis[number % installation.apis.len()];
            let (client, body, chat) = (client.at(&api.url()), body.clone(), chat.clone());
            async move { client.try_generate(&chat, body).await }
        });
        let answers = join_all(sent).await;
        let first = answers[0].body["generationId"].as_str().unwrap().to_owned();
        for answer in &answers {
            assert_eq!((answer.status, &answer.body["generationId"]), (202, &json!(first)));
        }
        assert_eq!(end(&client.watch(&first).await), "succeeded");
    }
    assert_eq!(installation.stack.record().calls().len(), 10);
    installation.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_questions_at_once_one_is_refused() {
    let installation = Distributed::start(Size { apis: 3, workers: 1 }, &[]).await;
    let client = installation.stack.client().await;
    let (left, right) = (client.chat().await, client.chat().await);
    for _ in 0..10 {
        let (first, second) =
            (client.at(&installation.apis[0].url()), client.at(&installation.apis[1].url()));
        // Longer than the other question may be on its way.
        let body = json!({"model": "openai/sim-endless,gap=20ms"});
        let (first, second) = tokio::join!(
            first.try_generate(&left, body.clone()),
            second.try_generate(&right, body)
        );
        let mut statuses = [first.status, second.status];
        statuses.sort_unstable();
        assert_eq!(statuses, [202, 409], "{first:?} {second:?}");
        let (accepted, refused) =
            if first.status == 202 { (first, second) } else { (second, first) };
        let running = accepted.body["generationId"].as_str().unwrap();
        assert_eq!(refused.body["generationId"], running, "the refusal names what runs");
        assert_eq!(client.cancel(running).await.status, 202);
        assert_eq!(end(&client.watch(running).await), "canceled");
    }
    installation.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_whose_log_is_gone_is_read_from_the_archive() {
    let installation = Distributed::start(Size { apis: 2, workers: 1 }, &[]).await;
    let client = installation.stack.client().await;
    let generation = client.generate(&client.chat().await, "openai/sim-tokens=20").await;
    let whole = client.watch(&generation).await;
    installation.engines.redis_command(&["FLUSHALL"]).await;
    for entry in &whole[..whole.len() - 1] {
        let rest = client.follow(&generation, Some(entry.seq)).await.rest().await;
        assert_eq!(rest, whole[usize::try_from(entry.seq).unwrap()..]);
    }
    installation.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_viewer_before_the_worker_waits_and_a_stop_needs_none() {
    let mut installation = Distributed::start(Size { apis: 2, workers: 1 }, &[]).await;
    installation.workers[0].signal("STOP").await;
    let (client, other) = (installation.stack.client().await, installation.stack.client().await);
    let generation = client.generate(&client.chat().await, "openai/sim-tokens=5").await;
    let stopped = other.generate(&other.chat().await, "openai/sim-tokens=5").await;
    let viewer = client.follow(&generation, None).await;
    assert_eq!(other.cancel(&stopped).await.status, 202);
    assert_eq!(end(&other.watch(&stopped).await), "canceled", "at once, without a worker");
    installation.workers[0].signal("CONT").await;
    assert_eq!(end(&viewer.rest().await), "succeeded");
    assert_eq!(installation.stack.record().calls().len(), 1, "none for what was stopped");
    let _ = installation.services();
    installation.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn stops_that_race_the_end() {
    // Answers so short that a stop after a few events meets their end.
    let fault =
        Fault { model: "openai/sim-tokens=4,gap=3ms", people: 8, questions: 8, ..undisturbed() };
    survives(fault).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_ladder_is_climbed_to_its_end() {
    let script = vec![(None, "status=503")];
    survives(Fault { script, people: 3, questions: 1, ..undisturbed() }).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_rests_as_long_as_it_was_told() {
    survives(told_to_rest()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_is_used_by_no_more_at_once_than_it_may() {
    let (keys, key_concurrency) = ("sim-canary-a", Some(2));
    survives(Fault { keys, key_concurrency, people: 8, questions: 2, ..undisturbed() }).await;
}

/// The only key is told to rest for long, and then for a short time.
pub fn told_to_rest() -> Fault {
    let script = vec![
        (Some(1), "status=429,retry-after=8,ttft=200ms"),
        (Some(3), "status=429,retry-after=1,ttft=400ms"),
    ];
    Fault { script, keys: "sim-a", people: 4, questions: 2, ..undisturbed() }
}

/// Nothing is broken.
fn undisturbed() -> Fault {
    Fault { ends_no_answer: true, refuses_nothing: true, ..Fault::default() }
}
