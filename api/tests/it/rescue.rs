//! Generations nobody is working on.

use std::time::Duration;

use domain::{attempt::Outcome, event::Event, generation::Status, report::Report};
use ports::{
    queue::{QueueOperations, Topic},
    store::{Accounts, Chats, Generations},
};
use serde_json::{Value, json};
use testkit::sample;

use crate::harness::{Client, TestApp, now, testing, testing_with};

fn same_user(app: &TestApp, user: &Client) -> Client {
    let mut again = app.anybody();
    again.session = user.session.clone();
    again
}

#[tokio::test]
async fn a_queued_one_survives_a_restart_of_everything() {
    testing(async |app| {
        let user = app.user().await;
        let chat = user.chat().await;
        let body = json!({ "userMessage": "hello", "systemPrompt": "be brief" });
        let id = user.ask(&chat, body).await.expect(202).get("generationId");
        app.published(&id).await;
        app.kill().await;
        app.start_empty().await;
        let user = same_user(app, &user);
        let mut holding = app.worker().await.start().await;
        assert_eq!(holding.job.generation_id.to_string(), id);
        assert_eq!((holding.job.attempt, holding.job.last_seq), (1, 0));
        assert_eq!(holding.job.system.as_deref(), Some("be brief"));
        assert_eq!(holding.job.turns[0].content, "hello");
        holding.say("hi").await;
        holding.succeed().await;
        assert_eq!(user.watch(&id, 0).await.last().unwrap().1["status"], "succeeded");
        assert_eq!(app.generation(&user, &id).await.unwrap().rescues, 0, "it only waited");
    })
    .await;
}

#[tokio::test]
async fn a_streaming_one_begins_again_and_no_number_is_used_twice() {
    testing(async |app| {
        let user = app.user().await;
        let id = user.generation().await;
        let mut worker = app.worker().await;
        let mut holding = worker.start().await;
        holding.say("lost").await;
        let mut viewer = user.follow(&id, None).await;
        viewer.event().await;
        let (seen, _) = viewer.event().await.unwrap();
        app.until(&user, &id, |row| row.state.status == Status::Streaming).await;
        drop((holding, worker, viewer));
        app.published(&id).await;
        app.kill().await;
        app.start_empty().await;

        let user = same_user(app, &user);
        let mut holding = app.worker().await.start().await;
        assert_eq!((holding.job.attempt, holding.job.last_seq), (2, 1));
        assert!(holding.next_seq > seen, "{} follows {seen}", holding.next_seq);
        holding.say("found").await;
        holding.succeed().await;
        let events = user.watch(&id, seen).await;
        let texts: Vec<_> = events.iter().filter_map(|(_, data)| data["delta"].as_str()).collect();
        assert_eq!(texts, ["found"]);
        assert_eq!(app.generation(&user, &id).await.unwrap().rescues, 1);
    })
    .await;
}

/// Its own job is in the new queue.
#[tokio::test]
async fn what_is_asked_after_the_start_is_not_put_back() {
    testing(async |app| {
        let [early, late] = [app.user().await, app.user().await];
        let first = early.generation().await;
        app.published(&first).await;
        app.kill().await;
        app.store_switch.take_down();
        app.start_empty().await;
        app.eventually(async || (app.store_switch.refused() > 0).then_some(())).await;
        let second = same_user(app, &late).generation().await;
        let mut worker = app.worker().await;
        let under_way = worker.start().await;
        assert_eq!(under_way.job.generation_id.to_string(), second);
        app.store_switch.bring_up();
        let put_back = worker.start().await;
        assert_eq!(put_back.job.generation_id.to_string(), first);
        for (holding, user, id) in [(put_back, &early, first), (under_way, &late, second)] {
            holding.succeed().await;
            let events = same_user(app, user).watch(&id, 0).await;
            assert_eq!(events.last().unwrap().1["status"], "succeeded");
        }
        // A copy would be in the queue, and left behind.
    })
    .await;
}

#[tokio::test]
async fn one_that_cannot_be_read_holds_up_no_other() {
    testing(async |app| {
        let [damaged, other] = [app.user().await, app.user().await];
        let chat = damaged.chat().await;
        let lost = damaged.ask(&chat, json!({ "userMessage": "?" })).await.expect(202);
        let lost = lost.get("generationId");
        let id = other.generation().await;
        app.published(&lost).await;
        app.published(&id).await;
        app.kill().await;
        app.chats_switch.damage(chat.parse().unwrap());
        app.start_empty().await;
        let holding = app.worker().await.start().await;
        assert_eq!(holding.job.generation_id.to_string(), id);
        holding.succeed().await;
        let other = same_user(app, &other);
        assert_eq!(other.watch(&id, 0).await.last().unwrap().1["status"], "succeeded");
    })
    .await;
}

/// It was stopped before its start was heard of.
#[tokio::test]
async fn who_saw_what_is_lost_is_told_of_the_end() {
    testing(async |app| {
        let user = app.user().await;
        let id = user.generation().await;
        let mut holding = app.worker().await.open().await;
        for text in ["what", " is", " lost"] {
            holding.say(text).await;
        }
        drop(holding);
        app.published(&id).await;
        app.kill().await;
        app.start_empty().await;
        let user = same_user(app, &user);
        let stop = format!("/api/generations/{id}/cancel");
        assert_eq!(user.post(&stop, Value::Null).await.expect(202).body["status"], "canceled");
        for seen in 1..=3 {
            let events = user.watch(&id, seen).await;
            let [(_, done)] = &events[..] else { panic!("behind {seen}: {events:?}") };
            assert_eq!(*done, json!({ "type": "done", "status": "canceled" }));
        }
        // The job was put back, and finds the log ended.
        app.worker().await.delivery().await.0.ack().await.unwrap();
    })
    .await;
}

/// A generation parked until an hour from now.
async fn parked(app: &TestApp, user: &Client) -> String {
    let id = user.generation().await;
    let mut holding = app.worker().await.start().await;
    let at = now() + Duration::from_hours(1);
    let reason = "overloaded".to_owned();
    let retry = Event::Retry {
        attempt: 2,
        discard_from_seq: None,
        reason: reason.clone(),
        retry_at: Some(at),
    };
    let ended = holding.park(retry, Outcome::RetryIn { at, reason, uses_rung: true }, 2).await;
    holding.report(&Report::Ended(Box::new(ended))).await;
    holding.ack().await;
    app.until(user, &id, |row| row.state.retry_at.is_some()).await;
    id
}

#[tokio::test]
async fn a_parked_one_stays_parked_and_its_wait_is_still_told() {
    testing(async |app| {
        let user = app.user().await;
        let id = parked(app, &user).await;
        app.published(&id).await;
        app.kill().await;
        app.start_empty().await;
        let user = same_user(app, &user);
        let topic = Topic::Requests(sample::provider());
        app.eventually(async || {
            (app.queue.depth(&topic).await.unwrap().delayed == 1).then_some(())
        })
        .await;
        // The log is gone; a new viewer is told from the archive.
        let mut viewer = user.follow(&id, None).await;
        assert_eq!(viewer.event().await.unwrap().1["type"], "status");
        assert!(viewer.event().await.unwrap().1["retryAt"].is_string());
        let answer = user.post(&format!("/api/generations/{id}/cancel"), Value::Null).await;
        assert_eq!(answer.expect(202).body["status"], "canceled");
        assert_eq!(viewer.event().await.unwrap().1["status"], "canceled");
        drop(viewer);
        // The delayed job goes with the queue.
        app.ask_to_stop();
        app.ended().await;
        app.start_empty().await;
    })
    .await;
}

#[tokio::test]
async fn one_that_was_to_stop_is_canceled() {
    testing(async |app| {
        let user = app.user().await;
        let id = user.generation().await;
        let holding = app.worker().await.start().await;
        app.until(&user, &id, |row| row.state.status == Status::Streaming).await;
        let answer = user.post(&format!("/api/generations/{id}/cancel"), Value::Null).await;
        assert_eq!(answer.expect(202).body["status"], "streaming");
        drop(holding);
        app.published(&id).await;
        app.kill().await;
        app.start_empty().await;
        let user = same_user(app, &user);
        app.until(&user, &id, |row| row.state.status == Status::Canceled).await;
        assert_eq!(user.watch(&id, 0).await.last().unwrap().1["status"], "canceled");
        user.generation().await;
        app.worker().await.answer(&["free again"]).await;
    })
    .await;
}

#[tokio::test]
async fn an_overdue_one_is_put_back_and_fails_in_the_end() {
    testing_with(
        |config| {
            config.rescue_interval = Duration::from_millis(20);
            config.streaming_overdue = Duration::ZERO;
            config.max_rescues = 2;
        },
        async |app| {
            let user = app.user().await;
            let id = user.generation().await;
            let mut worker = app.worker().await;
            let mut holding = worker.start().await;
            holding.say("half").await;
            let row = app.until(&user, &id, |row| row.state.status == Status::Failed).await;
            assert_eq!(row.error_code.as_deref(), Some("worker_lost"));
            assert_eq!(row.rescues, 2);
            let events = user.watch(&id, 0).await;
            let types: Vec<_> = events.iter().map(|(_, d)| d["type"].as_str().unwrap()).collect();
            assert_eq!(types, ["status", "delta", "error", "done"]);
            holding.ack().await;
            for attempt in [2, 2] {
                let (delivery, job) = worker.delivery().await;
                assert_eq!(job.attempt, attempt);
                delivery.ack().await.unwrap();
            }
            user.generation().await;
            let (delivery, _) = worker.delivery().await;
            delivery.ack().await.unwrap();
        },
    )
    .await;
}

#[tokio::test]
async fn an_outage_of_the_live_side_counts_no_rescues() {
    testing_with(
        |config| {
            config.rescue_interval = Duration::from_millis(20);
            config.streaming_overdue = Duration::ZERO;
            config.max_rescues = 1;
        },
        async |app| {
            let user = app.user().await;
            let id = user.generation().await;
            app.live_switch.take_down();
            let mut worker = app.worker().await;
            let mut holding = worker.start().await;
            app.until(&user, &id, |row| row.state.status == Status::Streaming).await;
            let before = app.live_switch.refused();
            app.eventually(async || (app.live_switch.refused() > before + 3).then_some(())).await;
            let row = app.generation(&user, &id).await.unwrap();
            assert_eq!((row.state.status, row.rescues), (Status::Streaming, 0));
            app.live_switch.bring_up();
            app.until(&user, &id, |row| row.rescues == 1).await;
            app.until(&user, &id, |row| row.state.status == Status::Failed).await;
            holding.ack().await;
            let (delivery, job) = worker.delivery().await;
            assert_eq!(job.attempt, 2);
            delivery.ack().await.unwrap();
        },
    )
    .await;
}

#[tokio::test]
async fn who_waits_when_everything_dies_gets_a_turn_afterwards() {
    testing(async |app| {
        let user = app.user().await;
        let chat = user.chat().await;
        let first = user.ask(&chat, json!({"userMessage": "one"})).await.expect(202);
        let first = first.get("generationId");
        let queued = json!({"userMessage": "two", "onBusy": "queue"});
        let second = user.ask(&chat, queued).await.expect(202).get("generationId");
        app.published(&first).await;
        app.kill().await;
        app.start_empty().await;
        let user = same_user(app, &user);
        let mut worker = app.worker().await;
        worker.answer(&["1"]).await;
        user.watch(&first, 0).await;
        worker.answer(&["2"]).await;
        assert_eq!(user.watch(&second, 0).await.last().unwrap().1["status"], "succeeded");
    })
    .await;
}

/// A user with a question that waits, and nothing to wait for.
async fn forgotten(app: &TestApp) {
    let user = sample::user(now());
    let owner = user.id;
    Accounts::create(&*app.store, sample::account(user)).await.unwrap();
    let chat = sample::chat(owner, now());
    Chats::create(&*app.store, &chat).await.unwrap();
    let mut new = sample::new_generation(owner, chat.id, "Hello?", now());
    new.generation.held = true;
    new.outbox.clear();
    new.max_held = 1;
    assert!(app.store.admit(&new, now()).await.unwrap().is_created());
}

#[tokio::test]
async fn whoever_waits_for_nothing_gets_a_turn_however_many_they_are() {
    const USERS: usize = 105;
    testing_with(
        // It has to be done at once.
        |config| config.rescue_interval = Duration::from_hours(1),
        async |app| {
            app.kill().await;
            for _ in 0..USERS {
                forgotten(app).await;
            }
            app.start_again().await;
            let mut worker = app.worker().await;
            for _ in 0..USERS {
                let (delivery, _) = worker.delivery().await;
                delivery.ack().await.unwrap();
            }
            assert_eq!(app.progress().who_waits(None, 1, 1).await.unwrap(), []);
        },
    )
    .await;
}
