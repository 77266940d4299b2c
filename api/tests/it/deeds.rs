//! What operators do is noted: each deed once, by its name, with what it was done to.

use domain::key::KeyId;
use ports::live::{Controls, KeyPool, KeySpec};
use serde_json::{Value, json};
use testkit::sample;

use crate::harness::{TestApp, testing};

/// What an operator does: at which path, with which body, and how the book calls it.
type Deed = (String, Value, &'static str);

const WORKER: &str = "provider-worker@host:7";

/// Everything that operators can do at once, without something having gone wrong before.
fn deeds(email: &Value) -> Vec<Deed> {
    let provider = sample::provider();
    let key = |verb: &str| format!("keys/{provider}/a/{verb}");
    let worker = |verb: &str| format!("workers/{WORKER}/{verb}");
    vec![
        ("users".into(), json!({"email": "new@example.org"}), "user.added"),
        ("users/role".into(), json!({"email": email, "role": "viewer"}), "user.made_viewer"),
        ("users/role".into(), json!({"email": email, "role": "user"}), "user.made_user"),
        ("users/disabled".into(), json!({"email": email, "disabled": true}), "user.disabled"),
        ("users/disabled".into(), json!({"email": email, "disabled": false}), "user.enabled"),
        (key("disable"), Value::Null, "key.disabled"),
        (key("enable"), Value::Null, "key.enabled"),
        (worker("scale"), json!({"concurrency": 2}), "worker.scaled"),
        (worker("drain"), Value::Null, "worker.drained"),
        (worker("resume"), Value::Null, "worker.resumed"),
        ("reload".into(), Value::Null, "settings.reloaded"),
        ("dead-letters/drop".into(), json!({"all": true}), "dead_letter.dropped"),
    ]
}

/// The names of what is noted, from the entry numbered `from` on.
async fn noted(app: &TestApp, from: usize) -> Vec<String> {
    app.noted().await.into_iter().skip(from).map(|(_, action, _)| action).collect()
}

async fn a_worker_with_a_key(app: &TestApp) {
    let spec = KeySpec::plain(KeyId::new("a"), None);
    app.keys.register(&sample::provider(), &[spec]).await.unwrap();
    app.controls.report(&crate::ops::worker_status()).await.unwrap();
}

async fn a_dead_letter(app: &TestApp) {
    app.user().await.generation().await;
    let (delivery, _) = app.worker().await.delivery().await;
    delivery.dead_letter("it made no sense").await.unwrap();
}

/// Security case 91.
#[tokio::test]
async fn what_an_operator_does_is_noted_by_its_name() {
    testing(async |app| {
        let (user, operator) = (app.user().await, app.operator());
        a_worker_with_a_key(app).await;
        a_dead_letter(app).await;
        for (path, body, action) in deeds(&user.session["user"]["email"]) {
            let before = app.noted().await.len();
            let answer = operator.post(&format!("/api/ops/{path}"), body).await;
            assert!((200..300).contains(&answer.status), "{path}: {}", answer.text);
            assert_eq!(noted(app, before).await, [action], "{path}");
        }
        let before = app.noted().await.len();
        let pool = format!("/api/ops/pools/{}", sample::provider());
        let change = json!({"paused": true, "concurrency": 2, "requestsPerMinute": 3});
        operator.patch(&pool, change).await.expect(200);
        let mut changed = noted(app, before).await;
        // All three are of the same moment.
        changed.sort();
        assert_eq!(changed, ["pool.limited", "pool.paused", "pool.scaled"]);
    })
    .await;
}

/// What cannot be noted is not done.
///
/// Security case 91.
#[tokio::test]
async fn without_a_book_an_operator_does_nothing() {
    testing(async |app| {
        let (user, operator) = (app.user().await, app.operator());
        a_worker_with_a_key(app).await;
        a_dead_letter(app).await;
        let look = async || {
            let mut seen = Vec::new();
            for what in ["keys", "pools", "workers", "dead-letters"] {
                let mut shown = operator.get(&format!("/api/ops/{what}")).await.expect(200).body;
                // How long ago something was changes by itself.
                for item in shown["items"].as_array_mut().unwrap() {
                    item.as_object_mut().unwrap().retain(|name, _| !name.starts_with("seen"));
                }
                seen.push(shown);
            }
            seen.push(user.get("/api/auth/me").await.expect(200).body);
            seen
        };
        let before = look().await;
        app.ledger_switch.take_down();
        for (path, body, _) in deeds(&user.session["user"]["email"]) {
            operator.post(&format!("/api/ops/{path}"), body).await.problem(503, "unavailable");
        }
        let pool = format!("/api/ops/pools/{}", sample::provider());
        operator.patch(&pool, json!({"paused": true})).await.problem(503, "unavailable");
        app.ledger_switch.bring_up();
        assert_eq!(look().await, before);
        operator.post("/api/ops/dead-letters/drop", json!({"all": true})).await.expect(200);
    })
    .await;
}
