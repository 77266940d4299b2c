//! Asking for an answer.

use std::time::Duration;

use domain::{chat::Speaker, key::KeyId, pool::WorkerStatus, time::Timestamp};
use futures_util::future::join_all;
use ports::{
    Clock,
    clock::SystemClock,
    live::{Controls, KeyPool, KeySpec, Switch},
    store::Chats,
};
use reqwest::Method;
use serde_json::{Value, json};
use testkit::sample;

use crate::{
    harness::{Client, testing, testing_with},
    ops::worker_status,
};

pub fn question(text: &str) -> Value {
    json!({ "userMessage": text })
}

pub fn named(text: &str, request_id: &str) -> Value {
    json!({ "userMessage": text, "requestId": request_id })
}

#[tokio::test]
async fn an_accepted_question_becomes_a_job() {
    testing(async |app| {
        let user = app.user().await;
        let chat = user.chat().await;
        let body = json!({
            "userMessage": "Why is the sky blue?\nReally.", "systemPrompt": "be brief",
            "temperature": 0.5, "maxTokens": 100, "model": "simulated/sim-slow",
        });
        let answer = user.ask(&chat, body).await.expect(202);
        let id = answer.get("generationId");
        assert_eq!(answer.headers["location"], format!("/api/generations/{id}"));
        assert_eq!(answer.body["streamUrl"], format!("/api/generations/{id}/stream"));
        assert_eq!(
            (&answer.body["status"], &answer.body["chatId"]),
            (&json!("queued"), &json!(chat))
        );
        assert_eq!(user.messages(&chat).await[0]["id"], answer.body["userMessageId"]);

        let shown = user.get(&format!("/api/chats/{chat}")).await.expect(200).body;
        assert_eq!(shown["activeGenerationId"], id);
        assert_eq!(shown["title"], "Why is the sky blue?");

        let (delivery, job) = app.worker().await.delivery().await;
        assert_eq!(job.generation_id.to_string(), id);
        assert_eq!((job.attempt, job.last_seq, job.retries), (1, 0, 0));
        assert_eq!((job.provider.as_str(), job.model.as_str()), ("simulated", "sim-slow"));
        assert_eq!(job.system.as_deref(), Some("be brief"));
        assert_eq!((job.sampling.temperature, job.sampling.max_tokens), (Some(0.5), Some(100)));
        assert_eq!(job.turns.len(), 1);
        delivery.ack().await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn the_trace_of_a_request_goes_on_with_its_job() {
    testing(async |app| {
        let user = app.user().await;
        let mut worker = app.worker().await;
        let trace = "4bf92f3577b34da6a3ce929d0e0e4736";
        for (given, is_kept) in [
            (Some(format!("00-{trace}-00f067aa0ba902b7-01")), true),
            (Some(format!("00-{trace}-none-01")), false),
            (None, false),
        ] {
            let chat = user.chat().await;
            let path = format!("/api/chats/{chat}/generations");
            let mut request = user.request(Method::POST, &path).json(&question("one"));
            if let Some(given) = &given {
                request = request.header("traceparent", given);
            }
            user.send(request).await.expect(202);
            let (delivery, job) = worker.delivery().await;
            let header = delivery.envelope.headers["traceparent"].clone();
            let of_job = header.split('-').nth(1).unwrap();
            assert_eq!(of_job.len(), 32, "{header}");
            assert_eq!(of_job == trace, is_kept, "{given:?}: {header}");
            delivery.ack().await.unwrap();
            let cancel = format!("/api/generations/{}/cancel", job.generation_id);
            user.post(&cancel, Value::Null).await.expect(202);
        }
    })
    .await;
}

#[tokio::test]
async fn the_chat_so_far_is_sent_along() {
    testing(async |app| {
        let user = app.user().await;
        let mut worker = app.worker().await;
        let chat = user.chat().await;
        let id = user.ask(&chat, question("one")).await.expect(202).get("generationId");
        worker.answer(&["uno"]).await;
        user.watch(&id, 0).await;
        // Whoever has seen the end may ask the next question at once.
        user.ask(&chat, question("two")).await.expect(202);
        let (delivery, job) = worker.delivery().await;
        let turns: Vec<_> = job.turns.iter().map(|t| (t.role, t.content.as_str())).collect();
        let (user, assistant) = (Speaker::User, Speaker::Assistant);
        assert_eq!(turns, [(user, "one"), (assistant, "uno"), (user, "two")]);
        delivery.ack().await.unwrap();
    })
    .await;
}

pub async fn drop_job(app: &crate::harness::TestApp) {
    app.worker().await.delivery().await.0.ack().await.unwrap();
}

#[tokio::test]
async fn a_repeated_request_is_the_same_generation() {
    testing(async |app| {
        let user = app.user().await;
        let chat = user.chat().await;
        let asks = (0..50).map(|_| user.ask(&chat, named("hello", "r-1")));
        let answers = join_all(asks).await;
        let mut ids: Vec<String> =
            answers.into_iter().map(|answer| answer.expect(202).get("generationId")).collect();
        ids.dedup();
        assert_eq!(ids.len(), 1, "one generation for all of them");
        assert_eq!(user.messages(&chat).await.len(), 1);
        drop_job(app).await;
    })
    .await;
}

#[tokio::test]
async fn a_request_id_names_one_request() {
    testing(async |app| {
        let user = app.user().await;
        let (chat, other_chat) = (user.chat().await, user.chat().await);
        let id = user.ask(&chat, named("hello", "r")).await.expect(202).get("generationId");
        user.ask(&chat, named("other", "r")).await.problem(422, "request_id_reused");
        user.ask(&other_chat, named("hello", "r")).await.problem(422, "request_id_reused");
        let body = json!({ "userMessage": "hello", "requestId": "r", "maxTokens": 5 });
        user.ask(&chat, body).await.problem(422, "request_id_reused");

        // The header stands in for the body's field, which has the last word.
        let by_header = async |key: &str, body: Value| {
            let request = user.request(Method::POST, &format!("/api/chats/{chat}/generations"));
            user.send(request.header("idempotency-key", key).json(&body)).await
        };
        let answer = by_header("r", question("hello")).await.expect(202);
        assert_eq!(answer.get("generationId"), id);
        let answer = by_header("another", named("hello", "r")).await.expect(202);
        assert_eq!(answer.get("generationId"), id);
        by_header(&"k".repeat(201), question("hello")).await.fault("/Idempotency-Key");
        drop_job(app).await;

        // Somebody else's request of the same name is another one.
        let somebody = app.user().await;
        let chat = somebody.chat().await;
        let answer = somebody.ask(&chat, named("hello", "r")).await.expect(202);
        assert_ne!(answer.get("generationId"), id);
        drop_job(app).await;
    })
    .await;
}

#[tokio::test]
async fn a_finished_request_is_still_known() {
    testing(async |app| {
        let user = app.user().await;
        let mut worker = app.worker().await;
        let chat = user.chat().await;
        let id = user.ask(&chat, named("hello", "r")).await.expect(202).get("generationId");
        worker.answer(&["hi"]).await;
        user.watch(&id, 0).await;
        let again = user.ask(&chat, named("hello", "r")).await.expect(202);
        assert_eq!(again.get("generationId"), id);
        assert_eq!(again.body["status"], "succeeded");
        // The place is free for the next one all the same.
        user.ask(&chat, question("next")).await.expect(202);
        drop_job_of(&mut worker).await;
    })
    .await;
}

pub async fn drop_job_of(worker: &mut crate::harness::Worker) {
    worker.delivery().await.0.ack().await.unwrap();
}

/// Security case 88.
#[tokio::test]
async fn a_user_may_ask_so_often_in_a_minute() {
    testing_with(
        |config| config.requests_per_minute = 2.try_into().unwrap(),
        async |app| {
            let user = app.user().await;
            let chat = user.chat().await;
            for status in [202, 409, 429] {
                let answer = user.ask(&chat, question("hello")).await.expect(status);
                if status == 429 {
                    let seconds = answer.headers["retry-after"].to_str().unwrap();
                    assert!((1..=30).contains(&seconds.parse().unwrap()), "{seconds}");
                    assert!(answer.body["retryAt"].is_string());
                }
            }
            let somebody: Client = app.user().await;
            somebody.generation().await;
            let mut worker = app.worker().await;
            drop_job_of(&mut worker).await;
            drop_job_of(&mut worker).await;
        },
    )
    .await;
}

#[tokio::test]
async fn the_models_are_listed_with_whether_they_can_be_asked() {
    let often = |config: &mut api::Config| config.survey_interval = Duration::from_millis(5);
    testing_with(often, async |app| {
        let user = app.user().await;
        let available = async |is: bool, from: bool| {
            let models = async || {
                app.controls.report(&worker_status()).await.unwrap();
                let models = user.get("/api/models").await.expect(200).body["items"].clone();
                let demo = &models[0];
                let is_told = demo["available"] == is && demo.get("availableAt").is_some() == from;
                is_told.then_some(models)
            };
            app.eventually(models).await
        };
        let no_key = available(false, false).await;
        let demo = json!({
            "id": "sim-demo", "provider": "simulated", "default": true, "maxTokens": 200_000,
            "available": false,
        });
        assert_eq!(no_key, json!([demo]));
        let (provider, key) = (sample::provider(), KeyId::new("a"));
        app.keys.register(&provider, &[KeySpec::plain(key.clone(), None)]).await.unwrap();
        available(true, false).await;
        let out = Switch::OffFor(Duration::from_mins(1));
        app.keys.switch(&provider, &key, out, 1).await.unwrap();
        let rests = available(false, true).await[0]["availableAt"].clone();
        let until: Timestamp = serde_json::from_value(rests).unwrap();
        assert!(until > SystemClock.now(), "{until}");
        app.keys.switch(&provider, &key, Switch::On, 2).await.unwrap();
        available(true, false).await;
        // Whoever takes no jobs says so.
        let paused = WorkerStatus { paused: true, ..worker_status() };
        let told = async || {
            app.controls.report(&paused).await.unwrap();
            let models = user.get("/api/models").await.expect(200).body;
            (models["items"][0]["available"] == false).then_some(())
        };
        app.eventually(told).await;
    })
    .await;
}

/// As where another process, whose clock is ahead, stored the answer.
#[tokio::test]
async fn what_is_said_follows_what_was_said_by_any_clock() {
    testing(async |app| {
        let user = app.user().await;
        let chat = user.chat().await;
        let path = format!("/api/chats/{chat}/messages");
        let ahead = SystemClock.now() + Duration::from_mins(5);
        let said = sample::message(chat.parse().unwrap(), "from ahead", ahead);
        app.store.append(user.id().parse().unwrap(), &said, "").await.unwrap();
        user.post(&path, json!({"content": "stored", "generate": false})).await.expect(201);
        let mut worker = app.worker().await;
        let mut asked = Vec::new();
        for text in ["one", "two"] {
            let id = user.ask(&chat, question(text)).await.expect(202).get("generationId");
            let holding = worker.start().await;
            asked.push(holding.job.turns.len());
            holding.succeed().await;
            user.watch(&id, 0).await;
        }
        assert_eq!(asked, [3, 5]);
        // Another answer to a question from ahead.
        let again = user.ask(&chat, question("three")).await.expect(202).get("generationId");
        worker.answer(&["x"]).await;
        user.watch(&again, 0).await;
        let path = format!("/api/generations/{again}/regenerate");
        let again = user.post(&path, json!({})).await.expect(202).get("generationId");
        worker.answer(&["y"]).await;
        user.watch(&again, 0).await;
        let newest_first = user.messages(&chat).await;
        let said: Vec<_> = newest_first.iter().rev().map(|m| m["content"].clone()).collect();
        assert_eq!(said, ["from ahead", "stored", "one", "", "two", "", "three", "x", "y"]);
    })
    .await;
}

#[tokio::test]
async fn the_tries_at_a_generation_are_shown_with_what_they_cost() {
    testing(async |app| {
        let user = app.user().await;
        let id = user.generation().await;
        app.worker().await.answer(&["hi"]).await;
        user.watch(&id, 0).await;
        let shown = user.get(&format!("/api/generations/{id}")).await.expect(200).body;
        assert_eq!(shown["status"], "succeeded");
        let attempts = shown["attempts"].as_array().unwrap();
        assert_eq!(attempts.len(), 1);
        let attempt = &attempts[0];
        assert_eq!((&attempt["attempt"], &attempt["outcome"]), (&json!(1), &json!("succeeded")));
        assert_eq!(
            (&attempt["inputTokens"], &attempt["outputTokens"]),
            (&shown["inputTokens"], &shown["outputTokens"])
        );
    })
    .await;
}

#[tokio::test]
async fn callers_are_told_what_is_left() {
    testing_with(
        |config| {
            config.requests_per_minute = 2.try_into().unwrap();
            config.max_in_flight_per_user = 10;
        },
        async |app| {
            let user = app.user().await;
            let chat = user.chat().await;
            let ask = async || user.ask(&chat, json!({"userMessage": "hello"})).await;
            for (status, left) in [(202, "r=1;t=30"), (202, "r=0;t=60"), (429, "r=0;t=30")] {
                let answer = ask().await.expect(status);
                assert_eq!(answer.headers["ratelimit-policy"], "\"generations\";q=2;w=60");
                let told = answer.headers["ratelimit"].to_str().unwrap();
                assert!(
                    told.strip_prefix("\"generations\";").is_some_and(|told| {
                        // Time goes on meanwhile.
                        told == left || told.split(";t=").next() == left.split(";t=").next()
                    }),
                    "{told}"
                );
            }
            assert!(!user.get("/api/chats").await.headers.contains_key("ratelimit"));
            let mut worker = app.worker().await;
            for _ in 0..2 {
                worker.answer(&["hi"]).await;
            }
        },
    )
    .await;
}

/// Security case 88.
#[tokio::test]
async fn a_user_has_so_many_tokens_a_day() {
    testing_with(
        |config| config.tokens_per_day = Some(20),
        async |app| {
            let user = app.user().await;
            let chat = user.chat().await;
            app.book(&user, 19).await;
            let ask = async || user.ask(&chat, json!({"userMessage": "hello"})).await;
            let id = user.ask(&chat, named("hello", "r")).await.expect(202).get("generationId");
            app.worker().await.answer(&["hi"]).await;
            user.watch(&id, 0).await;
            app.book(&user, 1).await;
            let refused = ask().await.problem(429, "token_budget_spent");
            let wait: u64 = refused.headers["retry-after"].to_str().unwrap().parse().unwrap();
            assert!((1..=86_400).contains(&wait), "{wait}");
            assert!(refused.get("retryAt").ends_with("T00:00:00Z"), "{}", refused.text);
            // What was accepted is answered as before, and nothing else.
            let again = user.ask(&chat, named("hello", "r")).await.expect(202);
            assert_eq!(again.get("generationId"), id);
            user.ask(&chat, named("hello", "s")).await.problem(429, "token_budget_spent");
        },
    )
    .await;
}

/// Security case 88.
#[tokio::test]
async fn a_question_that_waits_is_not_begun_without_tokens() {
    testing_with(
        |config| {
            config.tokens_per_day = Some(20);
            config.rescue_interval = Duration::from_millis(20);
        },
        async |app| {
            let user = app.user().await;
            let chat = user.chat().await;
            user.ask(&chat, question("first")).await.expect(202);
            let waits = json!({"userMessage": "second", "onBusy": "queue"});
            let second = user.ask(&chat, waits).await.expect(202).get("generationId");
            app.book(&user, 20).await;
            let mut worker = app.worker().await;
            worker.answer(&["hi"]).await;
            app.settled().await;
            // The rescuer looks several times for whose turn it is.
            tokio::time::sleep(Duration::from_millis(100)).await;
            let held = app.jobs_of(&user).await;
            assert!(held.iter().all(|job| job.held && job.id.to_string() == second), "{held:?}");
            assert_eq!(held.len(), 1);
            app.clock.turn(Duration::from_hours(24));
            let answered = worker.start().await;
            assert_eq!(answered.job.generation_id.to_string(), second);
            answered.succeed().await;
        },
    )
    .await;
}

#[tokio::test]
async fn what_the_budget_refuses_is_not_counted() {
    testing_with(
        |config| {
            config.tokens_per_day = Some(1);
            config.requests_per_minute = 2.try_into().unwrap();
        },
        async |app| {
            let user = app.user().await;
            let chat = user.chat().await;
            app.book(&user, 1).await;
            for _ in 0..5 {
                let refused = user.ask(&chat, question("hello")).await;
                refused.problem(429, "token_budget_spent");
            }
            // Notes cost no tokens, and share the quota.
            let note = json!({"content": "a note", "generate": false});
            let path = format!("/api/chats/{chat}/messages");
            user.post(&path, note).await.expect(201);
        },
    )
    .await;
}
