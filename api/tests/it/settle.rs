//! Reports of workers, whatever their order and number.

use std::{
    collections::{BTreeMap, HashSet},
    time::Duration,
};

use bytes::Bytes;
use domain::{
    attempt::{FinishReason, Outcome},
    event::Event,
    generation::Status,
    id::OutboxId,
    ledger::UsageEvent,
    report::{Report, Started},
};
use ports::{
    live::EventLog,
    queue::{Envelope, Queue, QueueOperations, Topic},
    store::Generations,
};
use serde_json::{Value, json};

use crate::harness::{now, testing};

#[tokio::test]
async fn a_report_that_comes_twice_counts_once() {
    testing(async |app| {
        let user = app.user().await;
        let chat = user.chat().await;
        let body = json!({ "userMessage": "hello" });
        let id = user.ask(&chat, body).await.expect(202).get("generationId");
        let mut holding = app.worker().await.start().await;
        holding.say("hi").await;
        let ended = holding.seal(Outcome::Succeeded { finish: FinishReason::Stop }).await;
        let ended = Report::Ended(Box::new(ended));
        for _ in 0..5 {
            holding.report(&ended).await;
            holding.report_start().await;
        }
        holding.ack().await;
        let events = user.watch(&id, 0).await;
        assert_eq!(events.len(), 4);
        assert_eq!(user.messages(&chat).await.len(), 2);
        let row = app.until(&user, &id, |row| row.state.status == Status::Succeeded).await;
        assert_eq!((row.input_tokens, row.output_tokens, row.last_seq), (11, 6, 3));
        // Repeated entries have the same id, so the ledger books them once.
        app.settled().await;
        app.books.have(5, 1).await;
        app.books.usage.dedup_by_key(|entry| entry.event_id);
        assert_eq!(app.books.usage.len(), 1);
        assert_eq!(app.books.audit[0].action, "generation.succeeded");
        assert_eq!(app.books.audit[0].actor, None);
    })
    .await;
}

#[tokio::test]
async fn what_was_spent_without_an_end_is_booked_once_beside_what_the_end_cost() {
    testing(async |app| {
        let user = app.user().await;
        let id = user.generation().await;
        let holding = app.worker().await.start().await;
        for opening in [Some(7), Some(7), Some(8)] {
            holding.report(&Report::Spent(holding.spent(opening))).await;
        }
        // That one is the same as what its end says.
        holding.report(&Report::Spent(holding.spent(None))).await;
        holding.succeed().await;
        app.until(&user, &id, |row| row.state.status == Status::Succeeded).await;
        app.settled().await;
        while app.books.usage.len() < 5 {
            app.books.collect().await;
            tokio::task::yield_now().await;
        }
        let entries: HashSet<_> = app.books.usage.iter().map(|entry| entry.event_id).collect();
        assert_eq!(entries.len(), 3);
        let ours = |entry: &UsageEvent| entry.generation_id.to_string() == id && entry.attempt == 1;
        assert!(app.books.usage.iter().all(ours), "{:?}", app.books.usage);
        app.books.have(5, 1).await;
    })
    .await;
}

#[tokio::test]
async fn an_end_that_overtakes_its_start_stands() {
    testing(async |app| {
        let user = app.user().await;
        let id = user.generation().await;
        let mut holding = app.worker().await.open().await;
        holding.say("hi").await;
        let ended = holding.seal(Outcome::Succeeded { finish: FinishReason::Length }).await;
        holding.report(&Report::Ended(Box::new(ended))).await;
        app.until(&user, &id, |row| row.state.status == Status::Succeeded).await;
        holding.report_start().await;
        holding.ack().await;
        assert_eq!(user.watch(&id, 0).await.last().unwrap().1["status"], "succeeded");
        let row = user.get(&format!("/api/generations/{id}")).await.body;
        assert_eq!((&row["status"], &row["finishReason"]), (&json!("succeeded"), &json!("length")));
    })
    .await;
}

#[tokio::test]
async fn what_is_no_report_is_put_aside_and_the_next_one_is_settled() {
    testing(async |app| {
        let user = app.user().await;
        let id = user.generation().await;
        for body in ["nonsense", r#"{"type":"started"}"#, r#"{"type":"other"}"#] {
            let at = now();
            let message_id = OutboxId::generate(at).as_uuid();
            let envelope = Envelope {
                message_id,
                correlation_id: message_id,
                kind: "report".to_owned(),
                at,
                headers: BTreeMap::new(),
                body: Bytes::from(body),
            };
            app.queue.publish(&Topic::Responses, envelope, None).await.unwrap();
        }
        app.worker().await.answer(&["hi"]).await;
        assert_eq!(user.watch(&id, 0).await.last().unwrap().1["status"], "succeeded");
        let dead = app
            .eventually(async || {
                let dead = app.queue.dead_letters(10).await.unwrap();
                (dead.len() == 3).then_some(dead)
            })
            .await;
        assert!(dead.iter().all(|letter| letter.why.starts_with("not a report")), "{dead:?}");
        let ids: Vec<_> = dead.iter().map(|letter| letter.envelope.message_id).collect();
        assert_eq!(app.queue.purge(&ids).await.unwrap(), 3);
    })
    .await;
}

/// Another worker, of a later version, may have begun before it died.
#[tokio::test]
async fn whoever_saw_text_of_a_job_that_then_cannot_be_read_is_told_the_end() {
    for is_log_lost in [false, true] {
        testing(async |app| {
            let user = app.user().await;
            let id = user.generation().await;
            let mut holding = app.worker().await.start().await;
            holding.say("some").await;
            holding.say(" text").await;
            app.until(&user, &id, |row| row.state.status == Status::Streaming).await;
            if is_log_lost {
                let none = Duration::ZERO;
                app.log.expire(id.parse().unwrap(), none, none).await.unwrap();
            }
            holding.bury().await;
            app.until(&user, &id, |row| row.state.status == Status::Failed).await;
            let events = user.watch(&id, 3).await;
            let types: Vec<_> =
                events.iter().map(|(_, data)| data["type"].as_str().unwrap()).collect();
            assert_eq!(types, ["error", "done"]);
            let all = user.watch(&id, 0).await.len();
            assert_eq!(all, if is_log_lost { 2 } else { 5 });
        })
        .await;
    }
}

#[tokio::test]
async fn a_report_outlives_the_service_that_did_not_settle_it() {
    testing(async |app| {
        let user = app.user().await;
        let id = user.generation().await;
        let mut holding = app.worker().await.start().await;
        holding.say("hi").await;
        app.published(&id).await;
        app.kill().await;
        app.start_again().await;
        let ended = holding.seal(Outcome::Succeeded { finish: FinishReason::Stop }).await;
        holding.report(&Report::Ended(Box::new(ended))).await;
        holding.ack().await;
        let mut again = app.anybody();
        again.session = user.session.clone();
        assert_eq!(again.watch(&id, 0).await.last().unwrap().1["status"], "succeeded");
    })
    .await;
}

/// Its log was lost together with its worker: then attempts are counted from what the job says, and this one has a
/// number that another one had before.
#[tokio::test]
async fn an_answer_counts_although_its_number_was_overtaken_before_the_log_was_lost() {
    testing(async |app| {
        let user = app.user().await;
        let chat = user.chat().await;
        let id = user
            .ask(&chat, json!({ "userMessage": "hello" }))
            .await
            .expect(202)
            .get("generationId");
        let mut worker = app.worker().await;
        let mut former = worker.start().await;
        former.say("so").await;
        let again = Started { attempt: 3, ..former.started() };
        former.report(&Report::Started(again)).await;
        app.until(&user, &id, |row| row.state.attempt == 3).await;
        let none = Duration::ZERO;
        app.log.expire(id.parse().unwrap(), none, none).await.unwrap();
        drop(former);

        let mut holding = worker.start().await;
        assert_eq!(holding.attempt(), 2, "nobody knows of the third");
        holding.say("hi").await;
        let ended = holding.seal(Outcome::Succeeded { finish: FinishReason::Stop }).await;
        for _ in 0..2 {
            holding.report(&Report::Ended(Box::new(ended.clone()))).await;
        }
        holding.ack().await;
        let row = app.until(&user, &id, |row| row.state.status == Status::Succeeded).await;
        assert_eq!((row.state.attempt, row.output_tokens), (3, 6));
        assert_eq!(user.messages(&chat).await[0]["content"], "hi");
        app.settled().await;
        app.books.have(2, 1).await;
        app.books.usage.dedup_by_key(|entry| entry.event_id);
        assert_eq!(app.books.usage.len(), 1);
    })
    .await;
}

/// The same, of one that ended without an answer: it waits, whatever its number is, and what was seen of it is kept.
#[tokio::test]
async fn a_wait_counts_although_its_number_was_overtaken_before_the_log_was_lost() {
    for (uses_rung, expected) in [(true, (Status::Queued, 3, 1)), (false, (Status::Queued, 3, 0))] {
        testing(async |app| {
            let user = app.user().await;
            let id = user.generation().await;
            let mut worker = app.worker().await;
            let mut former = worker.start().await;
            former.say("so").await;
            former.report(&Report::Started(Started { attempt: 3, ..former.started() })).await;
            app.until(&user, &id, |row| row.state.attempt == 3).await;
            app.log.expire(id.parse().unwrap(), Duration::ZERO, Duration::ZERO).await.unwrap();
            drop(former);

            let mut holding = worker.open().await;
            let at = now() + Duration::from_hours(1);
            let (attempt, reason) = (holding.attempt() + u32::from(uses_rung), "busy".to_owned());
            let retry = Event::Retry {
                attempt,
                discard_from_seq: None,
                reason: reason.clone(),
                retry_at: Some(at),
            };
            let outcome = Outcome::RetryIn { at, reason, uses_rung };
            let ended = holding.park(retry, outcome, attempt).await;
            for _ in 0..2 {
                holding.report(&Report::Ended(Box::new(ended.clone()))).await;
            }
            holding.ack().await;
            let row = app.until(&user, &id, |row| row.state.retry_at.is_some()).await;
            app.settled().await;
            let again = app.until(&user, &id, |_| true).await;
            assert_eq!((row.state, row.last_seq), (again.state, ended.last_seq));
            let state = row.state;
            assert_eq!((state.status, state.attempt, state.retries), expected);
            let generation = id.parse().unwrap();
            let kept = app.store.archived_events(generation, 0, 10).await.unwrap();
            assert_eq!(kept.last().map(|entry| entry.seq), Some(ended.last_seq));
            // Nobody works on it, and so nobody has to hear of a stop.
            let answer = user.post(&format!("/api/generations/{id}/cancel"), Value::Null).await;
            assert_eq!(answer.expect(202).body["status"], "canceled");
        })
        .await;
    }
}

/// The same number, but another log: what is in it counts.
#[tokio::test]
async fn an_overtaken_end_that_its_log_does_not_end_with_changes_nothing() {
    testing(async |app| {
        let user = app.user().await;
        let id = user.generation().await;
        let mut worker = app.worker().await;
        let mut former = worker.start().await;
        former.say("so").await;
        let ended = former.seal(Outcome::Succeeded { finish: FinishReason::Stop }).await;
        let none = Duration::ZERO;
        app.log.expire(id.parse().unwrap(), none, none).await.unwrap();
        drop(former);

        let mut holding = worker.start().await;
        let again = Started { attempt: 2, ..holding.started() };
        holding.report(&Report::Started(again)).await;
        app.until(&user, &id, |row| row.state.attempt == 2).await;
        holding.report(&Report::Ended(Box::new(ended))).await;
        app.settled().await;
        let row = app.until(&user, &id, |_| true).await;
        assert_eq!(row.state.status, Status::Streaming);
        holding.say("hi").await;
        holding.succeed().await;
        let row = app.until(&user, &id, |row| row.state.status == Status::Succeeded).await;
        assert_eq!(row.state.attempt, 2);
    })
    .await;
}
