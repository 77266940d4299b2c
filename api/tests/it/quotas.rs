//! How often a user may do what costs more than to look something up.

use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::{Answer, testing_with};

fn twice_a_minute(config: &mut api::Config) {
    config.requests_per_minute = 2.try_into().unwrap();
}

#[track_caller]
fn left(answer: Answer, quota: &str, count: u32) -> Answer {
    let policy = format!("\"{quota}\";q=2;w=60");
    assert_eq!(answer.headers["ratelimit-policy"], policy, "{}", answer.text);
    let told = answer.headers["ratelimit"].to_str().unwrap();
    assert!(told.starts_with(&format!("\"{quota}\";r={count};t=")), "{told}");
    answer
}

/// `quota` is full: the first two are allowed, and the third is not.
async fn only_twice(quota: &str, status: u16, act: impl AsyncFn() -> Answer) {
    left(act().await.expect(status), quota, 1);
    left(act().await.expect(status), quota, 0);
    let refused = left(act().await.problem(429, "rate_limited"), quota, 0);
    let wait: u64 = refused.headers["retry-after"].to_str().unwrap().parse().unwrap();
    assert!((1..=30).contains(&wait), "{wait}");
    assert!(refused.body["retryAt"].is_string());
}

/// Security case 88.
#[tokio::test]
async fn what_costs_much_is_counted_each_for_itself() {
    testing_with(twice_a_minute, async |app| {
        let user = app.user().await;
        let path = format!("/api/chats/{}", app.chat_of(&user).await);
        let messages = format!("{path}/messages");
        let note = json!({"content": "a note", "generate": false});
        only_twice("searches", 200, async || user.get("/api/search?q=note").await).await;
        let export = format!("{path}/export");
        let key = json!({"name": "x"});
        only_twice("keys", 201, async || user.post("/api/auth/keys", key.clone()).await).await;
        only_twice("exports", 200, async || user.get(&export).await).await;
        only_twice("chats", 200, async || user.patch(&path, json!({"title": "x"})).await).await;
        only_twice("generations", 201, async || user.post(&messages, note.clone()).await).await;
        // What is looked up is not counted.
        for path in ["/api/chats", &path, &messages, "/api/models", "/api/usage/daily"] {
            for _ in 0..3 {
                let shown = user.get(path).await.expect(200);
                assert!(!shown.headers.contains_key("ratelimit"), "{path}");
            }
        }
        let somebody = app.user().await;
        left(somebody.get("/api/search?q=note").await.expect(200), "searches", 1);
    })
    .await;
}

#[tokio::test]
async fn questions_and_notes_are_counted_together() {
    testing_with(twice_a_minute, async |app| {
        let user = app.user().await;
        let chat = app.chat_of(&user).await;
        let messages = format!("/api/chats/{chat}/messages");
        let note = json!({"content": "a note", "generate": false});
        let said = json!({"content": "an answer", "role": "assistant"});
        left(user.post(&messages, note.clone()).await.expect(201), "generations", 1);
        left(user.post(&messages, said).await.expect(201), "generations", 0);
        user.post(&messages, note).await.problem(429, "rate_limited");
        user.post(&messages, json!({"content": "Hi?"})).await.problem(429, "rate_limited");
        user.ask(&chat, json!({"userMessage": "Hi?"})).await.problem(429, "rate_limited");
        assert_eq!(user.messages(&chat).await.len(), 2, "what is refused is not stored");
    })
    .await;
}

#[tokio::test]
async fn chats_are_counted_however_they_are_made_and_changed() {
    testing_with(twice_a_minute, async |app| {
        let user = app.user().await;
        let chat = app.chat_of(&user).await;
        let delete = user.delete(&format!("/api/chats/{chat}")).await;
        left(delete.expect(204), "chats", 1);
        let thread = json!({"user_id": user.id(), "title": "t"});
        left(user.post("/api/threads", thread.clone()).await.expect(201), "chats", 0);
        let session = json!({"session_id": "s", "user_id": "u", "message": "Hi?"});
        for (method, path, body) in [
            (Method::POST, "/api/chats", json!({})),
            (Method::POST, "/api/threads", thread),
            (Method::POST, "/api/chat", session),
            (Method::DELETE, &format!("/api/chats/{chat}"), Value::Null),
        ] {
            let refused = user.send(user.request(method, path).json(&body)).await;
            left(refused.problem(429, "rate_limited"), "chats", 0);
        }
    })
    .await;
}

#[tokio::test]
async fn a_second_is_counted_as_well() {
    testing_with(
        |config| config.requests_per_second = 1.try_into().unwrap(),
        async |app| {
            let user = app.user().await;
            let mut answer = user.get("/api/search?q=x").await.expect(200);
            for _ in 0..20 {
                // On a busy machine a second may pass between two of them.
                answer = user.get("/api/search?q=x").await;
                if answer.status == 429 {
                    break;
                }
            }
            let refused = answer.problem(429, "rate_limited");
            assert_eq!(refused.headers["ratelimit-policy"], "\"searches-per-second\";q=1;w=1");
            assert_eq!(refused.headers["retry-after"], "1");
        },
    )
    .await;
}

#[tokio::test]
async fn what_a_second_refuses_uses_up_nothing_of_the_minute() {
    testing_with(
        |config| {
            config.requests_per_second = 1.try_into().unwrap();
            config.requests_per_minute = 20.try_into().unwrap();
        },
        async |app| {
            let user = app.user().await;
            let mut refused = 0;
            // If all of them counted the minute would be over long before.
            for _ in 0..60 {
                let answer = user.get("/api/search?q=x").await;
                if answer.status == 429 {
                    let policy = &answer.headers["ratelimit-policy"];
                    assert_eq!(policy, "\"searches-per-second\";q=1;w=1");
                    refused += 1;
                }
            }
            assert!(refused > 20, "{refused}");
        },
    )
    .await;
}
