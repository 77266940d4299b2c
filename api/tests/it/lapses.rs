//! Streams end with the right to read them.

use std::time::Duration;

use api::Config;
use domain::account::Guests;
use serde_json::{Value, json};

use crate::harness::{Client, Frame, Stream, TestApp, testing_with};

const PASSWORD: &str = "correct horse";

fn impatient(config: &mut Config) {
    config.guests = Guests::OnThisMachine;
    config.heartbeat = Duration::from_millis(50);
}

/// The paths of streams of every kind: of what `user` has, and of one answer under way.
async fn paths(user: &Client) -> Vec<String> {
    let chat = user.chat().await;
    let body = json!({ "userMessage": "hello" });
    let id = user.ask(&chat, body).await.expect(202).get("generationId");
    vec![
        "/api/events".to_owned(),
        format!("/api/chats/{chat}/events"),
        format!("/api/generations/{id}/stream"),
        format!("/api/runs/{id}/events"),
        "/api/sse?session_id=s&user_id=u".to_owned(),
    ]
}

/// Opens each of `paths`.
pub async fn open(client: &Client, paths: &[String]) -> Vec<Stream> {
    let mut streams = Vec::new();
    for path in paths {
        let stream = client.open(path, None).await;
        assert_eq!(stream.status(), 200, "{path}");
        streams.push(stream);
    }
    streams
}

/// The same, each with a ticket from `client`, by whoever has that.
async fn open_by_ticket(app: &TestApp, client: &Client, paths: &[String]) -> Vec<Stream> {
    let mut streams = Vec::new();
    for path in paths {
        let given = client.post("/api/auth/tickets", json!({ "path": path })).await.expect(201);
        let join = if path.contains('?') { '&' } else { '?' };
        let path = format!("{path}{join}ticket={}", given.get("ticket"));
        streams.append(&mut open(&app.anybody(), &[path]).await);
    }
    streams
}

/// Of those streams that say nothing of an answer, silence.
async fn go_on(streams: &mut [Stream]) {
    for stream in streams {
        while stream.next().await.expect("it goes on") != Frame::Comment("hb".to_owned()) {}
    }
}

/// Reads to the end; fails unless the last word is when to come back.
pub async fn end(streams: Vec<Stream>) {
    for mut stream in streams {
        let mut last = None;
        while let Some(frame) = stream.next().await {
            last = Some(frame);
        }
        assert!(matches!(last, Some(Frame::Retry(_))), "{last:?}");
    }
}

/// What `user` has open, and what somebody else has, who is not concerned.
struct Open {
    own: Vec<Stream>,
    others: Vec<Stream>,
}

impl Open {
    async fn by(app: &TestApp, user: &Client) -> Self {
        let (paths, other) = (paths(user).await, app.user().await);
        let mut own = open(user, &paths).await;
        own.append(&mut open_by_ticket(app, user, &paths).await);
        let others = open(&other, &["/api/events".to_owned()]).await;
        let mut open = Self { own, others };
        go_on(&mut open.own).await;
        open
    }

    /// The same where the answer under way is stopped, which is the last word on it.
    async fn stopped(mut self, app: &TestApp) {
        for mut stream in self.own {
            let mut last = None;
            while let Some(frame) = stream.next().await {
                last = Some(frame);
            }
            let is_stopped = match &last {
                Some(Frame::Event(_, event)) => event["status"] == "canceled",
                last => matches!(last, Some(Frame::Retry(_))),
            };
            assert!(is_stopped, "{last:?}");
        }
        go_on(&mut self.others).await;
        // Its job finds it canceled.
        app.worker().await.delivery().await.0.ack().await.unwrap();
    }

    async fn ended(mut self, app: &TestApp) {
        end(self.own).await;
        go_on(&mut self.others).await;
        app.worker().await.answer(&["unheard"]).await;
    }
}

/// Security cases 14, 98.
#[tokio::test]
async fn who_signs_out_or_changes_the_password_ends_what_is_open() {
    testing_with(impatient, async |app| {
        let user = app.user().await;
        let elsewhere = app.anybody();
        let email = user.session["user"]["email"].clone();
        let sign_in = json!({ "email": email, "password": PASSWORD });
        let mut other_device = elsewhere.clone();
        other_device.session = elsewhere.post("/api/auth/login", sign_in).await.expect(200).body;
        let mut kept = open(&other_device, &["/api/events".to_owned()]).await;

        let open = Open::by(app, &user).await;
        let token = json!({ "refreshToken": user.session["refreshToken"] });
        user.post("/api/auth/logout", token).await.expect(204);
        open.ended(app).await;
        user.get("/api/auth/me").await.problem(401, "unauthenticated");

        go_on(&mut kept).await;
        let open = Open::by(app, &other_device).await;
        let body = json!({ "currentPassword": PASSWORD, "newPassword": "battery staple" });
        let changed = other_device.post("/api/auth/password", body).await.expect(200);
        open.ended(app).await;
        end(kept).await;
        other_device.get("/api/auth/me").await.problem(401, "unauthenticated");
        other_device.session = changed.body;
        other_device.get("/api/auth/me").await.expect(200);
    })
    .await;
}

/// Security case 98.
#[tokio::test]
async fn a_key_that_is_revoked_ends_what_is_open() {
    testing_with(impatient, async |app| {
        let user = app.user().await;
        let made = user.post("/api/auth/keys", json!({"name": "x"})).await.expect(201);
        let mut program = app.anybody();
        program.session = json!({ "accessToken": made.get("key") });
        let mut kept = open(&user, &["/api/events".to_owned()]).await;
        let open = Open::by(app, &program).await;
        user.delete(&format!("/api/auth/keys/{}", made.get("id"))).await.expect(204);
        open.ended(app).await;
        go_on(&mut kept).await;
    })
    .await;
}

/// Security case 98.
#[tokio::test]
async fn who_is_shut_out_sees_no_more_of_what_is_open() {
    testing_with(impatient, async |app| {
        let user = app.user().await;
        let open = Open::by(app, &user).await;
        let body = json!({"email": user.session["user"]["email"], "disabled": true});
        app.operator().post("/api/ops/users/disabled", body).await.expect(200);
        open.stopped(app).await;

        let guest = app.anybody();
        let id = guest.post("/api/users", json!({"name": "Ann"})).await.expect(201).get("user_id");
        let streams = self::open(&guest, &[format!("/api/sse?session_id=s&user_id={id}")]).await;
        let email = Value::from(format!("guest.ann.{id}@guest.invalid"));
        let body = json!({"email": email, "disabled": true});
        app.operator().post("/api/ops/users/disabled", body).await.expect(200);
        end(streams).await;
    })
    .await;
}

/// Whoever has a ticket has no other token to come back with.
///
/// Security case 98.
#[tokio::test]
async fn a_stream_ends_with_its_access_token_and_one_opened_by_a_ticket_with_the_sign_in() {
    let short = |config: &mut Config| {
        impatient(config);
        config.access_ttl = Duration::from_secs(1);
    };
    testing_with(short, async |app| {
        let user = app.user().await;
        let path = ["/api/events".to_owned()];
        let mut by_ticket = open_by_ticket(app, &user, &path).await;
        end(open(&user, &path).await).await;
        user.get("/api/auth/me").await.problem(401, "unauthenticated");
        go_on(&mut by_ticket).await;
        let token = json!({ "refreshToken": user.session["refreshToken"] });
        user.post("/api/auth/logout", token).await.expect(204);
        end(by_ticket).await;
    })
    .await;
}
