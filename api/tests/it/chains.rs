//! Chains of models, however late a question gets to a worker.

use std::collections::BTreeMap;

use domain::{
    account::Role,
    job::Job,
    model::{Catalog, ModelRef},
    rules::{RoleRules, Rules},
};
use serde_json::json;
use testkit::sample;

use crate::harness::{testing, testing_with};

fn model(name: &str) -> ModelRef {
    ModelRef { provider: sample::provider(), model: name.to_owned() }
}

/// Users may ask the chain `best`, and nobody else.
fn only_a_chain(config: &mut api::Config) {
    let chain = ("best".to_owned(), ["sim-demo", "sim-echo", "sim-last"].map(model).to_vec());
    config.catalog = Catalog::new(model("sim-echo"), vec![sample::provider()])
        .with_chains(BTreeMap::from([chain]));
    let rules = RoleRules { models: Some(vec!["best".to_owned()]), system_prompt: true };
    config.rules = Rules::new(BTreeMap::from([(Role::User, rules)]));
}

fn asked(job: &Job) -> Vec<&str> {
    let fallbacks = job.fallbacks.iter().map(|other| other.model.as_str());
    [job.model.as_str()].into_iter().chain(fallbacks).collect()
}

const WHOLE: [&str; 3] = ["sim-demo", "sim-echo", "sim-last"];

#[tokio::test]
async fn a_question_that_waited_is_put_to_its_whole_chain() {
    testing_with(only_a_chain, async |app| {
        let user = app.user().await;
        let chat = user.chat().await;
        let mut worker = app.worker().await;
        let ask = async |text| {
            let body = json!({"userMessage": text, "model": "best", "onBusy": "queue"});
            user.ask(&chat, body).await.expect(202)
        };
        ask("one").await;
        ask("two").await;
        for text in ["one", "two"] {
            let holding = worker.start().await;
            assert_eq!(asked(&holding.job), WHOLE, "{text}");
            holding.succeed().await;
        }
    })
    .await;
}

#[tokio::test]
async fn another_answer_is_asked_for_as_the_first_was() {
    testing_with(only_a_chain, async |app| {
        let user = app.user().await;
        let chat = user.chat().await;
        let mut worker = app.worker().await;
        // Nobody was named: it is whom the role may ask.
        for wish in [json!("best"), json!(null)] {
            let body = json!({"userMessage": "Hello?", "model": wish});
            let mut id = user.ask(&chat, body).await.expect(202).get("generationId");
            worker.answer(&["Yes."]).await;
            user.watch(&id, 0).await;
            for _ in 0..2 {
                let again = format!("/api/generations/{id}/regenerate");
                user.post(&again, json!({"model": "sim-demo"})).await.problem(403, "not_for_role");
                id = user.post(&again, json!({})).await.expect(202).get("generationId");
                let holding = worker.start().await;
                assert_eq!(asked(&holding.job), WHOLE, "{wish}");
                holding.succeed().await;
                user.watch(&id, 0).await;
            }
        }
    })
    .await;
}

#[tokio::test]
async fn another_answer_that_waits_leaves_its_question_where_it_is() {
    testing(async |app| {
        let user = app.user().await;
        let chat = user.chat().await;
        let mut worker = app.worker().await;
        let ask = async |text: &str| {
            let body = json!({"userMessage": text, "model": "simulated/one"});
            user.ask(&chat, body).await.expect(202).get("generationId")
        };
        let first = ask("one").await;
        worker.answer(&["1"]).await;
        user.watch(&first, 0).await;
        let second = ask("two").await;
        let holding = worker.start().await;
        let again = format!("/api/generations/{first}/regenerate");
        let queue = json!({"onBusy": "queue"});
        let third = user.post(&again, queue).await.expect(202).get("generationId");
        holding.succeed().await;
        let holding = worker.start().await;
        let told: Vec<_> = holding.job.turns.iter().map(|turn| turn.content.as_str()).collect();
        assert_eq!((told, asked(&holding.job)), (vec!["one"], vec!["one"]));
        holding.succeed().await;
        for id in [&second, &third] {
            assert_eq!(user.watch(id, 0).await.last().unwrap().1["status"], "succeeded");
        }
        // Whoever goes on from the newer question has all that was said before it.
        let parent = user.messages(&chat).await;
        let parent = parent.iter().find(|message| message["content"] == "two").unwrap();
        let body = json!({"userMessage": "three", "parentId": parent["id"]});
        user.ask(&chat, body).await.expect(202);
        let holding = worker.start().await;
        let told: Vec<_> = holding.job.turns.iter().map(|turn| turn.content.as_str()).collect();
        assert_eq!(told, ["one", "1", "two", "three"]);
        holding.succeed().await;
    })
    .await;
}
