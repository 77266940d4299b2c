//! Stopping, whatever the generation is doing.

use std::time::Duration;

use domain::{attempt::Outcome, event::Event, generation::Status, report::Report};
use ports::{
    live::{Appended, LogWriter, Opened},
    store::{Generations, Rest},
};
use serde_json::{Value, json};
use testkit::sample;

use crate::harness::{Answer, Client, now, testing, testing_with};

async fn cancel(user: &Client, id: &str) -> Answer {
    user.post(&format!("/api/generations/{id}/cancel"), Value::Null).await
}

#[tokio::test]
async fn a_queued_one_is_canceled_at_once_and_never_worked_on() {
    testing(async |app| {
        let user = app.user().await;
        let chat = user.chat().await;
        let body = json!({ "userMessage": "hello" });
        let id = user.ask(&chat, body).await.expect(202).get("generationId");
        let viewer = user.follow(&id, None).await;
        let answer = cancel(&user, &id).await.expect(202);
        assert_eq!(answer.body, json!({ "generationId": id, "status": "canceled" }));
        let events = viewer.events().await;
        let [(seq, done)] = &events[..] else { panic!("{events:?}") };
        assert_eq!(*done, json!({ "type": "done", "status": "canceled" }));
        assert_eq!(cancel(&user, &id).await.expect(202).body["status"], "canceled");
        app.books.have(0, 1).await;
        assert_eq!(app.books.audit[0].action, "generation.canceled");
        assert_eq!(app.books.audit[0].actor.unwrap().to_string(), user.id());

        // The late job finds the log ended.
        let (delivery, job) = app.worker().await.delivery().await;
        assert_eq!(job.generation_id.to_string(), id);
        assert_eq!(app.event_log().read(job.generation_id, 0, 10).await.unwrap().last_seq, *seq);
        delivery.ack().await.unwrap();
        user.ask(&chat, json!({ "userMessage": "next" })).await.expect(202);
        app.worker().await.answer(&["x"]).await;
    })
    .await;
}

/// Its pool may have been paused for longer than the log of any answer is remembered.
#[tokio::test]
async fn however_late_its_job_is_no_provider_is_called_for_one_that_was_canceled() {
    testing_with(
        |config| (config.log_kept, config.tombstone_kept) = (Duration::ZERO, Duration::ZERO),
        async |app| {
            let user = app.user().await;
            let id = user.generation().await;
            cancel(&user, &id).await.expect(202);
            let (delivery, job) = app.worker().await.delivery().await;
            let opened = app.log.open(&testkit::log::request(job.generation_id)).await.unwrap();
            assert!(matches!(opened, Opened::Sealed(_)), "{opened:?}");
            delivery.ack().await.unwrap();
        },
    )
    .await;
}

#[tokio::test]
async fn a_streaming_one_is_ended_by_its_worker_and_keeps_its_text() {
    testing(async |app| {
        let user = app.user().await;
        let chat = user.chat().await;
        let body = json!({ "userMessage": "hello" });
        let id = user.ask(&chat, body).await.expect(202).get("generationId");
        let mut holding = app.worker().await.start().await;
        holding.say("half of").await;
        app.until(&user, &id, |row| row.state.status == Status::Streaming).await;
        assert_eq!(cancel(&user, &id).await.expect(202).body["status"], "streaming");
        assert_eq!(cancel(&user, &id).await.expect(202).body["status"], "streaming");
        let delta = Event::Delta { delta: " it".to_owned() };
        assert_eq!(holding.try_write(vec![delta]).await, Appended::CancelRequested);
        holding.end(Outcome::Canceled).await;
        let events = user.watch(&id, 0).await;
        assert_eq!(events.last().unwrap().1["status"], "canceled");
        let answer = &user.messages(&chat).await[0];
        assert_eq!(answer["content"], "half of");
        assert_eq!(events.last().unwrap().1["messageId"], answer["id"]);
        app.books.have(1, 1).await;
    })
    .await;
}

/// As after a loss of the log, which does not tell any more that a worker began.
#[tokio::test]
async fn one_whose_log_does_not_tell_of_a_worker_is_canceled_with_its_text() {
    testing(async |app| {
        let user = app.user().await;
        let chat = user.chat().await;
        let body = json!({ "userMessage": "hello" });
        let id = user.ask(&chat, body).await.expect(202).get("generationId");
        let mut holding = app.worker().await.open().await;
        holding.say("half").await;
        assert_eq!(cancel(&user, &id).await.expect(202).body["status"], "canceled");
        let delta = Event::Delta { delta: " it".to_owned() };
        assert_eq!(holding.try_write(vec![delta]).await, Appended::Fenced);
        holding.ack().await;
        let events = user.watch(&id, 0).await;
        let types: Vec<_> = events.iter().map(|(_, data)| data["type"].as_str().unwrap()).collect();
        assert_eq!(types, ["delta", "done"]);
        assert_eq!(app.generation(&user, &id).await.unwrap().last_seq, 1);
        let answer = &user.messages(&chat).await[0];
        assert_eq!(answer["content"], "half");
        assert_eq!(events.last().unwrap().1["messageId"], answer["id"]);
    })
    .await;
}

#[tokio::test]
async fn one_whose_start_was_not_heard_of_is_ended_by_its_worker_and_keeps_its_text() {
    testing(async |app| {
        let user = app.user().await;
        let chat = user.chat().await;
        let body = json!({ "userMessage": "hello" });
        let id = user.ask(&chat, body).await.expect(202).get("generationId");
        let mut holding = app.worker().await.open().await;
        holding.announce().await;
        holding.say("half of").await;
        assert_eq!(cancel(&user, &id).await.expect(202).body["status"], "streaming");
        let delta = Event::Delta { delta: " it".to_owned() };
        assert_eq!(holding.try_write(vec![delta]).await, Appended::CancelRequested);
        // The report comes late, and changes nothing.
        holding.report_start().await;
        holding.end(Outcome::Canceled).await;
        let events = user.watch(&id, 0).await;
        let types: Vec<_> = events.iter().map(|(_, data)| data["type"].as_str().unwrap()).collect();
        assert_eq!(types, ["status", "delta", "usage", "done"]);
        assert_eq!(user.messages(&chat).await[0]["content"], "half of");
        app.books.have(1, 1).await;
    })
    .await;
}

#[tokio::test]
async fn a_parked_one_is_canceled_at_once() {
    testing(async |app| {
        let user = app.user().await;
        let id = user.generation().await;
        let mut holding = app.worker().await.start().await;
        let at = now() + Duration::from_hours(1);
        let retry = Event::Retry {
            attempt: 2,
            discard_from_seq: None,
            reason: "overloaded".to_owned(),
            retry_at: Some(at),
        };
        let reason = "overloaded".to_owned();
        let outcome = Outcome::RetryIn { at, reason, uses_rung: true };
        let ended = holding.park(retry, outcome, 2).await;
        holding.report(&Report::Ended(Box::new(ended))).await;
        holding.ack().await;
        let row = app.until(&user, &id, |row| row.state.retry_at.is_some()).await;
        assert_eq!((row.state.status, row.state.retries), (Status::Queued, 1));
        assert_eq!(cancel(&user, &id).await.expect(202).body["status"], "canceled");
        let events = user.watch(&id, 0).await;
        let types: Vec<_> = events.iter().map(|(_, data)| data["type"].as_str().unwrap()).collect();
        assert_eq!(types, ["status", "retry", "done"]);
    })
    .await;
}

#[tokio::test]
async fn a_wish_that_comes_while_the_attempt_gives_up_ends_it() {
    testing(async |app| {
        let user = app.user().await;
        let id = user.generation().await;
        let mut holding = app.worker().await.start().await;
        let at = now() + Duration::from_hours(1);
        let retry = Event::Retry {
            attempt: 2,
            discard_from_seq: None,
            reason: "network".to_owned(),
            retry_at: Some(at),
        };
        let reason = "network".to_owned();
        let ended = holding.park(retry, Outcome::RetryIn { at, reason, uses_rung: true }, 2).await;
        app.until(&user, &id, |row| row.state.status == Status::Streaming).await;
        assert_eq!(cancel(&user, &id).await.expect(202).body["status"], "streaming");
        holding.report(&Report::Ended(Box::new(ended))).await;
        holding.ack().await;
        let events = user.watch(&id, 0).await;
        assert_eq!(events.last().unwrap().1["status"], "canceled");
    })
    .await;
}

/// As if the live side had been emptied right after the wish, while the worker slept.
#[tokio::test]
async fn a_wish_that_only_the_store_knows_of_reaches_the_worker() {
    testing(async |app| {
        let user = app.user().await;
        let id = user.generation().await;
        let mut holding = app.worker().await.start().await;
        holding.say("half of").await;
        let row = app.until(&user, &id, |row| row.state.status == Status::Streaming).await;
        let at = now();
        let rest = Rest::default();
        app.store.cancel(row.user_id, row.id, sample::stop(&rest, at), at).await.unwrap();
        let delta = || Event::Delta { delta: " it".to_owned() };
        while holding.try_write(vec![delta()]).await != Appended::CancelRequested {
            tokio::task::yield_now().await;
        }
        holding.end(Outcome::Canceled).await;
        assert_eq!(user.watch(&id, 0).await.last().unwrap().1["status"], "canceled");
    })
    .await;
}

#[tokio::test]
async fn a_wish_reaches_the_store_while_the_live_side_is_away() {
    testing(async |app| {
        let user = app.user().await;
        let id = user.generation().await;
        let mut holding = app.worker().await.start().await;
        holding.say("half of").await;
        app.until(&user, &id, |row| row.state.status == Status::Streaming).await;
        app.live_switch.take_down();
        assert_eq!(cancel(&user, &id).await.expect(202).body["status"], "streaming");
        app.until(&user, &id, |row| row.state.cancel_requested).await;
        let delta = || Event::Delta { delta: " it".to_owned() };
        assert_eq!(holding.try_write(vec![delta()]).await, Appended::Appended);
        app.live_switch.bring_up();
        while holding.try_write(vec![delta()]).await != Appended::CancelRequested {
            tokio::task::yield_now().await;
        }
        holding.end(Outcome::Canceled).await;
        assert_eq!(user.watch(&id, 0).await.last().unwrap().1["status"], "canceled");
        app.books.have(1, 1).await;
    })
    .await;
}

#[tokio::test]
async fn a_queued_one_is_canceled_while_the_live_side_is_away() {
    testing(async |app| {
        let user = app.user().await;
        let id = user.generation().await;
        app.live_switch.take_down();
        assert_eq!(cancel(&user, &id).await.expect(202).body["status"], "canceled");
        app.live_switch.bring_up();
        let done = json!({ "type": "done", "status": "canceled" });
        assert_eq!(user.watch(&id, 0).await.last().unwrap().1, done);
        // Its log was not ended, so that the late job is begun, and ended when that is heard of.
        let mut holding = app.worker().await.open().await;
        holding.report_start().await;
        let delta = || Event::Delta { delta: "x".to_owned() };
        while holding.try_write(vec![delta()]).await != Appended::Fenced {
            tokio::task::yield_now().await;
        }
        holding.ack().await;
        assert_eq!(user.watch(&id, 0).await.last().unwrap().1, done);
        app.books.have(0, 1).await;
    })
    .await;
}

#[tokio::test]
async fn a_finished_one_stays_as_it_is() {
    testing(async |app| {
        let user = app.user().await;
        let mut worker = app.worker().await;
        let id = user.generation().await;
        worker.answer(&["hi"]).await;
        user.watch(&id, 0).await;
        assert_eq!(cancel(&user, &id).await.expect(202).body["status"], "succeeded");
        let id = user.generation().await;
        worker.start().await.fail("overloaded", "too busy").await;
        user.watch(&id, 0).await;
        assert_eq!(cancel(&user, &id).await.expect(202).body["status"], "failed");
        app.books.have(2, 2).await;
    })
    .await;
}

/// Those that wait with it.
#[tokio::test]
async fn whatever_is_under_way_in_a_chat_stops_with_the_chat() {
    testing_with(
        |config| config.max_in_flight_per_user = 2,
        async |app| {
            let user = app.user().await;
            let chat = user.chat().await;
            let mut worker = app.worker().await;
            let mut working = Vec::new();
            for text in ["one", "two", "three"] {
                let body = json!({"userMessage": text, "onBusy": "queue"});
                user.ask(&chat, body).await.expect(202);
                if working.len() < 2 {
                    working.push(worker.start().await);
                }
            }
            user.delete(&format!("/api/chats/{chat}")).await.expect(204);
            for mut holding in working {
                let delta = Event::Delta { delta: "nobody pays for".to_owned() };
                assert_eq!(holding.try_write(vec![delta]).await, Appended::CancelRequested);
                holding.end(Outcome::Canceled).await;
            }
        },
    )
    .await;
}

#[tokio::test]
async fn a_question_that_waits_gets_its_turn_when_another_chat_goes() {
    testing(async |app| {
        let user = app.user().await;
        let (chat, other) = (user.chat().await, user.chat().await);
        let mut worker = app.worker().await;
        let queued = |text: &str| json!({"userMessage": text, "onBusy": "queue"});
        user.ask(&chat, queued("one")).await.expect(202);
        let first = worker.start().await;
        let waiting = user.ask(&other, queued("two")).await.expect(202).get("generationId");
        user.delete(&format!("/api/chats/{chat}")).await.expect(204);
        let next = worker.start().await;
        assert_eq!(next.job.generation_id.to_string(), waiting);
        next.succeed().await;
        first.end(Outcome::Canceled).await;
    })
    .await;
}

/// Nobody pays for an account that is shut out.
///
/// Security case 111.
#[tokio::test]
async fn who_is_shut_out_asks_nothing_any_more() {
    testing(async |app| {
        let user = app.user().await;
        let (chat, other) = (user.chat().await, user.chat().await);
        user.ask(&chat, json!({"userMessage": "first"})).await.expect(202);
        for _ in 0..2 {
            let body = json!({"userMessage": "next", "onBusy": "queue"});
            user.ask(&other, body).await.expect(202);
        }
        let body = json!({ "email": user.session["user"]["email"], "disabled": true });
        app.operator().post("/api/ops/users/disabled", body).await.expect(200);
        assert!(app.jobs_of(&user).await.is_empty());
        // The job of the first is out, and finds it canceled.
        app.worker().await.delivery().await.0.ack().await.unwrap();
    })
    .await;
}
