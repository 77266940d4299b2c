//! How often passwords may be tried.

use std::time::Duration;

use api::Config;
use futures_util::future::join_all;
use reqwest::Method;
use serde_json::json;

use crate::{
    auth::{ADA, PASSWORD, credentials, refresh},
    harness::{Answer, TestApp, testing_with},
};

/// Two tries a minute, and our proxy says who asks.
fn two_tries(config: &mut Config) {
    config.tries_per_minute = 2.try_into().unwrap();
    config.trust_forwarded = true;
}

/// Tries to sign in from an address, on a device with this cookie.
async fn try_from(
    app: &TestApp,
    from: &str,
    cookie: &str,
    (email, password): (&str, &str),
) -> Answer {
    let anybody = app.anybody();
    let request = anybody.request(Method::POST, "/api/auth/login");
    let request = request.header("x-forwarded-for", from).header("cookie", cookie);
    anybody.send(request.json(&credentials(email, password))).await
}

/// What a device is known by after this answer, as it sends it.
fn device(answer: &Answer) -> String {
    let cookies = answer.headers.get_all("set-cookie").iter();
    let mut cookies = cookies.map(|cookie| cookie.to_str().unwrap());
    let device = cookies.find(|cookie| cookie.starts_with("sluice_device=")).unwrap();
    let attributes = "HttpOnly; SameSite=Strict; Path=/api/auth; Max-Age=7776000";
    assert!(device.ends_with(attributes), "{device}");
    device.split(';').next().unwrap().to_owned()
}

/// Security case 21.
#[tokio::test]
async fn passwords_of_one_account_cannot_be_tried_without_end() {
    testing_with(two_tries, async |app| {
        // A machine that stands still for minutes gives nobody another try.
        app.clock.stop();
        let wrong = (ADA, "a wrong password");
        for status in [401, 401, 429] {
            let answer = try_from(app, "192.0.2.1", "", wrong).await.expect(status);
            assert_eq!(answer.headers.contains_key("retry-after"), status == 429);
        }
        let another = ("another@example.org", "a wrong password");
        try_from(app, "192.0.2.1", "", another).await.expect(401);
        // Nor from however many addresses: as many are left as two a minute and address make ten times.
        let tries = (10..40).map(async |n| {
            let from = format!("192.0.2.{n}");
            let answers = [0, 1].map(|_| try_from(app, &from, "", wrong));
            join_all(answers).await.into_iter().filter(|answer| answer.status == 401).count()
        });
        assert_eq!(join_all(tries).await.into_iter().sum::<usize>(), 18);
    })
    .await;
}

/// Looking a password up costs more than refusing it.
///
/// Security case 27.
#[tokio::test]
async fn no_password_is_looked_up_for_who_makes_accounts_too_often() {
    testing_with(two_tries, async |app| {
        let body = credentials(ADA, "password");
        for _ in 0..2 {
            app.anybody().post("/api/auth/register", body.clone()).await.fault("/password");
        }
        app.anybody().post("/api/auth/register", body).await.problem(429, "rate_limited");
    })
    .await;
}

/// What the hour refuses uses up nothing of the minute: who waits as told gets in.
///
/// Security case 21.
#[tokio::test]
async fn passwords_that_are_not_tried_are_not_counted() {
    testing_with(two_tries, async |app| {
        app.clock.stop();
        let wrong = async || try_from(app, "192.0.2.1", "", (ADA, "a wrong password")).await;
        let mut tried = 0;
        let refused = loop {
            let before = tried;
            let mut last = wrong().await;
            for _ in 0..10 {
                tried += usize::from(last.status == 401);
                last = wrong().await;
            }
            if tried < before + 2 {
                break last.problem(429, "rate_limited");
            }
            app.clock.turn(Duration::from_mins(1));
        };
        assert!(tried >= 6, "{tried}: what the minute refused was not tried");
        let policy = refused.headers["ratelimit-policy"].to_str().unwrap();
        assert!(policy.starts_with("\"sign-ins-per-hour\";"), "{policy}");
        let wait: u64 = refused.headers["retry-after"].to_str().unwrap().parse().unwrap();
        app.clock.turn(Duration::from_secs(wait - 1));
        for _ in 0..10 {
            wrong().await.problem(429, "rate_limited");
        }
        app.clock.turn(Duration::from_secs(1));
        wrong().await.expect(401);
    })
    .await;
}

/// Security case 22.
#[tokio::test]
async fn who_tries_passwords_elsewhere_keeps_nobody_out() {
    testing_with(two_tries, async |app| {
        // However long all of it takes, no try comes back meanwhile.
        app.clock.stop();
        let mut ada = app.anybody();
        ada.register(ADA, PASSWORD).await;
        let drain = async |from: &str| {
            for _ in 0..30 {
                try_from(app, from, "", (ADA, "a wrong password")).await;
            }
            try_from(app, from, "", (ADA, PASSWORD)).await.problem(429, "rate_limited");
        };
        drain("192.0.2.1").await;
        let (answer, ()) =
            tokio::join!(try_from(app, "192.0.2.2", "", (ADA, PASSWORD)), drain("192.0.2.1"));
        let before = device(&answer.expect(200));
        // Whoever is signed in stays so, and may choose another password.
        ada.get("/api/auth/me").await.expect(200);
        let token = ada.session["refreshToken"].clone();
        ada.session = refresh(&ada, &token).await.expect(200).body;
        let body = json!({ "currentPassword": PASSWORD, "newPassword": "battery staple" });
        let known = device(&ada.post("/api/auth/password", body).await.expect(200));
        // From so many addresses that no new one is let try.
        for n in 10..20 {
            drain(&format!("192.0.2.{n}")).await;
        }
        let right = (ADA, "battery staple");
        for unknown in ["", &before] {
            try_from(app, "192.0.2.3", unknown, right).await.problem(429, "rate_limited");
        }
        try_from(app, "192.0.2.3", &known, right).await.expect(200);
        // A device is one, whoever has it: what it is known by lets nobody try without end.
        let known = device(&try_from(app, "192.0.2.4", &known, right).await.expect(200));
        try_from(app, "192.0.2.5", &known, right).await.problem(429, "rate_limited");
    })
    .await;
}

/// Signs in by `password` so often that there are `count` devices, and what they are known by.
async fn devices(app: &TestApp, count: usize, password: &str) -> Vec<String> {
    let mut known = Vec::new();
    for n in 0..count {
        let from = format!("198.51.100.{n}");
        known.push(device(&try_from(app, &from, "", (ADA, password)).await.expect(200)));
    }
    known
}

/// How many passwords are tried by whoever tries three on each of these devices.
async fn tried(app: &TestApp, devices: &[String]) -> usize {
    let mut tried = 0;
    for device in devices {
        for _ in 0..3 {
            let wrong = try_from(app, "192.0.2.1", device, (ADA, "a wrong password")).await;
            tried += usize::from(wrong.status == 401);
        }
    }
    tried
}

/// Whoever knew a password once signs in as often as they like meanwhile.
///
/// Security case 110.
#[tokio::test]
async fn whoever_has_many_known_devices_cannot_try_without_end() {
    testing_with(two_tries, async |app| {
        app.clock.stop();
        let mut ada = app.anybody();
        ada.register(ADA, PASSWORD).await;
        let mut known = devices(app, 15, PASSWORD).await;
        app.clock.turn(Duration::from_hours(24));
        assert_eq!(tried(app, &known).await, 20, "ten times as many as on one");
        // Another password: only what was known by this one is known.
        let body = json!({ "currentPassword": PASSWORD, "newPassword": "battery staple" });
        app.clock.turn(Duration::from_hours(24));
        let token = ada.session["refreshToken"].clone();
        ada.session = refresh(&ada, &token).await.expect(200).body;
        ada.post("/api/auth/password", body).await.expect(200);
        let own = devices(app, 1, "battery staple").await.remove(0);
        app.clock.turn(Duration::from_hours(24));
        assert_eq!(tried(app, &known).await, 2, "as many as anybody from that address");
        try_from(app, "192.0.2.1", &own, (ADA, "battery staple")).await.expect(200);
        // And not for ever.
        app.clock.turn(Duration::from_hours(89 * 24));
        known = vec![own];
        assert_eq!(tried(app, &known).await, 2);
        let right = (ADA, "battery staple");
        try_from(app, "192.0.2.1", &known[0], right).await.problem(429, "rate_limited");
    })
    .await;
}
