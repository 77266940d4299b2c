//! Streams to viewers.

use std::time::Duration;

use domain::{event::Event, generation::Status};
use ports::live::EventLog;
use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::{Frame, now, testing, testing_with};

fn types(events: &[(u64, Value)]) -> Vec<&str> {
    events.iter().map(|(_, data)| data["type"].as_str().unwrap()).collect()
}

fn seqs(events: &[(u64, Value)]) -> Vec<u64> {
    events.iter().map(|(seq, _)| *seq).collect()
}

/// Security case 70.
#[tokio::test]
async fn a_viewer_sees_the_answer_as_it_comes() {
    testing(async |app| {
        let user = app.user().await;
        let chat = user.chat().await;
        let body = json!({ "userMessage": "hello" });
        let id = user.ask(&chat, body).await.expect(202).get("generationId");
        let mut viewer = user.follow(&id, None).await;
        assert_eq!(viewer.status(), 200);
        let headers = viewer.response.headers().clone();
        assert_eq!(headers["content-type"], "text/event-stream");
        assert_eq!(headers["cache-control"], "no-cache, no-store, no-transform");
        assert_eq!(headers["x-accel-buffering"], "no");
        assert!(!headers.contains_key("content-encoding"));
        assert_eq!(viewer.next().await, Some(Frame::Retry(2000)));

        let mut holding = app.worker().await.start().await;
        let status =
            json!({ "type": "status", "status": "streaming", "attempt": 1, "model": "sim-demo" });
        assert_eq!(viewer.event().await, Some((1, status)));
        for (seq, text) in [(2, "Hel"), (3, "lo\n\ndata: forged\r\n"), (4, "ü🦀")] {
            holding.say(text).await;
            assert_eq!(
                viewer.event().await,
                Some((seq, json!({ "type": "delta", "delta": text })))
            );
        }
        holding.succeed().await;
        let usage =
            json!({ "type": "usage", "inputTokens": 11, "outputTokens": 6, "source": "provider" });
        assert_eq!(viewer.event().await, Some((5, usage)));
        let (seq, done) = viewer.event().await.unwrap();
        assert_eq!((seq, &done["status"]), (6, &json!("succeeded")));
        assert_eq!(viewer.next().await, None, "the server closes after the end");
        // Whoever sees the end can read the message.
        assert_eq!(user.messages(&chat).await[0]["id"], done["messageId"]);
    })
    .await;
}

#[tokio::test]
async fn a_viewer_can_go_on_from_everywhere_during_and_after() {
    testing(async |app| {
        let user = app.user().await;
        let id = user.generation().await;
        let mut holding = app.worker().await.start().await;
        for text in ["a", "b", "c"] {
            holding.say(text).await;
        }
        let mut viewers = Vec::new();
        for after in 0..=8 {
            viewers.push(user.follow(&id, Some(after)).await);
        }
        holding.succeed().await;
        let whole = user.watch(&id, 0).await;
        assert_eq!(seqs(&whole), [1, 2, 3, 4, 5, 6]);
        for (after, viewer) in viewers.into_iter().enumerate() {
            let seen = viewer.events().await;
            assert_eq!(seen, whole[after.min(6)..], "live, after {after}");
        }
        for after in 0..6 {
            let seen = user.watch(&id, after).await;
            assert_eq!(seen, whole[usize::try_from(after).unwrap()..], "replayed, after {after}");
        }
        for after in [6, 7, 1_000_000, 9_999_999_999_999_999_999] {
            let viewer = user.follow(&id, Some(after)).await;
            assert_eq!(viewer.status(), 204, "after {after}");
        }
    })
    .await;
}

#[tokio::test]
async fn several_viewers_see_the_same() {
    testing(async |app| {
        let user = app.user().await;
        let id = user.generation().await;
        let early = user.follow(&id, None).await;
        let mut holding = app.worker().await.start().await;
        let middle = user.follow(&id, None).await;
        holding.say("hello").await;
        holding.succeed().await;
        let early = early.events().await;
        assert_eq!(types(&early), ["status", "delta", "usage", "done"]);
        assert_eq!(middle.events().await, early);
        assert_eq!(user.watch(&id, 0).await, early);
    })
    .await;
}

#[tokio::test]
async fn a_position_that_is_none_is_refused() {
    testing(async |app| {
        let user = app.user().await;
        let id = user.generation().await;
        let path = format!("/api/generations/{id}/stream");
        let long = "1".repeat(10_240);
        for garbage in ["-1", "1.5", "abc", "1-3", "99999999999999999999", "", &long] {
            let request = user.request(Method::GET, &path).header("last-event-id", garbage);
            user.send(request).await.problem(400, "bad_last_event_id");
            if garbage.len() < 100 {
                let answer = user.get(&format!("{path}?lastEventId={garbage}")).await;
                answer.problem(400, "bad_last_event_id");
            }
        }
        app.worker().await.answer(&["x"]).await;
        user.watch(&id, 0).await;
        // The header of a reconnect has the last word.
        let request = user.request(Method::GET, &format!("{path}?lastEventId=0"));
        user.send(request.header("last-event-id", "4")).await.expect(204);
        user.get(&format!("{path}?lastEventId=4")).await.expect(204);
    })
    .await;
}

#[tokio::test]
async fn a_failure_is_told_and_then_the_end() {
    testing(async |app| {
        let user = app.user().await;
        let id = user.generation().await;
        app.worker().await.start().await.fail("overloaded", "the provider is busy").await;
        let events = user.watch(&id, 0).await;
        assert_eq!(types(&events), ["status", "usage", "error", "done"]);
        let error =
            json!({ "type": "error", "code": "overloaded", "message": "the provider is busy" });
        assert_eq!(events[2].1, error);
        let row = user.get(&format!("/api/generations/{id}")).await.expect(200).body;
        assert_eq!((&row["status"], &row["errorCode"]), (&json!("failed"), &json!("overloaded")));
        assert_eq!((&row["inputTokens"], &row["attempt"]), (&json!(11), &json!(1)));
    })
    .await;
}

#[tokio::test]
async fn an_expired_log_is_replayed_from_the_archive() {
    testing_with(
        |config| config.log_kept = Duration::ZERO,
        async |app| {
            let user = app.user().await;
            let id = user.generation().await;
            let mut holding = app.worker().await.start().await;
            for text in ["a", "b"] {
                holding.say(text).await;
            }
            let generation = holding.job.generation_id;
            holding.succeed().await;
            app.until(&user, &id, |row| row.state.status.is_terminal()).await;
            app.eventually(async || {
                let log = app.event_log().read(generation, 0, 10).await.unwrap();
                log.entries.is_empty().then_some(())
            })
            .await;
            let whole = user.watch(&id, 0).await;
            assert_eq!(types(&whole), ["status", "delta", "delta", "usage", "done"]);
            assert_eq!(seqs(&whole), [1, 2, 3, 4, 5]);
            for after in 1..5 {
                let seen = user.watch(&id, after).await;
                assert_eq!(seen, whole[usize::try_from(after).unwrap()..], "after {after}");
            }
            assert_eq!(user.follow(&id, Some(5)).await.status(), 204);
        },
    )
    .await;
}

#[tokio::test]
async fn what_the_log_lost_is_told_from_the_archive() {
    testing(async |app| {
        let user = app.user().await;
        let id = user.generation().await;
        let mut holding = app.worker().await.start().await;
        holding.say("seen,").await;
        let mut viewer = user.follow(&id, None).await;
        viewer.event().await;
        viewer.event().await;
        holding.succeed_with_the_log_lost(&[" kept", " and told"]).await;
        let events = viewer.events().await;
        assert_eq!(types(&events), ["delta", "delta", "done"]);
        assert_eq!(seqs(&events), [3, 4, 5]);
        assert_eq!(events[1].1["delta"], " and told");
    })
    .await;
}

#[tokio::test]
async fn silence_is_broken_by_a_heartbeat() {
    testing_with(
        |config| config.heartbeat = Duration::from_millis(30),
        async |app| {
            let user = app.user().await;
            let id = user.generation().await;
            let mut viewer = user.follow(&id, None).await;
            assert_eq!(viewer.next().await, Some(Frame::Retry(2000)));
            for _ in 0..3 {
                assert_eq!(viewer.next().await, Some(Frame::Comment("hb".to_owned())));
            }
            app.worker().await.answer(&["x"]).await;
            assert_eq!(types(&viewer.events().await), ["status", "delta", "usage", "done"]);
        },
    )
    .await;
}

#[tokio::test]
async fn a_viewer_whose_log_is_never_ended_is_told_the_end_from_the_row() {
    testing_with(
        |config| config.heartbeat = Duration::from_millis(30),
        async |app| {
            let user = app.user().await;
            let id = user.generation().await;
            let mut worker = app.worker().await;
            let mut holding = worker.start().await;
            holding.say("hello").await;
            let viewer = user.follow(&id, None).await;
            let late = user.follow(&id, Some(2)).await;
            // The live side lost everything after the row was settled by somebody else.
            let ended = holding.seal(domain::attempt::Outcome::Canceled).await;
            let settle = ports::store::Settle {
                ended: &ended,
                message_id: domain::id::MessageId::generate(now()),
                outbox: Vec::new(),
            };
            app.progress().settle(&settle, now()).await.unwrap();
            holding.ack().await;
            let events = viewer.events().await;
            assert_eq!(types(&events), ["status", "delta", "usage", "done"]);
            assert_eq!(late.events().await, events[2..]);
        },
    )
    .await;
}

#[tokio::test]
async fn a_deleted_chat_ends_its_streams() {
    testing_with(
        |config| config.heartbeat = Duration::from_millis(30),
        async |app| {
            let user = app.user().await;
            let chat = user.chat().await;
            let body = json!({ "userMessage": "hello" });
            let id = user.ask(&chat, body).await.expect(202).get("generationId");
            let mut holding = app.worker().await.start().await;
            holding.say("never read").await;
            app.until(&user, &id, |row| row.state.status == Status::Streaming).await;
            let viewer = user.follow(&id, None).await;
            user.delete(&format!("/api/chats/{chat}")).await.expect(204);
            assert_eq!(viewer.events().await.last().unwrap().1["status"], "canceled");
            let delta = Event::Delta { delta: "x".to_owned() };
            assert_eq!(
                holding.try_write(vec![delta]).await,
                ports::live::Appended::CancelRequested
            );
            holding.end(domain::attempt::Outcome::Canceled).await;
            user.follow(&id, None).await.response.error_for_status().unwrap_err();
            // What was spent is booked all the same, and the place is free.
            app.books.have(1, 0).await;
            user.generation().await;
            app.worker().await.answer(&["x"]).await;
        },
    )
    .await;
}

#[tokio::test]
async fn a_long_answer_is_replayed_page_by_page() {
    testing(async |app| {
        let user = app.user().await;
        let id = user.generation().await;
        let mut holding = app.worker().await.start().await;
        for batch in 0..20 {
            let delta = |n| Event::Delta { delta: format!("{} ", batch * 100 + n) };
            holding.write((0..100).map(delta).collect()).await;
        }
        let generation = holding.job.generation_id;
        let live = user.follow(&id, None).await;
        holding.succeed().await;
        let live = live.events().await;
        assert_eq!(seqs(&live), (1..=2003).collect::<Vec<_>>());
        assert_eq!(user.watch(&id, 0).await, live);
        app.log.expire(generation, Duration::ZERO, Duration::from_mins(1)).await.unwrap();
        assert_eq!(user.watch(&id, 0).await, live);
    })
    .await;
}

#[tokio::test]
async fn viewers_that_come_and_go_miss_nothing_and_see_nothing_twice() {
    testing(async |app| {
        let user = app.user().await;
        let id = user.generation().await;
        let mut holding = app.worker().await.start().await;
        let write = async {
            for number in 0..300 {
                holding.say(&format!("{number} ")).await;
                tokio::task::yield_now().await;
            }
            holding.succeed().await;
        };
        // Each of them breaks off after so many events, and comes back with the last one it saw.
        let watch = async |patience: usize| {
            let mut seen = Vec::new();
            loop {
                let after = seen.last().map_or(0, |(seq, _)| *seq);
                let mut viewer = user.follow(&id, Some(after)).await;
                if viewer.status() == 204 {
                    return seen;
                }
                for _ in 0..patience {
                    let Some(event) = viewer.event().await else { break };
                    seen.push(event);
                }
            }
        };
        let watchers = futures_util::future::join_all([1, 2, 7, 50, 1000].map(watch));
        let (watched, ()) = tokio::join!(watchers, write);
        let whole = user.watch(&id, 0).await;
        assert_eq!(seqs(&whole), (1..=303).collect::<Vec<_>>());
        for seen in watched {
            assert_eq!(seen, whole);
        }
    })
    .await;
}
