//! Messages of a chat.

use ports::store::Chats;
use serde_json::{Value, json};
use testkit::sample;

use crate::harness::{now, testing};

#[tokio::test]
async fn a_message_can_be_stored_without_asking_for_an_answer() {
    testing(async |app| {
        let user = app.user().await;
        let chat = user.chat().await;
        let path = format!("/api/chats/{chat}/messages");
        let body = json!({ "content": "note to self", "generate": false });
        let stored = user.post(&path, body).await.expect(201).body;
        assert_eq!((&stored["role"], &stored["chatId"]), (&json!("user"), &json!(chat)));
        assert_eq!(user.messages(&chat).await, [stored]);
        let body = json!({ "content": "x", "generate": false, "model": "sim-demo" });
        user.post(&path, body).await.fault("/generate");
    })
    .await;
}

/// And the pages of its owner are told, whichever names it.
#[tokio::test]
async fn a_chat_without_a_name_is_named_by_the_first_message_that_it_gets() {
    testing(async |app| {
        let user = app.user().await;
        let mut page = user.open("/api/events", None).await;
        let named =
            |chat: &str, title: &str| json!({"type": "chat", "chatId": chat, "title": title});
        let store = async |chat: &str, content: &str| {
            let body = json!({ "content": content, "generate": false });
            user.post(&format!("/api/chats/{chat}/messages"), body).await.expect(201);
        };
        let chat = user.chat().await;
        store(&chat, "Notes on otters\nand more").await;
        assert_eq!(page.told(2).await, [named(&chat, ""), named(&chat, "Notes on otters")]);
        let shown = user.get(&format!("/api/chats/{chat}")).await.expect(200);
        assert_eq!(shown.body["title"], "Notes on otters");
        // It has a name by now: what follows, and what begins it anew, tells of none.
        store(&chat, "More").await;
        let anew = json!({"userMessage": "Who?", "parentId": null});
        let id = user.ask(&chat, anew).await.expect(202).get("generationId");
        let queued = json!(
            {"type": "generation", "generationId": id, "chatId": chat, "status": "queued"}
        );
        assert_eq!(page.told(1).await, [queued]);
        app.worker().await.answer(&["Me."]).await;
        user.watch(&id, 0).await;
        // One from before messages named chats, whose first was only stored.
        let old = app.chat_of(&user).await;
        let (owner, chat_id) = (user.id().parse().unwrap(), old.parse().unwrap());
        let message = sample::message(chat_id, "unnamed", now());
        Chats::append(&*app.store, owner, &message, "").await.unwrap();
        let id = user.ask(&old, json!({"userMessage": "And now?"})).await.expect(202);
        assert_eq!(page.told(2).await[1], named(&old, "And now?"));
        app.worker().await.answer(&["Yes."]).await;
        user.watch(&id.get("generationId"), 0).await;
    })
    .await;
}

#[tokio::test]
async fn a_message_asks_for_an_answer_unless_told_otherwise() {
    testing(async |app| {
        let user = app.user().await;
        let mut worker = app.worker().await;
        let chat = user.chat().await;
        let path = format!("/api/chats/{chat}/messages");
        let answer = user.post(&path, json!({ "content": "hello" })).await.expect(202);
        let id = answer.get("generationId");
        assert_eq!(answer.headers["location"], format!("/api/generations/{id}"));
        worker.answer(&["hi"]).await;
        user.watch(&id, 0).await;
        let messages = user.messages(&chat).await;
        let said: Vec<_> = messages.iter().map(|m| (&m["role"], &m["content"])).collect();
        assert_eq!(said, [(&json!("assistant"), &json!("hi")), (&json!("user"), &json!("hello"))]);
        assert_eq!(messages[0]["generationId"], id);
        assert!(messages[1].get("generationId").is_none());
    })
    .await;
}

#[tokio::test]
async fn an_answer_tells_what_it_took() {
    testing(async |app| {
        let user = app.user().await;
        let chat = user.chat().await;
        let asked = user.ask(&chat, json!({"userMessage": "hello"})).await.expect(202);
        app.worker().await.answer(&["hi"]).await;
        let id = asked.get("generationId");
        user.watch(&id, 0).await;
        let generation = user.get(&format!("/api/generations/{id}")).await.expect(200).body;
        let messages = user.messages(&chat).await;
        for tokens in ["inputTokens", "outputTokens"] {
            assert!(messages[0][tokens].as_u64().is_some_and(|count| count > 0));
            assert_eq!(messages[0][tokens], generation[tokens]);
            assert!(messages[1].get(tokens).is_none(), "a question takes nothing by itself");
        }
    })
    .await;
}

/// Whoever comes back finds out what became of their question.
#[tokio::test]
async fn a_question_without_an_answer_tells_its_generation() {
    testing(async |app| {
        let user = app.user().await;
        let chat = user.chat().await;
        let mut worker = app.worker().await;
        let path = format!("/api/chats/{chat}/messages");
        user.post(&path, json!({ "content": "a note", "generate": false })).await.expect(201);
        assert!(user.messages(&chat).await[0].get("generationId").is_none());
        let first = user.post(&path, json!({ "content": "hello" })).await.expect(202);
        let first = first.get("generationId");
        assert_eq!(user.messages(&chat).await[0]["generationId"], first, "while it is under way");
        worker.start().await.fail("overloaded", "No.").await;
        user.watch(&first, 0).await;
        let again = format!("/api/generations/{first}/regenerate");
        let second = user.post(&again, json!({})).await.expect(202).get("generationId");
        worker.start().await.fail("overloaded", "No.").await;
        user.watch(&second, 0).await;
        let messages = user.messages(&chat).await;
        assert_eq!(messages[0]["generationId"], second, "the latest");
        assert!(messages[1].get("generationId").is_none());
        let page = user.get(&format!("{path}?limit=1")).await.expect(200);
        let older = format!("{path}?cursor={}", page.get("nextCursor"));
        let older = user.get(&older).await.expect(200).body;
        assert!(older["items"][0].get("generationId").is_none(), "{older}");
    })
    .await;
}

#[tokio::test]
async fn a_message_is_checked() {
    testing(async |app| {
        let user = app.user().await;
        let path = format!("/api/chats/{}/messages", user.chat().await);
        user.post(&path, json!({ "content": " " })).await.fault("/content");
        user.post(&path, json!({ "content": "a\0" })).await.fault("/content");
        user.post(&path, json!({})).await.fault("/content");
        user.post(&path, json!({ "content": "a", "generate": "no" })).await.fault("/generate");
        user.post(&path, json!({ "content": "a", "role": "system" })).await.fault("/role");
        user.post(&path, json!({ "content": "a", "maxTokens": 0 })).await.fault("/maxTokens");
        let nowhere = "/api/chats/0193a1b2-0000-7000-8000-000000000000/messages";
        let body = json!({ "content": "a", "generate": false });
        user.post(nowhere, body).await.problem(404, "not_found");
    })
    .await;
}

/// They are read to the end, and back.
#[tokio::test]
async fn a_page_of_long_messages_is_a_short_one() {
    testing(async |app| {
        let user = app.user().await;
        let chat = user.chat().await;
        let path = format!("/api/chats/{chat}/messages");
        let mut said = Vec::new();
        for letter in ["a", "b", "c", "d", "e", "f"] {
            let body = json!({ "content": letter.repeat(256 * 1024), "generate": false });
            said.insert(0, user.post(&path, body).await.expect(201).body);
        }
        let newest = user.get(&path).await.expect(200);
        assert_eq!(newest.body["items"], json!(said[..4]), "of 1 MiB");
        let rest = user.get(&format!("{path}?cursor={}", newest.get("nextCursor"))).await;
        let rest = rest.expect(200);
        assert_eq!(
            (&rest.body["items"], &rest.body["nextCursor"]),
            (&json!(said[4..]), &Value::Null)
        );
        let back = user.get(&format!("{path}?cursor={}", rest.get("prevCursor"))).await.expect(200);
        assert_eq!(back.body["items"], json!(said[..4]));
        let whole = user.get(&format!("/api/chats/{chat}/export?format=json")).await.expect(200);
        said.reverse();
        assert_eq!(whole.body["messages"], json!(said));
    })
    .await;
}
