//! Questions in other words, and other answers: branches of a chat.

use serde_json::{Value, json};

use crate::harness::{Client, TestApp, testing};

/// Asks with `extra` wishes, has it answered, and returns the question's id, the answer's id, and what the model
/// was told.
async fn talk(
    app: &TestApp,
    user: &Client,
    path: &str,
    body: Value,
    answer: &str,
) -> (String, String, Vec<String>) {
    let accepted = user.post(path, body).await.expect(202);
    let id = accepted.get("generationId");
    let mut holding = app.worker().await.start().await;
    let told = holding.job.turns.iter().map(|turn| turn.content.clone()).collect();
    holding.say(answer).await;
    holding.succeed().await;
    let events = user.watch(&id, 0).await;
    let answer = events.last().unwrap().1["messageId"].as_str().unwrap().to_owned();
    (accepted.get("userMessageId"), answer, told)
}

async fn parents(user: &Client, chat: &str) -> Vec<(String, Option<String>)> {
    let messages = user.messages(chat).await;
    let text = |value: &Value| value.as_str().map(str::to_owned);
    messages.iter().rev().map(|m| (text(&m["content"]).unwrap(), text(&m["parentId"]))).collect()
}

#[tokio::test]
async fn a_question_in_other_words_begins_a_branch() {
    testing(async |app| {
        let user = app.user().await;
        let chat = user.chat().await;
        let path = format!("/api/chats/{chat}/generations");
        let ask = async |body: Value, answer: &str| talk(app, &user, &path, body, answer).await;
        let (q1, a1, told) = ask(json!({"userMessage": "q1"}), "a1").await;
        assert_eq!(told, ["q1"]);
        let (q2, a2, told) = ask(json!({"userMessage": "q2"}), "a2").await;
        assert_eq!(told, ["q1", "a1", "q2"]);
        // The second question in other words stands beside it.
        let (other_q2, _, told) = ask(json!({"userMessage": "q2b", "parentId": a1}), "a2b").await;
        assert_eq!(told, ["q1", "a1", "q2b"]);
        // The talk goes on where it was last, or from anywhere else.
        let (_, _, told) = ask(json!({"userMessage": "q3"}), "a3").await;
        assert_eq!(told, ["q1", "a1", "q2b", "a2b", "q3"]);
        let (_, _, told) = ask(json!({"userMessage": "q3b", "parentId": a2}), "a3b").await;
        assert_eq!(told, ["q1", "a1", "q2", "a2", "q3b"]);
        // The first question in other words.
        let (_, _, told) = ask(json!({"userMessage": "q1b", "parentId": null}), "a1b").await;
        assert_eq!(told, ["q1b"]);

        let kept = parents(&user, &chat).await;
        let parent =
            |content: &str| kept.iter().find(|(text, _)| text == content).unwrap().1.clone();
        assert_eq!((parent("q1"), parent("q1b")), (None, None));
        assert_eq!(
            (parent("a1"), parent("q2"), parent("q2b")),
            (Some(q1), Some(a1.clone()), Some(a1))
        );
        assert_eq!((parent("a2"), parent("a2b")), (Some(q2), Some(other_q2)));
    })
    .await;
}

#[tokio::test]
async fn another_answer_stands_beside_the_first() {
    testing(async |app| {
        let user = app.user().await;
        let chat = user.chat().await;
        let path = format!("/api/chats/{chat}/generations");
        let body = json!({"userMessage": "q1", "systemPrompt": "be brief", "temperature": 0.5});
        let first = user.post(&path, body).await.expect(202).get("generationId");
        let mut worker = app.worker().await;
        worker.answer(&["a1"]).await;
        user.watch(&first, 0).await;
        let again = format!("/api/generations/{first}/regenerate");
        let second = user.post(&again, json!({"temperature": 1})).await.expect(202);
        let holding = worker.start().await;
        assert_eq!(holding.job.turns.len(), 1);
        assert_eq!(holding.job.system.as_deref(), Some("be brief"), "as before");
        assert_eq!(holding.job.sampling.temperature, Some(1.0), "as wished");
        holding.succeed().await;
        let second = second.get("generationId");
        user.watch(&second, 0).await;
        let kept = user.messages(&chat).await;
        let contents: Vec<_> = kept.iter().map(|m| m["role"].as_str().unwrap()).collect();
        assert_eq!(contents, ["assistant", "assistant", "user"], "the question is there once");
        assert_eq!(kept[0]["parentId"], kept[1]["parentId"]);
        assert_eq!(kept[0]["parentId"], kept[2]["id"]);
        // What is null is as if it had not been wished for.
        let bare = json!({"systemPrompt": null, "temperature": null, "model": null});
        let bare = user.post(&again, bare).await.expect(202).get("generationId");
        let holding = worker.start().await;
        let job = &holding.job;
        assert_eq!((job.system.as_deref(), job.sampling.temperature), (None, None));
        holding.succeed().await;
        user.watch(&bare, 0).await;
        // Said again it is the same, by its name.
        let named = json!({"requestId": "once more"});
        let third = user.post(&again, named.clone()).await.expect(202).get("generationId");
        worker.answer(&["a3"]).await;
        user.watch(&third, 0).await;
        assert_eq!(user.post(&again, named).await.expect(202).get("generationId"), third);
        user.post(&again, json!({"userMessage": "x"})).await.fault("/userMessage");
    })
    .await;
}

/// Security case 38.
#[tokio::test]
async fn a_parent_is_a_message_of_the_chat() {
    testing(async |app| {
        let (user, stranger) = (app.user().await, app.user().await);
        let (chat, other) = (user.chat().await, user.chat().await);
        let store = json!({"content": "here", "generate": false});
        let here = user.post(&format!("/api/chats/{chat}/messages"), store.clone()).await;
        let here = here.expect(201).get("id");
        for parent in [json!("x"), json!(other), json!("0193a1b2-0000-7000-8000-000000000000")] {
            let body = json!({"userMessage": "q", "parentId": parent});
            user.ask(&chat, body).await.fault("/parentId");
        }
        let elsewhere = json!({"userMessage": "q", "parentId": here});
        user.ask(&other, elsewhere.clone()).await.fault("/parentId");
        stranger.ask(&chat, elsewhere).await.problem(404, "not_found");
        let beside = json!({"content": "beside", "generate": false, "parentId": null});
        let beside = user.post(&format!("/api/chats/{chat}/messages"), beside).await.expect(201);
        assert_eq!(beside.body["parentId"], Value::Null);
        let after = user.post(&format!("/api/chats/{chat}/messages"), store).await.expect(201);
        assert_eq!(after.body["parentId"], beside.body["id"]);
    })
    .await;
}
