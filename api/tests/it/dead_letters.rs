//! Dead letters: seen, put back, dropped.

use std::collections::BTreeMap;

use bytes::Bytes;
use domain::id::GenerationId;
use ports::queue::{Envelope, Queue, QueueOperations, Topic};
use serde_json::{Value, json};
use testkit::sample;
use uuid::Uuid;

use crate::{
    harness::{now, testing},
    ops::NOBODY,
};

#[tokio::test]
async fn dead_letters_are_chosen_put_back_and_dropped() {
    testing(async |app| {
        let user = app.user().await;
        let operator = app.operator();
        let id = user.generation().await;
        let asked = id.clone();
        let mut worker = app.worker().await;
        let (delivery, _) = worker.delivery().await;
        delivery.dead_letter("it made no sense").await.unwrap();
        let list = async || operator.get("/api/ops/dead-letters").await.expect(200).body;
        let letters = list().await;
        let letter = &letters["items"][0];
        assert_eq!(letter["why"], "it made no sense");
        assert_eq!(letter["correlationId"], id);
        assert!(!letters.to_string().contains("hello"), "{letters}");

        let ask = async |verb: &str, body: Value| {
            let path = format!("/api/ops/dead-letters/{verb}");
            let answer = operator.post(&path, body).await.expect(200).body;
            (answer["matching"].as_u64().unwrap(), answer["done"].as_u64().unwrap())
        };
        let id = letter["messageId"].as_str().unwrap();
        let shown = operator.get(&format!("/api/ops/dead-letters/{id}")).await.expect(200);
        assert_eq!(shown.get("why"), "it made no sense");
        assert_eq!(shown.body["content"]["attempt"], 1);
        assert!(
            shown.body["content"].get("turns").is_none(),
            "prompts are private: {}",
            shown.text
        );
        assert_eq!(ask("drop", json!({"why": "sense", "dryRun": true})).await, (1, 0));
        assert_eq!(ask("drop", json!({"why": "other"})).await, (0, 0));
        assert_eq!(ask("replay", json!({"messageIds": [NOBODY]})).await, (0, 0));
        assert_eq!(ask("replay", json!({"messageIds": [letter["messageId"]]})).await, (1, 1));
        assert_eq!(list().await["items"], json!([]));

        let (delivery, _) = worker.delivery().await;
        delivery.dead_letter("again").await.unwrap();
        let cancel = format!("/api/ops/generations/{asked}/cancel");
        operator.post(&cancel, Value::Null).await.expect(202);
        assert_eq!(ask("replay", json!({"all": true})).await, (1, 0), "its generation has ended");
        assert_eq!(ask("drop", json!({"all": true})).await, (1, 1));
        assert_eq!(app.queue.dead_letters(10).await.unwrap(), []);
        for body in [json!({}), json!({"all": true, "why": "x"}), json!({"all": false})] {
            operator.post("/api/ops/dead-letters/drop", body).await.fault("");
        }
    })
    .await;
}

/// Letters that stay where they are do not hide those behind them.
#[tokio::test]
async fn a_thousand_dead_letters_hide_none_behind_them() {
    testing(async |app| {
        let user = app.user().await;
        let operator = app.operator();
        let ended = user.generation().await;
        let mut worker = app.worker().await;
        worker.answer(&["done"]).await;
        user.watch(&ended, 0).await;
        let topic = Topic::Requests(sample::provider());
        let bury = async |correlation_id: Uuid, count: usize| {
            for _ in 0..count {
                let envelope = Envelope {
                    message_id: GenerationId::generate(now()).as_uuid(),
                    correlation_id,
                    kind: "job".to_owned(),
                    at: now(),
                    headers: BTreeMap::new(),
                    body: Bytes::new(),
                };
                app.queue.publish(&topic, envelope, None).await.unwrap();
            }
        };
        bury(ended.parse().unwrap(), 1000).await;
        for _ in 0..1000 {
            worker.letter().await.dead_letter("too late").await.unwrap();
        }
        let waiting = user.generation().await;
        worker.letter().await.dead_letter("too early").await.unwrap();

        let list = async |query: &str| {
            operator.get(&format!("/api/ops/dead-letters{query}")).await.expect(200).body
        };
        let first = list("").await;
        assert_eq!(first["items"].as_array().unwrap().len(), 1000);
        let next = first["nextCursor"].as_str().unwrap();
        let second = list(&format!("?cursor={next}")).await;
        assert_eq!(second["items"][0]["correlationId"], waiting);
        assert_eq!(second["nextCursor"], Value::Null);
        let shown = second["items"][0]["messageId"].as_str().unwrap();
        operator.get(&format!("/api/ops/dead-letters/{shown}")).await.expect(200);

        let replay = async |body: Value| {
            let answer = operator.post("/api/ops/dead-letters/replay", body).await.expect(200).body;
            let count = ["matching", "done", "ended"].map(|name| answer[name].as_u64().unwrap());
            (count, answer["nextCursor"].clone(), answer["until"].clone())
        };
        let (count, cursor, until) = replay(json!({"all": true})).await;
        assert_eq!(count, [1000, 0, 1000]);
        let rest = json!({"all": true, "cursor": cursor, "until": until});
        assert_eq!(replay(rest.clone()).await.0, [1, 1, 0]);
        // It comes back, and is not met again.
        worker.letter().await.dead_letter("too early").await.unwrap();
        assert_eq!(replay(rest).await.0, [0, 0, 0]);
        let named = json!({"messageIds": [shown]});
        assert_eq!(replay(named).await.0, [1, 1, 0]);
        let drop = json!({"why": "too late"});
        let dropped = operator.post("/api/ops/dead-letters/drop", drop).await.expect(200).body;
        assert_eq!(dropped["done"], 1000);
        let path = "/api/ops/dead-letters/drop";
        let many = vec![NOBODY; 1001];
        operator.post(path, json!({"messageIds": many})).await.fault("/messageIds");
        operator.post(path, json!({"all": true, "cursor": "x"})).await.fault("/cursor");
        worker.answer(&["at last"]).await;
        user.watch(&waiting, 0).await;
    })
    .await;
}

/// Every reason holds a blank text.
#[tokio::test]
async fn a_blank_reason_names_no_dead_letter() {
    testing(async |app| {
        app.user().await.generation().await;
        let mut worker = app.worker().await;
        worker.delivery().await.0.dead_letter("it made no sense").await.unwrap();
        let operator = app.operator();
        for verb in ["drop", "replay"] {
            for blank in ["", " ", "\t\n"] {
                let path = format!("/api/ops/dead-letters/{verb}");
                operator.post(&path, json!({"why": blank})).await.fault("/why");
            }
        }
        assert_eq!(app.queue.dead_letters(10).await.unwrap().len(), 1);
        let all = json!({"all": true});
        operator.post("/api/ops/dead-letters/drop", all).await.expect(200);
    })
    .await;
}
