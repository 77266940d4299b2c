//! What belongs to somebody else is as if it were not there.

use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::{Client, testing};

/// Every route that names something, with a good body.
fn routes(chat: &str, generation: &str) -> Vec<(Method, String, Value)> {
    let thread = format!("/api/threads/{chat}");
    let run = format!("/api/runs/{generation}");
    let chat = format!("/api/chats/{chat}");
    let generation = format!("/api/generations/{generation}");
    vec![
        (Method::GET, format!("{chat}/events"), Value::Null),
        (Method::POST, format!("{thread}/messages"), json!({ "content": "x" })),
        (Method::GET, run.clone(), Value::Null),
        (Method::GET, format!("{run}/events"), Value::Null),
        (Method::POST, format!("{run}/cancel"), Value::Null),
        (Method::GET, chat.clone(), Value::Null),
        (Method::PATCH, chat.clone(), json!({ "title": "mine" })),
        (Method::GET, format!("{chat}/messages"), Value::Null),
        (Method::POST, format!("{chat}/messages"), json!({ "content": "x", "generate": false })),
        (Method::POST, format!("{chat}/messages"), json!({ "content": "x" })),
        (Method::POST, format!("{chat}/generations"), json!({ "userMessage": "x" })),
        (Method::GET, generation.clone(), Value::Null),
        (Method::GET, format!("{generation}/stream"), Value::Null),
        (Method::POST, format!("{generation}/cancel"), Value::Null),
        (Method::DELETE, chat, Value::Null),
    ]
}

async fn expect_everywhere(client: &Client, chat: &str, generation: &str, status: u16) {
    for (method, path, body) in routes(chat, generation) {
        let request = client.request(method.clone(), &path);
        let request = if body.is_null() { request } else { request.json(&body) };
        let answer = client.send(request).await;
        assert_eq!(answer.status, status, "{method} {path}: {}", answer.text);
    }
}

/// Security case 42.
#[tokio::test]
async fn a_stranger_finds_nothing_and_changes_nothing() {
    testing(async |app| {
        let owner = app.user().await;
        let stranger = app.user().await;
        let mut worker = app.worker().await;
        let chat = owner.chat().await;
        let body = json!({ "userMessage": "private" });
        let id = owner.ask(&chat, body).await.expect(202).get("generationId");
        expect_everywhere(&stranger, &chat, &id, 404).await;
        expect_everywhere(&app.anybody(), &chat, &id, 401).await;
        worker.answer(&["done"]).await;
        owner.watch(&id, 0).await;
        expect_everywhere(&stranger, &chat, &id, 404).await;
        assert_eq!(owner.messages(&chat).await.len(), 2);
        assert!(stranger.get("/api/chats").await.body["items"].as_array().unwrap().is_empty());
    })
    .await;
}

#[tokio::test]
async fn ids_that_name_nothing_are_not_found() {
    testing(async |app| {
        let user = app.user().await;
        for id in ["0193a1b2-0000-7000-8000-000000000000", "1", "x'--", "%00", "%ff", "null"] {
            expect_everywhere(&user, id, id, 404).await;
        }
    })
    .await;
}

/// Security case 39.
#[tokio::test]
async fn a_cursor_of_somebody_else_shows_nothing_of_theirs() {
    testing(async |app| {
        let owner = app.user().await;
        let stranger = app.user().await;
        for _ in 0..3 {
            owner.chat().await;
        }
        let page = owner.get("/api/chats?limit=1").await.expect(200).body;
        let cursor = page["nextCursor"].as_str().unwrap();
        let page = stranger.get(&format!("/api/chats?cursor={cursor}")).await.expect(200).body;
        assert_eq!(page, json!({ "items": [], "nextCursor": null, "prevCursor": null }));
    })
    .await;
}

/// Every route of the description: method, path, and whether it needs an access token.
pub fn described() -> Vec<(Method, String, bool)> {
    let document = serde_json::to_value(api::openapi()).unwrap();
    let paths = document["paths"].as_object().unwrap();
    let operations = paths.iter().flat_map(|(path, item)| {
        item.as_object().unwrap().iter().map(move |(method, operation)| {
            let method = Method::from_bytes(method.to_uppercase().as_bytes()).unwrap();
            // `security: [{}]` says that none is needed.
            let needs_token = operation["security"][0] != json!({});
            (method, path.clone(), needs_token)
        })
    });
    operations.collect()
}
