//! Operators watch and tune what runs.

use std::time::Duration;

use serde_json::{Value, json};

use crate::{
    client::{Client, end},
    stack::Stack,
    within,
};

/// The item of `path` that `is` means, once there is one.
async fn item(operator: &Client, path: &str, is: impl Fn(&Value) -> bool) -> Value {
    let look = async {
        loop {
            let answer = operator.get(path).await;
            assert_eq!(answer.status, 200, "{answer:?}");
            let items = answer.body["items"].as_array().unwrap();
            if let Some(item) = items.iter().find(|item| is(item)) {
                return item.clone();
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    within(path, look).await
}

async fn tune(operator: &Client, change: Value) {
    let answer = operator.patch("/api/ops/pools/openai", &change).await;
    assert_eq!(answer.status, 200, "{answer:?}");
}

/// Every worker follows; nothing asked in the meantime is lost.
pub async fn a_paused_pool_waits_and_goes_on(stack: &Stack) {
    let (client, operator) = (stack.client().await, stack.operator());
    let chat = client.chat().await;
    let pool = |item: &Value| item["provider"] == "openai" && item["workers"] != 0;
    let count = item(&operator, "/api/ops/pools", pool).await["workers"].as_u64().unwrap();
    tune(&operator, json!({"paused": true, "concurrency": 3})).await;
    let follow = async |paused: bool, slots: u64| {
        let all = within("every worker follows", async {
            loop {
                let workers = operator.get("/api/ops/workers").await.body;
                let workers = workers["items"].as_array().unwrap().clone();
                let follows =
                    |worker: &&Value| worker["paused"] == paused && worker["slots"] == slots;
                let of_pool = workers.iter().filter(|worker| worker["provider"] == "openai");
                if of_pool.filter(follows).count() as u64 == count {
                    return count;
                }
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        });
        assert_eq!(all.await, count);
    };
    follow(true, 3).await;
    let generation = client.generate(&chat, "openai/sim-tokens=5").await;
    let queue = |item: &Value| item["name"] == "generation.requests.openai" && item["ready"] == 1;
    item(&operator, "/api/ops/queues", queue).await;
    let why = operator.get(&format!("/api/ops/generations/{generation}")).await.body;
    assert!(why["why"].as_str().unwrap().starts_with("the pool openai is paused"), "{why}");
    assert_eq!(stack.record().calls().len(), 0);
    tune(&operator, json!({"paused": false})).await;
    assert_eq!(end(&client.watch(&generation).await), "succeeded");
    follow(false, 3).await;
    // Nobody but operators.
    let refused = client.at(&stack.operators).get("/api/ops/pools").await;
    assert_eq!(refused.status, 403, "{refused:?}");
}

/// A key that an operator takes out is not used until it is brought back.
pub async fn a_disabled_key_is_not_used(stack: &Stack) {
    let (client, operator) = (stack.client().await, stack.operator());
    let chat = client.chat().await;
    item(&operator, "/api/ops/keys", |key| key["provider"] == "openai").await;
    let keys = operator.get("/api/ops/keys").await.body;
    let keys: Vec<&str> = keys["items"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|key| key["provider"] == "openai")
        .map(|key| key["key"].as_str().unwrap())
        .collect();
    for key in &keys[1..] {
        let path = format!("/api/ops/keys/openai/{key}/disable");
        assert_eq!(operator.post(&path, &json!({})).await.status, 200);
    }
    for _ in 0..3 {
        let generation = client.generate(&chat, "openai/sim-tokens=1").await;
        assert_eq!(end(&client.watch(&generation).await), "succeeded");
    }
    let used: std::collections::BTreeSet<String> =
        stack.record().calls().into_iter().map(|call| call.key).collect();
    assert_eq!(used.len(), 1, "{used:?}");
    let path = format!("/api/ops/keys/openai/{}/enable", keys[1]);
    assert_eq!(operator.post(&path, &json!({})).await.status, 200);
    for _ in 0..2 {
        let generation = client.generate(&chat, "openai/sim-tokens=1").await;
        assert_eq!(end(&client.watch(&generation).await), "succeeded");
    }
    let used: std::collections::BTreeSet<String> =
        stack.record().calls().into_iter().map(|call| call.key).collect();
    assert_eq!(used.len(), 2, "{used:?}");
}

/// A key that an operator takes out is draining until its last call has ended.
pub async fn a_key_taken_out_drains(stack: &Stack) {
    let (client, operator) = (stack.client().await, stack.operator());
    let chat = client.chat().await;
    let generation = client.generate(&chat, "openai/sim-endless,gap=10ms").await;
    let key = item(&operator, "/api/ops/keys", |key| key["underWay"] == 1).await;
    let (key, keys) = (key["key"].as_str().unwrap(), "/api/ops/keys");
    let disable = format!("/api/ops/keys/openai/{key}/disable");
    let answer = operator.post(&disable, &json!({})).await;
    assert_eq!((answer.status, &answer.body["state"]), (200, &json!("draining")), "{answer:?}");
    let cancel = format!("/api/generations/{generation}/cancel");
    assert_eq!(client.post(&cancel, &json!({})).await.status, 202);
    item(&operator, keys, |now| now["key"] == key && now["state"] == "disabled").await;
    assert_eq!(end(&client.watch(&generation).await), "canceled");
}
