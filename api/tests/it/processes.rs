//! What one process ends, the others learn of within a minute.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::{
    harness::{Client, Stream, TestApp, testing_with},
    lapses::{end, open},
};

const HEARTBEAT: Duration = Duration::from_millis(50);
/// Some heartbeats: whatever is to end at one has ended.
const A_WHILE: Duration = Duration::from_millis(300);

const NEWS: &str = "/api/events";
const AUDIT: &str = "/api/ops/audit";

fn email(of: &Client) -> Value {
    of.session["user"]["email"].clone()
}

async fn admin(app: &TestApp) -> Client {
    let admin = app.user().await;
    let body = json!({ "email": email(&admin), "role": "admin" });
    app.operator().post("/api/ops/users/role", body).await.expect(200);
    admin
}

/// Reads on for a while; fails if one ends.
async fn go_on(streams: &mut [Stream]) {
    let began = Instant::now();
    while began.elapsed() < A_WHILE {
        for stream in &mut *streams {
            stream.next().await.expect("it goes on");
        }
    }
}

async fn expect(whom: &[&Client], path: &str, status: u16) {
    for client in whom {
        client.get(path).await.expect(status);
    }
}

/// Security cases 12, 14, 98.
#[tokio::test]
async fn what_one_process_ends_is_over_at_another_within_a_minute() {
    testing_with(
        |config| config.heartbeat = HEARTBEAT,
        async |app| {
            let elsewhere = app.start_beside().await;
            let there = |client: &Client| client.at(&elsewhere);
            let [leaver, chooser, outcast] = [app.user().await, app.user().await, app.user().await];
            let holder = app.user().await;
            let key = holder.post("/api/auth/keys", json!({ "name": "x" })).await.expect(201);
            let mut program = app.anybody();
            program.session = json!({ "accessToken": key.get("key") });
            let demoted = admin(app).await;
            let demoted_key = demoted.program().await;

            app.clock.stop();
            let ended = [&leaver, &chooser, &outcast, &program].map(there);
            let ended: Vec<&Client> = ended.iter().collect();
            let lowered = [&demoted, &demoted_key].map(there);
            let lowered: Vec<&Client> = lowered.iter().collect();
            let mut streams = Vec::new();
            for client in &ended {
                streams.append(&mut open(client, &[NEWS.to_owned()]).await);
            }
            expect(&lowered, AUDIT, 200).await;

            let token = json!({ "refreshToken": leaver.session["refreshToken"] });
            leaver.post("/api/auth/logout", token).await.expect(204);
            let body =
                json!({ "currentPassword": "correct horse", "newPassword": "battery staple" });
            chooser.post("/api/auth/password", body).await.expect(200);
            let body = json!({ "email": email(&outcast), "disabled": true });
            app.operator().post("/api/ops/users/disabled", body).await.expect(200);
            holder.delete(&format!("/api/auth/keys/{}", key.get("id"))).await.expect(204);
            let body = json!({ "email": email(&demoted), "role": "user" });
            app.operator().post("/api/ops/users/role", body).await.expect(200);
            expect(&[&leaver, &chooser, &outcast, &program], "/api/chats", 401).await;
            expect(&[&demoted, &demoted_key], AUDIT, 403).await;

            app.clock.turn(Duration::from_secs(59));
            expect(&ended, "/api/chats", 200).await;
            expect(&lowered, AUDIT, 200).await;
            go_on(&mut streams).await;

            app.clock.turn(Duration::from_secs(2));
            expect(&ended, "/api/chats", 401).await;
            expect(&lowered, AUDIT, 403).await;
            end(streams).await;
        },
    )
    .await;
}
