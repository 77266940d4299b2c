//! Messages outlive the version that wrote them: a job may wait for a day while its installation is replaced.

use serde_json::json;
use simulated_provider::parse_tags;

use crate::{
    client::{end, text},
    stack::{Distributed, Size},
};

/// What the first version published for a question; the ids are those of the question.
fn job(generation: &str, user: &str, chat: &str) -> String {
    format!(
        r#"{{"v":1,"generationId":"{generation}","userId":"{user}","chatId":"{chat}","attempt":1,
        "retries":0,"lastSeq":0,"provider":"openai","model":"sim-tokens=7","turns":[{{"role":"user",
        "content":"say it"}}],"sampling":{{}},"createdAt":"2026-11-21T08:00:00.123456Z"}}"#
    )
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_job_of_the_first_version_is_answered() {
    let mut stack = Distributed::start(Size { apis: 1, workers: 0 }, &[]).await;
    let client = stack.stack.client().await;
    let user = client.get("/api/auth/me").await.body["id"].as_str().unwrap().to_owned();
    let chat = client.chat().await;
    // Nobody has made the queue yet, so the question's own job was not taken; it asks for another answer.
    let question = json!({"userMessage": "say it", "model": "openai/sim-tokens=20"});
    let accepted = client.try_generate(&chat, question).await;
    let generation = accepted.body["generationId"].as_str().unwrap().to_owned();
    stack.engines.forget_jobs().await;
    stack.add_worker().await;
    let properties = json!({
        "message_id": "019aa0c1-0000-7000-8000-000000000009", "correlation_id": generation,
        "type": "job", "content_type": "application/json", "delivery_mode": 2,
        "headers": {"x-version": "1", "x-at": "2026-11-21T08:00:00.123456+00:00"},
    });
    let job = job(&generation, &user, &chat);
    stack.engines.publish("openai", &properties, &job).await;
    let events = client.watch(&generation).await;
    assert_eq!(end(&events), "succeeded");
    assert_eq!(parse_tags(&text(&events)).unwrap().len(), 7, "what the old job asks for");
    assert_eq!(client.messages(&chat).await[1], ("assistant".to_owned(), text(&events)));
    stack.stop().await;
}
