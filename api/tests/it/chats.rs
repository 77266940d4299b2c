//! Chats.

use serde_json::{Value, json};

use crate::harness::{Client, testing};

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

/// Security case 49.
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

/// Security case 46.
#[tokio::test]
async fn a_page_is_asked_for_with_care() {
    testing(async |app| {
        let user = app.user().await;
        let chat = user.chat().await;
        for list in ["/api/chats".to_owned(), format!("/api/chats/{chat}/messages")] {
            for limit in ["0", "-1", "101", "9223372036854775808", "1e309", "", "%D9%A1%D9%A0"] {
                user.get(&format!("{list}?limit={limit}")).await.fault("/limit");
            }
            // The last one is of the year -7537.
            let ancient = "-9YvludiAAAAAAAAAAAAAAAAAAAAAAAAAA";
            for cursor in ["", "x", "AAAA", "'%20OR%201=1--", &"A".repeat(3000), ancient] {
                user.get(&format!("{list}?cursor={cursor}")).await.fault("/cursor");
            }
            user.get(&format!("{list}?limit=1&limit=2")).await.problem(422, "invalid_request");
            user.get(&format!("{list}?limit=100")).await.expect(200);
        }
    })
    .await;
}

#[tokio::test]
async fn chats_are_found_by_what_was_said_in_them() {
    testing(async |app| {
        let (user, stranger) = (app.user().await, app.user().await);
        let (named, said) = (user.chat().await, user.chat().await);
        user.patch(&format!("/api/chats/{named}"), json!({"title": "All about otters"})).await;
        let body = json!({"content": "Do OTTERS bark?", "generate": false});
        user.post(&format!("/api/chats/{said}/messages"), body).await.expect(201);
        let found = async |user: &Client, text: &str| {
            let answer = user.get(&format!("/api/search?q={text}")).await.expect(200).body;
            let ids = answer["items"].as_array().unwrap().iter().map(|chat| chat["id"].clone());
            ids.collect::<Vec<_>>()
        };
        assert_eq!(found(&user, "otters").await, [json!(said), json!(named)]);
        assert_eq!(found(&user, "about%20ot").await, [json!(named)]);
        assert_eq!(found(&user, "%25").await, Vec::<Value>::new());
        assert_eq!(found(&stranger, "otters").await, Vec::<Value>::new());
        for bad in ["", "%20", &"x".repeat(201), "a%00"] {
            user.get(&format!("/api/search?q={bad}")).await.fault("/q");
        }
        user.get("/api/search").await.fault("/q");
        // Characters count, as clients are told, and not bytes.
        assert_eq!(found(&user, &"%C3%A4".repeat(200)).await, Vec::<Value>::new());
        user.get(&format!("/api/search?q={}", "%C3%A4".repeat(201))).await.fault("/q");
    })
    .await;
}

/// Security case 66.
#[tokio::test]
async fn a_chat_is_exported_whole() {
    testing(async |app| {
        let user = app.user().await;
        let chat = user.chat().await;
        let path = format!("/api/chats/{chat}");
        user.patch(&path, json!({"title": "Lines\nand more"})).await.expect(200);
        // More than are read at once.
        for number in 0..405 {
            let body = json!({"content": format!("number {number}"), "generate": false});
            user.post(&format!("{path}/messages"), body).await.expect(201);
        }
        let answer = user.get(&format!("{path}/export?format=json")).await.expect(200);
        assert_eq!(answer.headers["content-type"], "application/json");
        let disposition = answer.headers["content-disposition"].to_str().unwrap();
        assert_eq!(disposition, format!("attachment; filename=\"chat-{chat}.json\""));
        assert_eq!(answer.body["chat"]["id"], *chat);
        let messages = answer.body["messages"].as_array().unwrap();
        let said: Vec<_> = messages.iter().map(|m| m["content"].as_str().unwrap()).collect();
        let expected: Vec<String> = (0..405).map(|number| format!("number {number}")).collect();
        assert_eq!(said, expected, "oldest first, every one once");
        let markdown = user.get(&format!("{path}/export")).await.expect(200);
        assert_eq!(markdown.headers["content-type"], "text/markdown; charset=utf-8");
        assert!(markdown.text.starts_with("# Lines and more\n\n## You, 20"), "{}", markdown.text);
        assert_eq!(markdown.text.matches("\n## You, ").count(), 405);
        user.get(&format!("{path}/export?format=pdf")).await.fault("/format");
        let empty = user.chat().await;
        let answer = user.get(&format!("/api/chats/{empty}/export?format=json")).await.expect(200);
        assert_eq!(answer.body["messages"], json!([]));
    })
    .await;
}
