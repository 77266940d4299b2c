//! What is under way, as operators see it: listed, explained, stopped, pulled forward.

use std::time::Duration;

use domain::{attempt::Outcome, event::Event, report::Report};
use ports::live::Controls;
use serde_json::{Value, json};
use testkit::sample;

use crate::{
    harness::{now, testing},
    ops::worker_status,
};

#[tokio::test]
async fn what_waits_is_counted_and_explained_and_can_be_stopped() {
    testing(async |app| {
        let user = app.user().await;
        let operator = app.operator();
        let id = user.generation().await;
        app.published(&id).await;
        let answer = operator.get("/api/ops/queues").await.expect(200);
        let queue = &answer.body["items"][0];
        assert_eq!(queue["name"], "generation.requests.simulated");
        assert_eq!((&queue["ready"], &queue["unsettled"]), (&json!(1), &json!(0)));
        let path = format!("/api/ops/generations/{id}");
        let answer = operator.get(&path).await.expect(200);
        assert!(
            answer.get("why").contains("waits for a worker: there is none for simulated; 1 ready"),
            "{}",
            answer.text
        );
        assert_eq!(answer.body["userId"], *user.id());
        assert!(!answer.text.contains("hello"), "prompts are nobody's business: {}", answer.text);
        operator.post(&format!("{path}/retry"), Value::Null).await.problem(409, "not_waiting");
        for _ in 0..2 {
            let answer = operator.post(&format!("{path}/cancel"), Value::Null).await.expect(202);
            assert_eq!(answer.get("status"), "canceled");
        }
        let answer = operator.get(&path).await.expect(200);
        assert_eq!(answer.get("why"), "it has ended: canceled");
        let (delivery, _) = app.worker().await.delivery().await;
        delivery.ack().await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn what_is_in_the_way_of_a_question_is_told() {
    testing(async |app| {
        let user = app.user().await;
        let operator = app.operator();
        let chat = user.chat().await;
        let ask = async || {
            let body = json!({"userMessage": "hello", "onBusy": "queue"});
            user.ask(&chat, body).await.expect(202).get("generationId")
        };
        let (first, second) = (ask().await, ask().await);
        app.published(&first).await;
        app.controls.report(&worker_status()).await.unwrap();
        let explained = async |id: &str| {
            operator.get(&format!("/api/ops/generations/{id}")).await.expect(200).body
        };
        let held = explained(&second).await;
        assert_eq!(held["why"], format!("it waits for its turn, behind {first}"));
        assert_eq!((&held["held"], &held["behind"]), (&json!(true), &json!([first])));
        let pool = format!("/api/ops/pools/{}", sample::provider());
        operator.patch(&pool, json!({"paused": true})).await.expect(200);
        let queued = explained(&first).await;
        let why = queued["why"].as_str().unwrap();
        assert!(why.starts_with("the pool simulated is paused"), "{why}");
        assert_eq!((&queued["held"], &queued["behind"]), (&json!(false), &json!([])));
        assert_eq!(queued["pool"]["paused"], true);
        operator.patch(&pool, json!({"paused": false})).await.expect(200);
        assert!(explained(&first).await["why"].as_str().unwrap().starts_with("it waits for a wor"));
        let mut worker = app.worker().await;
        worker.answer(&["one"]).await;
        worker.answer(&["two"]).await;
        user.watch(&second, 0).await;
    })
    .await;
}

#[tokio::test]
async fn what_is_under_way_is_listed() {
    testing(async |app| {
        let operator = app.operator();
        let (ann, bob) = (app.user().await, app.user().await);
        let ids = [ann.generation().await, bob.generation().await];
        for id in &ids {
            app.published(id).await;
        }
        let list = async |query: &str| {
            operator.get(&format!("/api/ops/generations?{query}")).await.expect(200).body
        };
        let named = |page: &Value| {
            let items = page["items"].as_array().unwrap();
            items.iter().map(|job| job["generationId"].clone()).collect::<Vec<_>>()
        };
        let all = list("").await;
        assert_eq!(named(&all), ids);
        assert_eq!((&all["nextCursor"], &all["prevCursor"]), (&Value::Null, &Value::Null));
        let job = &all["items"][0];
        assert_eq!((&job["state"], &job["attempt"]), (&json!("queued"), &json!(0)));
        assert_eq!((&job["provider"], &job["model"]), (&json!("simulated"), &json!("sim-demo")));
        assert_eq!(job["userId"], *ann.id());
        assert!(job["ageSeconds"].as_u64().unwrap() < 60, "{job}");
        assert!(!all.to_string().contains("hello"), "prompts are nobody's business: {all}");
        let first = list("limit=1").await;
        assert_eq!(named(&first), ids[..1]);
        let next = first["nextCursor"].as_str().unwrap();
        assert_eq!(named(&list(&format!("limit=1&cursor={next}")).await), ids[1..]);
        for (query, expected) in [
            (format!("user={}", bob.id()), &ids[1..]),
            ("state=queued&provider=simulated&model=sim-demo".to_owned(), &ids),
            ("state=streaming".to_owned(), &[]),
            ("provider=other".to_owned(), &[]),
        ] {
            assert_eq!(named(&list(&query).await), expected, "{query}");
        }
        for (query, pointer) in [
            ("state=dead", "/state"),
            ("user=ann", "/user"),
            ("provider=No!", "/provider"),
            ("model=%00", "/model"),
            ("cursor=x", "/cursor"),
            ("limit=0", "/limit"),
        ] {
            operator.get(&format!("/api/ops/generations?{query}")).await.fault(pointer);
        }
        let mut worker = app.worker().await;
        for (user, id) in [&ann, &bob].into_iter().zip(&ids) {
            worker.answer(&["done"]).await;
            user.watch(id, 0).await;
        }
        assert_eq!(named(&list("").await), Vec::<Value>::new());
    })
    .await;
}

#[tokio::test]
async fn a_retry_can_be_pulled_forward() {
    testing(async |app| {
        let user = app.user().await;
        let id = user.generation().await;
        let mut worker = app.worker().await;
        let mut first = worker.start().await;
        let (at, reason) = (now() + Duration::from_hours(1), "overloaded".to_owned());
        let last = Event::Retry {
            attempt: 2,
            discard_from_seq: None,
            reason: reason.clone(),
            retry_at: Some(at),
        };
        let outcome = Outcome::RetryIn { at, reason, uses_rung: true };
        let ended = first.park(last, outcome, 2).await;
        first.report(&Report::Ended(Box::new(ended))).await;
        first.ack().await;
        app.until(&user, &id, |row| row.state.retry_at.is_some()).await;
        let operator = app.operator();
        let path = format!("/api/ops/generations/{id}");
        let why = operator.get(&path).await.expect(200).get("why");
        assert!(why.starts_with("attempt 1 ended; the next one begins in 3"), "{why}");
        operator.post(&format!("{path}/retry"), Value::Null).await.expect(202);
        worker.answer(&["at last"]).await;
        let row = app.until(&user, &id, |row| row.state.status.is_terminal()).await;
        assert_eq!((row.state.attempt, row.state.status.as_str()), (2, "succeeded"));
    })
    .await;
}
