//! Parts of the house that are away for a while.

use std::{cell::Cell, collections::BTreeMap, num::NonZeroU32, time::Duration};

use domain::{
    generation::Status,
    id::{EventId, GenerationId, OutboxId, UserId},
    ledger::UsageEvent,
    usage::Usage,
};
use ports::{
    queue::{Envelope, Topic},
    store::{NewOutboxRow, Outbox},
};
use serde_json::json;
use testkit::sample;

use crate::harness::{now, testing, testing_with};

#[tokio::test]
async fn while_the_queue_is_away_questions_are_accepted_and_published_later() {
    testing_with(
        |config| config.claim = Duration::from_secs(2),
        async |app| {
            let user = app.user().await;
            app.eventually(async || (user.get("/readyz").await.status == 200).then_some(())).await;
            app.queue_switch.take_down();
            let id = user.generation().await;
            app.eventually(async || (app.queue_switch.refused() > 0).then_some(())).await;
            let ready = user.get("/readyz").await.expect(503).body;
            assert_eq!((&ready["queue"], &ready["store"]), (&json!("unavailable"), &json!("ok")));
            app.queue_switch.bring_up();
            let holding = app.worker().await.start().await;
            assert_eq!(holding.job.generation_id.to_string(), id);
            holding.succeed().await;
            assert_eq!(user.watch(&id, 0).await.last().unwrap().1["status"], "succeeded");
            user.get("/readyz").await.expect(200);
        },
    )
    .await;
}

#[tokio::test]
async fn while_the_queue_is_away_turns_are_given_and_their_jobs_published_later() {
    testing_with(
        |config| config.claim = Duration::from_secs(2),
        async |app| {
            let user = app.user().await;
            let chat = user.chat().await;
            let mut worker = app.worker().await;
            user.ask(&chat, json!({"userMessage": "one"})).await.expect(202);
            let holding = worker.start().await;
            let body = json!({"userMessage": "two", "onBusy": "queue"});
            let id = user.ask(&chat, body).await.expect(202).get("generationId");
            app.queue_switch.take_down();
            holding.succeed().await;
            app.until(&user, &id, |row| !row.held).await;
            app.eventually(async || (app.queue_switch.refused() > 0).then_some(())).await;
            app.queue_switch.bring_up();
            let holding = worker.start().await;
            assert_eq!(holding.job.generation_id.to_string(), id);
            holding.succeed().await;
            assert_eq!(user.watch(&id, 0).await.last().unwrap().1["status"], "succeeded");
            app.books.have(2, 2).await;
        },
    )
    .await;
}

#[tokio::test]
async fn while_the_store_is_away_reports_wait_and_viewers_have_the_text() {
    testing(async |app| {
        let user = app.user().await;
        let id = user.generation().await;
        let mut holding = app.worker().await.start().await;
        app.until(&user, &id, |row| row.state.status == Status::Streaming).await;
        let mut viewer = user.follow(&id, None).await;
        app.store_switch.take_down();
        holding.say("hello").await;
        holding.succeed().await;
        for kind in ["status", "delta", "usage"] {
            assert_eq!(viewer.event().await.unwrap().1["type"], kind);
        }
        app.eventually(async || (app.store_switch.refused() > 2).then_some(())).await;
        app.store_switch.bring_up();
        assert_eq!(viewer.event().await.unwrap().1["status"], "succeeded");
        app.books.have(1, 1).await;
    })
    .await;
}

#[tokio::test]
async fn while_the_live_side_is_away_the_end_is_committed_and_told_from_the_archive() {
    testing(async |app| {
        let user = app.user().await;
        let id = user.generation().await;
        let mut holding = app.worker().await.start().await;
        holding.say("hello").await;
        app.live_switch.take_down();
        holding.succeed().await;
        app.until(&user, &id, |row| row.state.status == Status::Succeeded).await;
        let events = user.watch(&id, 0).await;
        assert_eq!(events.iter().map(|(seq, _)| *seq).collect::<Vec<_>>(), [1, 2, 3, 4]);
        assert_eq!(user.follow(&id, Some(4)).await.status(), 204);
        app.eventually(async || (app.live_switch.refused() > 3).then_some(())).await;
        app.live_switch.bring_up();
        assert_eq!(user.watch(&id, 0).await, events);
        // A repeated end changes nothing, and the books have it once.
        app.books.have(1, 1).await;
    })
    .await;
}

#[tokio::test]
async fn a_log_that_breaks_under_a_viewer_is_followed_again_without_loss() {
    testing(async |app| {
        let user = app.user().await;
        let id = user.generation().await;
        let mut holding = app.worker().await.start().await;
        let mut viewer = user.follow(&id, None).await;
        assert_eq!(viewer.event().await.unwrap().0, 1);
        app.live_switch.take_down();
        holding.say("while broken").await;
        app.eventually(async || (app.live_switch.refused() > 0).then_some(())).await;
        app.live_switch.bring_up();
        holding.succeed().await;
        let seqs: Vec<_> = viewer.events().await.iter().map(|(seq, _)| *seq).collect();
        assert_eq!(seqs, [2, 3, 4]);
    })
    .await;
}

#[tokio::test]
async fn a_report_that_cannot_be_settled_before_the_stop_is_settled_after_the_start() {
    testing(async |app| {
        let user = app.user().await;
        let id = user.generation().await;
        let mut holding = app.worker().await.start().await;
        app.until(&user, &id, |row| row.state.status == Status::Streaming).await;
        holding.say("hello").await;
        app.store_switch.take_down();
        holding.succeed().await;
        app.eventually(async || (app.store_switch.refused() > 0).then_some(())).await;
        app.ask_to_stop();
        app.ended().await;
        app.store_switch.bring_up();
        app.start_again().await;
        let mut again = app.anybody();
        again.session = user.session.clone();
        assert_eq!(again.watch(&id, 0).await.last().unwrap().1["status"], "succeeded");
        app.books.have(1, 1).await;
    })
    .await;
}

/// What cannot be noted is not done.
///
/// Security case 91.
#[tokio::test]
async fn while_the_book_is_away_nothing_is_done_that_is_to_be_noted() {
    testing(async |app| {
        let (user, operator) = (app.user().await, app.operator());
        let email = user.session["user"]["email"].clone();
        let key = user.post("/api/auth/keys", json!({ "name": "x" })).await.expect(201);
        let mut program = app.anybody();
        program.session = json!({ "accessToken": key.get("key") });
        let chat = user.chat().await;
        let noted = app.noted().await;
        let path = format!("/api/auth/keys/{}", key.get("id"));
        app.ledger_switch.take_down();
        for (path, body) in [
            ("/api/ops/users", json!({ "email": "new@example.org" })),
            ("/api/ops/users/role", json!({ "email": email, "role": "admin" })),
            ("/api/ops/users/disabled", json!({ "email": email, "disabled": true })),
        ] {
            operator.post(path, body).await.problem(503, "unavailable");
        }
        let sign_in = json!({ "email": email, "password": "correct horse" });
        user.post("/api/auth/login", sign_in).await.problem(503, "unavailable");
        user.post("/api/chats", json!({})).await.problem(503, "unavailable");
        user.delete(&path).await.problem(503, "unavailable");
        user.delete(&format!("/api/chats/{chat}")).await.problem(503, "unavailable");

        assert_eq!(app.noted().await, noted);
        program.get(&format!("/api/chats/{chat}")).await.expect(200);
        let chats = user.get("/api/chats").await.expect(200).body;
        assert_eq!(chats["items"].as_array().unwrap().len(), 1);
        let me = user.get("/api/auth/me").await.expect(200).body;
        assert_eq!((&me["role"], &me["disabled"]), (&json!("user"), &json!(false)));
        let new = json!({ "email": "new@example.org" });
        app.ledger_switch.bring_up();
        operator.post("/api/ops/users", new).await.expect(201);
        user.delete(&path).await.expect(204);
        user.delete(&format!("/api/chats/{chat}")).await.expect(204);
    })
    .await;
}

#[tokio::test]
async fn while_the_queue_is_away_questions_wait_up_to_a_bound() {
    testing_with(
        |config| {
            config.claim = Duration::from_secs(2);
            config.survey_interval = Duration::from_millis(5);
            config.max_unsent = 4;
            config.max_in_flight_per_user = 100;
            config.requests_per_second = NonZeroU32::MAX;
            config.requests_per_minute = NonZeroU32::MAX;
        },
        async |app| {
            let user = app.user().await;
            app.queue_switch.take_down();
            let ask = async |id: usize| {
                let chat = user.chat().await;
                user.ask(&chat, json!({"userMessage": "?", "requestId": format!("{id}")})).await
            };
            let accepted = Cell::new(0);
            let refused = app
                .eventually(async || {
                    let answer = ask(accepted.get()).await;
                    accepted.set(accepted.get() + usize::from(answer.status == 202));
                    (answer.status != 202).then_some(answer)
                })
                .await;
            let accepted = accepted.get();
            assert_eq!(refused.headers["retry-after"], "1");
            refused.problem(503, "queue_away");
            assert!(accepted >= 2, "each is two messages: its job and its entry in the log");
            app.queue_switch.bring_up();
            let mut worker = app.worker().await;
            for _ in 0..accepted {
                worker.answer(&["a"]).await;
            }
            app.books.have(accepted, accepted).await;
            app.eventually(async || (ask(accepted).await.status == 202).then_some(())).await;
            worker.answer(&["b"]).await;
        },
    )
    .await;
}

/// An entry of the usage book that nobody has published yet.
fn entry() -> NewOutboxRow {
    let (at, id) = (now(), OutboxId::generate(now()));
    let event = UsageEvent {
        event_id: EventId::generate(at),
        user_id: UserId::generate(at),
        generation_id: GenerationId::generate(at),
        attempt: 1,
        provider: sample::provider(),
        model: "sim-demo".to_owned(),
        usage: Usage::by_provider(1, 1),
        cost: None,
        at,
    };
    let envelope = Envelope {
        message_id: event.event_id.as_uuid(),
        correlation_id: event.generation_id.as_uuid(),
        kind: "usage_event".to_owned(),
        at,
        headers: BTreeMap::new(),
        body: serde_json::to_vec(&event).unwrap().into(),
    };
    let topic = Topic::UsageEvents;
    NewOutboxRow { id, topic, envelope, generation_id: None, claimed_until: None }
}

#[tokio::test]
async fn a_missing_queue_is_asked_for_seldom_and_holds_up_nobody() {
    const ENTRIES: usize = 300;
    testing_with(
        |config| {
            config.claim = Duration::from_millis(10);
            config.relay_interval = Duration::from_millis(10);
        },
        async |app| {
            let user = app.user().await;
            app.gaps.open(Topic::UsageEvents);
            let rows: Vec<_> = std::iter::repeat_with(entry).take(ENTRIES).collect();
            app.store.add(&rows).await.unwrap();
            let entries = ENTRIES as u64;
            app.eventually(async || (app.gaps.missed() >= entries).then_some(())).await;
            tokio::time::sleep(Duration::from_secs(3)).await;
            let missed = app.gaps.missed();
            assert!(missed <= 5 * entries, "{missed} times for {entries} entries");
            user.generation().await;
            app.worker().await.answer(&["meanwhile"]).await;
            app.gaps.fill(&Topic::UsageEvents);
            app.books.have(ENTRIES + 1, 1).await;
        },
    )
    .await;
}
