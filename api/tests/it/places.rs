//! Pages that lose the stream of a chat before an event came, and come back to it.

use std::time::Duration;

use domain::account::Guests;
use serde_json::{Value, json};

use crate::harness::{Client, TestApp, now, testing, testing_with};

/// A chat in which somebody asks, and its stream.
struct Talk {
    user: Client,
    chat: String,
    stream: String,
}

impl Talk {
    async fn begin(app: &TestApp) -> Self {
        let user = app.user().await;
        let chat = user.chat().await;
        let stream = format!("/api/chats/{chat}/events");
        Self { user, chat, stream }
    }

    async fn ask(&self, text: &str) -> String {
        let asked = self.user.ask(&self.chat, json!({ "userMessage": text })).await;
        asked.expect(202).get("generationId")
    }

    /// Asks, and is answered.
    async fn ask_and_hear(&self, app: &TestApp, text: &str) -> String {
        let id = self.ask(text).await;
        app.worker().await.answer(&[text]).await;
        self.user.watch(&id, 0).await;
        id
    }

    /// What a page that comes with `place` has to come back with, should it lose the stream at once.
    async fn place(&self, place: Option<&str>) -> String {
        self.user.open(&self.stream, place).await.greeted().await
    }

    /// Fails unless a page that comes with `place` is told these answers, whole and in this order, and no other before.
    async fn tells(&self, place: &str, answers: &[&String]) {
        let mut page = self.user.open(&self.stream, Some(place)).await;
        for id in answers {
            let told = page.told(4).await;
            let types: Vec<_> = told.iter().map(|event| event["type"].as_str().unwrap()).collect();
            assert_eq!(types, ["status", "delta", "usage", "done"]);
            assert!(told.iter().all(|event| event["generationId"] == **id), "{told:?}");
        }
    }
}

#[tokio::test]
async fn a_page_that_saw_no_event_is_told_of_an_answer_that_ended_meanwhile() {
    testing(async |app| {
        let talk = Talk::begin(app).await;
        talk.ask_and_hear(app, "before it came").await;
        let place = talk.place(None).await;
        let meanwhile = talk.ask_and_hear(app, "meanwhile").await;
        // As often as it loses the stream again.
        assert_eq!(talk.place(Some(&place)).await, place);
        assert_eq!(talk.place(Some(&place)).await, place);
        talk.tells(&place, &[&meanwhile]).await;
        let later = talk.ask_and_hear(app, "later").await;
        talk.tells(&place, &[&meanwhile, &later]).await;
    })
    .await;
}

/// Whatever the time of its end says.
#[tokio::test]
async fn a_page_that_saw_nothing_of_an_answer_under_way_is_told_of_it_all() {
    testing(async |app| {
        let talk = Talk::begin(app).await;
        talk.ask_and_hear(app, "before it came").await;
        let under_way = talk.ask("under way").await;
        let place = talk.place(None).await;
        assert_eq!(place, format!("{under_way}:0"));
        app.worker().await.answer(&["under way"]).await;
        talk.user.watch(&under_way, 0).await;
        let later = talk.ask_and_hear(app, "later").await;
        talk.tells(&place, &[&under_way, &later]).await;
    })
    .await;
}

#[tokio::test]
async fn a_place_is_kept_over_a_connection_without_events() {
    testing(async |app| {
        let talk = Talk::begin(app).await;
        let first = talk.ask_and_hear(app, "first").await;
        let mut page = talk.user.open(&talk.stream, Some(&format!("{first}:0"))).await;
        let (mut last, mut event) = page.placed().await.unwrap();
        while event["type"] != "done" {
            (last, event) = page.placed().await.unwrap();
        }
        assert_eq!(talk.place(Some(&last)).await, last);
        // One in another chat, or in none, is none here.
        let elsewhere = Talk { chat: talk.user.chat().await, ..Talk::begin(app).await };
        assert!(elsewhere.place(Some(&last)).await.starts_with('@'));
    })
    .await;
}

#[tokio::test]
async fn a_time_to_come_is_no_later_than_now() {
    testing(async |app| {
        let talk = Talk::begin(app).await;
        talk.ask_and_hear(app, "before").await;
        let to_come = now() + Duration::from_hours(1);
        let place = talk.place(Some(&format!("@{}", to_come.timestamp_micros()))).await;
        let micros: i64 = place.strip_prefix('@').unwrap().parse().unwrap();
        assert!(micros <= now().timestamp_micros(), "{place}");
        let then = talk.ask_and_hear(app, "then").await;
        talk.tells(&place, &[&then]).await;
        for place in ["@", "@x", "@-1", "@9999999999999999999"] {
            assert_eq!(talk.user.open(&talk.stream, Some(place)).await.status(), 400, "{place}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_tab_of_a_session_that_saw_no_piece_is_told_of_an_answer_that_ended_meanwhile() {
    testing_with(
        |config| config.guests = Guests::OnThisMachine,
        async |app| {
            let somebody = app.anybody();
            let path = "/api/sse?session_id=s-1&user_id=ann";
            let place = somebody.open(path, None).await.greeted().await;
            let body = json!({"session_id": "s-1", "user_id": "ann", "message": "Hi!"});
            let mut whole = somebody.open(path, None).await;
            let asked = somebody.post("/api/chat", body).await.expect(202);
            app.worker().await.answer(&["Hello."]).await;
            let is_final = |piece: &Value| piece["is_final"] == true;
            while !is_final(&whole.placed().await.unwrap().1) {}
            let mut again = somebody.open(path, Some(&place)).await;
            let (_, piece) = again.placed().await.unwrap();
            assert_eq!(piece["generation_id"], asked.get("generation_id"));
            assert_eq!(piece["chunk"], "Hello.");
        },
    )
    .await;
}
