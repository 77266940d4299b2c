//! How long an answer one may ask for.

use std::collections::BTreeMap;

use domain::model::{Catalog, ModelRef};
use serde_json::json;
use testkit::sample;

use crate::harness::testing_with;

fn model(name: &str) -> ModelRef {
    ModelRef { provider: sample::provider(), model: name.to_owned() }
}

/// `sim-small` puts out ten tokens, `sim-large` twenty, and of `sim-demo` nothing is known.
fn with_maxima(config: &mut api::Config) {
    let chain = |names: [&str; 2]| names.map(model).to_vec();
    let chains = BTreeMap::from([
        ("rising".to_owned(), chain(["sim-small", "sim-large"])),
        ("falling".to_owned(), chain(["sim-large", "sim-small"])),
    ]);
    config.catalog = Catalog::new(model("sim-small"), vec![sample::provider()]).with_chains(chains);
    config.maxima = [(model("sim-small"), 10), (model("sim-large"), 20)].into_iter().collect();
}

#[tokio::test]
async fn more_than_the_model_asked_first_can_is_refused() {
    testing_with(with_maxima, async |app| {
        let user = app.user().await;
        let chat = user.chat().await;
        let mut worker = app.worker().await;
        for (name, most) in [
            (json!(null), 10),
            (json!("sim-small"), 10),
            (json!("sim-large"), 20),
            (json!("rising"), 10),
            (json!("falling"), 20),
            (json!("sim-demo"), 200_000),
        ] {
            let ask = async |tokens: u32| {
                let body = json!({"userMessage": "Hi?", "model": name, "maxTokens": tokens});
                user.ask(&chat, body).await
            };
            let refused = ask(most + 1).await.fault("/maxTokens");
            let allowed = format!("must be a whole number from 1 to {most}");
            let detail = refused.body["errors"][0]["detail"].as_str().unwrap();
            assert!(detail.starts_with(&allowed), "{name}: {detail}");
            let id = ask(most).await.expect(202).get("generationId");
            let holding = worker.start().await;
            assert_eq!(holding.job.sampling.max_tokens, Some(most), "{name}");
            holding.succeed().await;
            user.watch(&id, 0).await;
        }
        let messages = format!("/api/chats/{chat}/messages");
        let body = json!({"content": "Hi?", "model": "sim-small", "maxTokens": 11});
        user.post(&messages, body).await.fault("/maxTokens");
    })
    .await;
}

/// Whoever does not say how long another answer may be has said nothing wrong.
#[tokio::test]
async fn another_answer_may_come_from_a_model_that_can_less() {
    testing_with(with_maxima, async |app| {
        let user = app.user().await;
        let chat = user.chat().await;
        let mut worker = app.worker().await;
        let body = json!({"userMessage": "Hi?", "model": "sim-large", "maxTokens": 20});
        let id = user.ask(&chat, body).await.expect(202).get("generationId");
        worker.answer(&["Yes."]).await;
        user.watch(&id, 0).await;
        let again = format!("/api/generations/{id}/regenerate");
        let longer = json!({"model": "sim-small", "maxTokens": 20});
        user.post(&again, longer).await.fault("/maxTokens");
        user.post(&again, json!({"model": "sim-small"})).await.expect(202);
        let holding = worker.start().await;
        assert_eq!((&*holding.job.model, holding.job.sampling.max_tokens), ("sim-small", Some(20)));
        holding.succeed().await;
    })
    .await;
}

/// Whoever did not hear the answer, and asks again, is told what became of it.
#[tokio::test]
async fn what_was_accepted_before_the_maximum_was_lowered_is_answered_again() {
    testing_with(with_maxima, async |app| {
        let user = app.user().await;
        let chat = user.chat().await;
        let body = |text: &str, name: &str| {
            let model = "sim-large";
            json!({"userMessage": text, "model": model, "maxTokens": 20, "requestId": name})
        };
        let id = user.ask(&chat, body("Hi?", "r")).await.expect(202).get("generationId");
        app.worker().await.answer(&["Yes."]).await;
        user.watch(&id, 0).await;
        app.ask_to_stop();
        app.ended().await;
        app.config.maxima = [(model("sim-large"), 10)].into_iter().collect();
        app.start_again().await;
        let user = user.at(&app.base);
        let again = user.ask(&chat, body("Hi?", "r")).await.expect(202);
        assert_eq!(again.get("generationId"), id);
        user.ask(&chat, body("Ho?", "r")).await.problem(422, "request_id_reused");
        user.ask(&chat, body("Hi?", "another")).await.fault("/maxTokens");
        assert_eq!(user.messages(&chat).await.len(), 2);
    })
    .await;
}
