//! Streams of more than one generation: of a chat, of a user.

use std::time::Duration;

use domain::id::{ChatId, UserId};
use ports::store::Chats;
use serde_json::{Value, json};

use crate::harness::{Client, Stream, now, testing, testing_with};

async fn say(user: &Client, chat: &str, text: &str) -> String {
    user.ask(chat, json!({ "userMessage": text })).await.expect(202).get("generationId")
}

async fn of_chat(user: &Client, chat: &str, after: Option<&str>) -> Stream {
    let stream = user.open(&format!("/api/chats/{chat}/events"), after).await;
    assert_eq!(stream.status(), 200);
    stream
}

fn types(events: &[Value]) -> Vec<&str> {
    events.iter().map(|event| event["type"].as_str().unwrap()).collect()
}

const WHOLE: [&str; 4] = ["status", "delta", "usage", "done"];

#[tokio::test]
async fn every_page_of_a_chat_sees_every_generation_one_after_the_other() {
    testing(async |app| {
        let user = app.user().await;
        let (chat, other) = (user.chat().await, user.chat().await);
        let mut worker = app.worker().await;
        let mut pages = [of_chat(&user, &chat, None).await, of_chat(&user, &chat, None).await];
        for text in ["one", "two", "three"] {
            let id = say(&user, &chat, text).await;
            worker.answer(&[text]).await;
            for page in &mut pages {
                let events = page.told(4).await;
                assert_eq!(types(&events), WHOLE, "{text}");
                assert!(events.iter().all(|event| event["generationId"] == *id));
                assert_eq!(events[1]["delta"], text);
            }
            // What happens elsewhere is not told here.
            let elsewhere = say(&user, &other, text).await;
            worker.answer(&["elsewhere"]).await;
            user.watch(&elsewhere, 0).await;
        }
    })
    .await;
}

#[tokio::test]
async fn a_page_of_a_chat_stays_while_the_store_is_away() {
    testing_with(
        |config| config.heartbeat = Duration::from_millis(20),
        async |app| {
            let user = app.user().await;
            let chat = user.chat().await;
            let mut page = of_chat(&user, &chat, None).await;
            app.chats_switch.take_down();
            app.eventually(async || (app.chats_switch.refused() > 2).then_some(())).await;
            app.chats_switch.bring_up();
            say(&user, &chat, "hello").await;
            app.worker().await.answer(&["again"]).await;
            assert_eq!(types(&page.told(4).await), WHOLE);
        },
    )
    .await;
}

#[tokio::test]
async fn a_page_that_comes_late_sees_the_generation_under_way_from_its_beginning() {
    testing(async |app| {
        let user = app.user().await;
        let chat = user.chat().await;
        let mut worker = app.worker().await;
        let first = say(&user, &chat, "first").await;
        worker.answer(&["over"]).await;
        user.watch(&first, 0).await;
        let second = say(&user, &chat, "second").await;
        let mut holding = worker.start().await;
        holding.say("Hel").await;
        let mut page = of_chat(&user, &chat, None).await;
        let begun = page.told(2).await;
        assert_eq!(
            (types(&begun), &begun[1]["generationId"]),
            (vec!["status", "delta"], &json!(second))
        );
        holding.say("lo").await;
        holding.succeed().await;
        assert_eq!(types(&page.told(3).await), ["delta", "usage", "done"]);
    })
    .await;
}

#[tokio::test]
async fn a_page_that_comes_while_questions_wait_sees_what_is_under_way_and_then_them() {
    testing(async |app| {
        let user = app.user().await;
        let chat = user.chat().await;
        let mut worker = app.worker().await;
        let first = say(&user, &chat, "first").await;
        let mut holding = worker.start().await;
        holding.say("Hel").await;
        let queued = json!({"userMessage": "second", "onBusy": "queue"});
        let second = user.ask(&chat, queued).await.expect(202).get("generationId");
        let shown = user.get(&format!("/api/chats/{chat}")).await.expect(200);
        assert_eq!(shown.get("activeGenerationId"), first);
        let mut page = of_chat(&user, &chat, None).await;
        assert_eq!(types(&page.told(2).await), ["status", "delta"]);
        holding.succeed().await;
        assert_eq!(types(&page.told(2).await), ["usage", "done"]);
        worker.answer(&["lo"]).await;
        let events = page.told(4).await;
        assert_eq!((types(&events), &events[0]["generationId"]), (WHOLE.to_vec(), &json!(second)));
    })
    .await;
}

#[tokio::test]
async fn a_page_that_comes_late_sees_everything_under_way_however_old() {
    testing_with(
        |config| config.max_in_flight_per_user = 3,
        async |app| {
            let user = app.user().await;
            let chat = user.chat().await;
            let mut worker = app.worker().await;
            let old = app.accept_silently(&user, &chat, now() - Duration::from_hours(1)).await;
            let mut holding = worker.start().await;
            let over = say(&user, &chat, "over").await;
            worker.answer(&["over"]).await;
            user.watch(&over, 0).await;
            let new = say(&user, &chat, "new").await;
            let mut page = of_chat(&user, &chat, None).await;
            worker.answer(&["new"]).await;
            holding.say("old").await;
            holding.succeed().await;
            for id in [old, new] {
                let events = page.told(4).await;
                assert_eq!(
                    (types(&events), &events[3]["generationId"]),
                    (WHOLE.to_vec(), &json!(id))
                );
            }
        },
    )
    .await;
}

#[tokio::test]
async fn a_page_sees_every_generation_however_fast_they_come() {
    testing(async |app| {
        let user = app.user().await;
        let chat = user.chat().await;
        let mut worker = app.worker().await;
        let mut page = of_chat(&user, &chat, None).await;
        let mut places = Vec::new();
        // More than are looked up at once.
        for number in 0..105 {
            let id = say(&user, &chat, "And?").await;
            worker.answer(&["So."]).await;
            for kind in WHOLE {
                let (place, event) = page.placed().await.unwrap();
                assert_eq!((&event["type"], &event["generationId"]), (&json!(kind), &json!(id)));
                places.push(place);
            }
            assert_eq!(places.len(), 4 * (number + 1));
        }
        // One that comes back goes on, and one that comes anew is told only what comes.
        let mut again = of_chat(&user, &chat, places.get(4 * 60 - 1).map(String::as_str)).await;
        assert_eq!(again.placed().await.unwrap().0, places[4 * 60]);
        let mut anew = of_chat(&user, &chat, None).await;
        let id = say(&user, &chat, "And?").await;
        worker.answer(&["So."]).await;
        assert_eq!(anew.told(1).await[0]["generationId"], id);
    })
    .await;
}

#[tokio::test]
async fn a_page_goes_on_from_any_place_and_misses_nothing() {
    testing(async |app| {
        let user = app.user().await;
        let chat = user.chat().await;
        let mut worker = app.worker().await;
        let mut page = of_chat(&user, &chat, None).await;
        let mut whole = Vec::new();
        for text in ["one", "two", "three"] {
            say(&user, &chat, text).await;
            worker.answer(&[text]).await;
            for _ in 0..4 {
                whole.push(page.placed().await.unwrap());
            }
        }
        for (seen, (place, _)) in whole.iter().enumerate() {
            let mut again = of_chat(&user, &chat, Some(place)).await;
            for expected in &whole[seen + 1..] {
                assert_eq!(again.placed().await.as_ref(), Some(expected), "after {place}");
            }
        }
        let (stranger, doomed) = (app.user().await, user.chat().await);
        let mut last = of_chat(&user, &doomed, None).await;
        user.delete(&format!("/api/chats/{doomed}")).await.expect(204);
        assert_eq!(last.placed().await, None, "a chat that is gone has no stream");
        let path = format!("/api/chats/{chat}/events");
        stranger.get(&path).await.problem(404, "not_found");
        for garbage in ["7", "x:7", ":", &format!("{chat}:-1")] {
            let garbage = user.open(&path, Some(garbage)).await;
            assert_eq!(garbage.status(), 400);
        }
        // A place in another chat, or in none, is none here.
        let elsewhere = user.chat().await;
        let mut page = of_chat(&user, &elsewhere, Some(&whole[0].0)).await;
        say(&user, &elsewhere, "four").await;
        worker.answer(&["four"]).await;
        assert_eq!(types(&page.told(4).await), WHOLE);
    })
    .await;
}

#[tokio::test]
async fn without_news_a_page_looks_for_itself() {
    testing_with(
        |config| config.heartbeat = Duration::from_millis(50),
        async |app| {
            let user = app.user().await;
            let chat = user.chat().await;
            let mut page = of_chat(&user, &chat, None).await;
            // Accepted by a process whose news do not get here.
            let silent = app.accept_silently(&user, &chat, now()).await;
            app.worker().await.answer(&["heard"]).await;
            let events = page.told(4).await;
            assert_eq!(
                (types(&events), &events[0]["generationId"]),
                (WHOLE.to_vec(), &json!(silent))
            );
        },
    )
    .await;
}

#[tokio::test]
async fn a_page_is_told_that_news_were_lost_and_looks_for_itself() {
    testing(async |app| {
        let user = app.user().await;
        let mut news = user.open("/api/events", None).await;
        let chat = user.chat().await;
        assert_eq!(types(&news.told(1).await), ["chat"]);
        let mut page = of_chat(&user, &chat, None).await;
        let silent = app.accept_silently(&user, &chat, now()).await;
        app.lost_news.send(()).unwrap();
        assert_eq!(news.told(1).await, [json!({"type": "missed"})]);
        app.worker().await.answer(&["heard"]).await;
        assert_eq!(page.told(4).await[0]["generationId"], json!(silent));
        // The chat is deleted, and nobody says so.
        let id = |text: &str| text.parse().unwrap();
        let owner = UserId::from_uuid(id(user.id()));
        Chats::delete(&*app.store, owner, ChatId::from_uuid(id(&chat))).await.unwrap();
        app.lost_news.send(()).unwrap();
        assert_eq!(page.placed().await, None, "a chat that is gone has no stream");
    })
    .await;
}

#[tokio::test]
async fn a_chat_that_is_gone_has_no_stream_whoever_deleted_it() {
    testing_with(
        |config| config.heartbeat = Duration::from_millis(50),
        async |app| {
            let user = app.user().await;
            let chat = user.chat().await;
            let mut page = of_chat(&user, &chat, None).await;
            let id = |text: &str| text.parse().unwrap();
            let owner = UserId::from_uuid(id(user.id()));
            Chats::delete(&*app.store, owner, ChatId::from_uuid(id(&chat))).await.unwrap();
            assert_eq!(page.placed().await, None);
        },
    )
    .await;
}

#[tokio::test]
async fn a_user_s_pages_hear_what_happens() {
    testing(async |app| {
        let user = app.user().await;
        let mut page = user.open("/api/events", None).await;
        let mut stranger = app.user().await.open("/api/events", None).await;
        let chat = user.chat().await;
        assert_eq!(page.told(1).await, [json!({"type": "chat", "chatId": chat, "title": ""})]);
        let id = say(&user, &chat, "What are otters?").await;
        let generation = |status: &str| {
            json!({"type": "generation", "generationId": id, "chatId": chat, "status": status})
        };
        let named = json!({"type": "chat", "chatId": chat, "title": "What are otters?"});
        assert_eq!(page.told(2).await, [named, generation("queued")]);
        app.worker().await.answer(&["Animals."]).await;
        assert_eq!(page.told(1).await, [generation("succeeded")]);
        let path = format!("/api/chats/{chat}");
        user.patch(&path, json!({"title": "Otters"})).await.expect(200);
        assert_eq!(page.told(1).await, [json!({"type": "chat", "chatId": chat, "title": "Otters"})]);
        user.delete(&path).await.expect(204);
        assert_eq!(page.told(1).await, [json!({"type": "deleted", "chatId": chat})]);
        app.ask_to_stop();
        assert_eq!(page.placed().await, None, "it ends with the service");
        assert_eq!(stranger.placed().await, None, "nothing of it is told to anybody else");
    })
    .await;
}

/// Security case 84.
#[tokio::test]
async fn a_user_has_only_so_many_streams() {
    testing_with(
        |config| config.streams_per_user = 2,
        async |app| {
            let user = app.user().await;
            let chat = user.chat().await;
            let id = say(&user, &chat, "hello").await;
            let first = user.follow(&id, None).await;
            let _second = of_chat(&user, &chat, None).await;
            for path in ["/api/events".to_owned(), format!("/api/generations/{id}/stream")] {
                let refused = user.get(&path).await.problem(429, "too_many_streams");
                assert!(refused.headers.contains_key("retry-after"));
            }
            assert_eq!(app.user().await.open("/api/events", None).await.status(), 200);
            drop(first);
            app.eventually(async || {
                (user.open("/api/events", None).await.status() == 200).then_some(())
            })
            .await;
            app.worker().await.answer(&["bye"]).await;
        },
    )
    .await;
}

/// Security case 84.
#[tokio::test]
async fn a_user_s_streams_are_counted_over_all_processes() {
    testing_with(
        |config| config.streams_per_user = 2,
        async |app| {
            let user = app.user().await;
            let elsewhere = user.at(&app.start_beside().await);
            let chat = user.chat().await;
            let id = say(&user, &chat, "hello").await;
            let first = user.follow(&id, None).await;
            let _second = of_chat(&elsewhere, &chat, None).await;
            for path in [
                "/api/events".to_owned(),
                format!("/api/chats/{chat}/events"),
                format!("/api/generations/{id}/stream"),
            ] {
                user.get(&path).await.problem(429, "too_many_streams");
                elsewhere.get(&path).await.problem(429, "too_many_streams");
            }
            drop(first);
            let third = app
                .eventually(async || {
                    let third = elsewhere.open("/api/events", None).await;
                    (third.status() == 200).then_some(third)
                })
                .await;
            user.get("/api/events").await.problem(429, "too_many_streams");
            drop(third);
            app.worker().await.answer(&["bye"]).await;
        },
    )
    .await;
}

/// Security case 84.
#[tokio::test]
async fn a_process_serves_only_so_many_streams() {
    testing_with(
        |config| config.streams_in_all = 2,
        async |app| {
            let users = [app.user().await, app.user().await, app.user().await];
            let mut open = Vec::new();
            for user in &users[..2] {
                open.push(user.open("/api/events", None).await);
            }
            let full = users[2].get("/api/events").await.problem(503, "streams_full");
            assert!(full.headers.contains_key("retry-after"));
            users[2].get("/api/chats").await.expect(200);
            drop(open.pop());
            app.eventually(async || {
                (users[2].open("/api/events", None).await.status() == 200).then_some(())
            })
            .await;
        },
    )
    .await;
}

#[tokio::test]
async fn while_other_processes_are_not_known_each_counts_by_itself() {
    testing_with(
        |config| config.streams_per_user = 2,
        async |app| {
            let user = app.user().await;
            let elsewhere = user.at(&app.start_beside().await);
            let _known = user.open("/api/events", None).await;
            app.seats_switch.take_down();
            let mut here = Vec::new();
            for (client, streams) in [(&user, 1), (&elsewhere, 2)] {
                for _ in 0..streams {
                    here.push(client.open("/api/events", None).await);
                    assert_eq!(here.last().unwrap().status(), 200);
                }
                client.get("/api/events").await.problem(429, "too_many_streams");
            }
            app.eventually(async || (app.seats_switch.refused() > 3).then_some(())).await;
            app.seats_switch.bring_up();
            // Two streams end elsewhere, and what was not known is told.
            drop(here.drain(1..));
            app.eventually(async || {
                let refused = elsewhere.open("/api/events", None).await.status();
                (refused == 429).then_some(())
            })
            .await;
        },
    )
    .await;
}
