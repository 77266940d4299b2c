//! What was spent, for users and operators.

use domain::{
    id::{EventId, GenerationId, UserId},
    ledger::UsageEvent,
    usage::Usage,
};
use ports::store::Ledger;
use serde_json::json;
use testkit::sample;

use crate::harness::{now, testing};

fn spent(user: UserId, cost: Option<u64>) -> UsageEvent {
    let at = now();
    let generation_id = GenerationId::generate(at);
    UsageEvent {
        event_id: EventId::of_attempt(generation_id, 1, "usage"),
        user_id: user,
        generation_id,
        attempt: 1,
        provider: sample::provider(),
        model: "sim-demo".to_owned(),
        usage: Usage { cached_input_tokens: 4, ..Usage::by_provider(11, 6) },
        cost,
        at,
    }
}

#[tokio::test]
async fn everybody_sees_their_own_and_operators_all() {
    testing(async |app| {
        let (one, other) = (app.user().await, app.user().await);
        let id = |client: &crate::harness::Client| client.id().parse().unwrap();
        let events = [spent(id(&one), Some(70)), spent(id(&one), None), spent(id(&other), Some(5))];
        app.store.post_usage(&events).await.unwrap();
        let today = now().date_naive().to_string();

        let own = one.get("/api/usage/daily").await.expect(200).body;
        let day = json!({
            "day": today, "inputTokens": 22, "outputTokens": 12, "attempts": 2, "costNanoUsd": 70,
        });
        assert_eq!(own["items"], json!([day]));
        let all = app.operator().get("/api/ops/usage").await.expect(200).body;
        let row = json!({
            "day": today, "provider": "simulated", "model": "sim-demo", "inputTokens": 33,
            "cachedInputTokens": 12, "outputTokens": 18, "reasoningTokens": 0, "attempts": 3,
            "unpriced": 1, "costNanoUsd": 75,
        });
        assert_eq!(all["items"], json!([row]));
    })
    .await;
}

#[tokio::test]
async fn the_first_day_is_a_day() {
    testing(async |app| {
        let user = app.user().await;
        app.store.post_usage(&[spent(user.id().parse().unwrap(), None)]).await.unwrap();
        let items = async |from: &str| {
            let answer = user.get(&format!("/api/usage/daily?from={from}")).await.expect(200);
            answer.body["items"].as_array().unwrap().len()
        };
        assert_eq!(items(&now().date_naive().to_string()).await, 1);
        assert_eq!(items("2999-01-01").await, 0);
        assert_eq!(items("0001-01-01").await, 1);
        for wrong in ["yesterday", "2026-13-01", ""] {
            user.get(&format!("/api/usage/daily?from={wrong}")).await.fault("/from");
        }
    })
    .await;
}
