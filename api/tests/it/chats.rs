//! Chats.

use serde_json::{Value, json};

use crate::harness::testing;

#[tokio::test]
async fn a_chat_is_made_named_and_deleted() {
    testing(async |app| {
        let user = app.user().await;
        let made = user.post("/api/chats", json!({ "title": " Plans " })).await.expect(201);
        let path = format!("/api/chats/{}", made.get("id"));
        assert_eq!(made.headers["location"], path);
        assert_eq!(made.body["title"], "Plans");
        assert_eq!(made.body["createdAt"], made.body["updatedAt"]);

        let shown = user.get(&path).await.expect(200).body;
        assert_eq!(shown["activeGenerationId"], Value::Null);
        assert_eq!(shown["title"], "Plans");

        let named = user.patch(&path, json!({ "title": "Journeys" })).await.expect(200);
        assert_eq!(named.body["title"], "Journeys");
        user.delete(&path).await.expect(204);
        user.get(&path).await.problem(404, "not_found");
        user.delete(&path).await.problem(404, "not_found");
        user.patch(&path, json!({ "title": "x" })).await.problem(404, "not_found");
    })
    .await;
}

#[tokio::test]
async fn a_title_has_a_length() {
    testing(async |app| {
        let user = app.user().await;
        let chat = format!("/api/chats/{}", user.chat().await);
        let long = "ä".repeat(201);
        user.post("/api/chats", json!({ "title": long })).await.fault("/title");
        user.post("/api/chats", json!({ "title": "a\0b" })).await.fault("/title");
        user.post("/api/chats", json!({ "owner": "me" })).await.fault("/owner");
        for title in [json!(""), json!("  "), json!(long), json!(7), Value::Null] {
            user.patch(&chat, json!({ "title": title })).await.fault("/title");
        }
        user.patch(&chat, json!({ "title": "ä".repeat(200) })).await.expect(200);
    })
    .await;
}

#[tokio::test]
async fn chats_come_in_pages_the_latest_changed_first() {
    testing(async |app| {
        let user = app.user().await;
        let mut made = Vec::new();
        for _ in 0..5 {
            made.push(user.chat().await);
        }
        user.patch(&format!("/api/chats/{}", made[1]), json!({ "title": "new" })).await.expect(200);
        let mut seen = Vec::new();
        let mut path = "/api/chats?limit=2".to_owned();
        loop {
            let page = user.get(&path).await.expect(200).body;
            let items = page["items"].as_array().unwrap();
            assert!(items.len() <= 2);
            seen.extend(items.iter().map(|item| item["id"].as_str().unwrap().to_owned()));
            let Some(cursor) = page["nextCursor"].as_str() else { break };
            path = format!("/api/chats?limit=2&cursor={cursor}");
        }
        let expected = [1, 4, 3, 2, 0].map(|index| made[index].clone());
        assert_eq!(seen, expected);
    })
    .await;
}

#[tokio::test]
async fn a_page_is_asked_for_with_care() {
    testing(async |app| {
        let user = app.user().await;
        let chat = user.chat().await;
        for list in ["/api/chats".to_owned(), format!("/api/chats/{chat}/messages")] {
            for limit in ["0", "-1", "101", "9223372036854775808", "1e309", "", "%D9%A1%D9%A0"] {
                user.get(&format!("{list}?limit={limit}")).await.fault("/limit");
            }
            for cursor in ["", "x", "AAAA", "'%20OR%201=1--", &"A".repeat(3000)] {
                user.get(&format!("{list}?cursor={cursor}")).await.fault("/cursor");
            }
            user.get(&format!("{list}?limit=1&limit=2")).await.problem(422, "invalid_request");
            user.get(&format!("{list}?limit=100")).await.expect(200);
        }
    })
    .await;
}
