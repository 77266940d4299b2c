//! Refresh tokens: each is good once.

use std::time::Duration;

use secrecy::SecretString;
use serde_json::json;

use crate::{
    auth::refresh,
    harness::{testing, testing_with},
};

#[tokio::test]
async fn a_refresh_token_is_replaced_at_every_use() {
    testing(async |app| {
        let mut user = app.user().await;
        for _ in 0..3 {
            let old = user.session["refreshToken"].clone();
            user.session = refresh(&user, &old).await.expect(200).body;
            assert_ne!(user.session["refreshToken"], old);
            user.get("/api/auth/me").await.expect(200);
        }
        for token in [json!("unknown"), json!(""), json!("a".repeat(10_000))] {
            refresh(&user, &token).await.problem(401, "refresh_refused");
        }
        user.post("/api/auth/refresh", json!({})).await.problem(401, "refresh_refused");
    })
    .await;
}

/// Security case 16.
#[tokio::test]
async fn two_tabs_that_refresh_at_once_get_the_same_successor() {
    testing(async |app| {
        let user = app.user().await;
        let token = &user.session["refreshToken"];
        let (one, other) = tokio::join!(refresh(&user, token), refresh(&user, token));
        let (one, other) = (one.expect(200), other.expect(200));
        assert_eq!(one.body["refreshToken"], other.body["refreshToken"]);
    })
    .await;
}

/// Security case 15.
#[tokio::test]
async fn an_older_token_revokes_the_sign_in() {
    testing(async |app| {
        let user = app.user().await;
        let first = &user.session["refreshToken"];
        let second = refresh(&user, first).await.expect(200).body["refreshToken"].clone();
        let third = refresh(&user, &second).await.expect(200).body["refreshToken"].clone();
        // Noted with it, whatever becomes of the book that others write into.
        app.ledger_switch.take_down();
        refresh(&user, first).await.problem(401, "refresh_refused");
        refresh(&user, &third).await.problem(401, "refresh_refused");
        let id = user.id();
        let noted = app.noted().await;
        let of_it = noted.iter().filter(|(.., subject)| subject == id);
        let of_it: Vec<_> =
            of_it.map(|(actor, action, _)| (actor.as_deref(), action.as_str())).collect();
        let expected = [
            (Some(id), "user.registered"),
            (Some(id), "user.refreshed"),
            (Some(id), "user.refreshed"),
            (None, "user.refresh_reused"),
        ];
        assert_eq!(of_it, expected);
    })
    .await;
}

/// Whoever waits for it for longer than a successor is answered would look like a thief with the next try.
///
/// Security case 109.
#[tokio::test]
async fn a_refresh_that_is_not_answered_in_time_can_be_repeated() {
    testing_with(
        |config| config.refresh_time = Duration::from_millis(100),
        async |app| {
            app.clock.stop();
            let user = app.user().await;
            let first = &user.session["refreshToken"];
            app.refresh_switch.take_down();
            refresh(&user, first).await.problem(503, "unavailable");
            app.clock.turn(Duration::from_millis(4500));
            refresh(&user, first).await.problem(503, "unavailable");
            app.clock.turn(Duration::from_millis(4500));
            app.refresh_switch.bring_up();
            let second = refresh(&user, first).await.expect(200).body["refreshToken"].clone();
            refresh(&user, &second).await.expect(200);
        },
    )
    .await;
}

/// Another secret comes with other successors; the one that was made before is answered.
///
/// Security case 11.
#[tokio::test]
async fn who_repeats_a_refresh_while_the_secret_is_changed_stays_signed_in() {
    testing(async |app| {
        app.clock.stop();
        let mut user = app.user().await;
        let first = user.session["refreshToken"].clone();
        let second = refresh(&user, &first).await.expect(200).body["refreshToken"].clone();
        let next = SecretString::from("the secret that comes after that, as long as it has to be");
        app.config.jwt_secret_previous = Some(std::mem::replace(&mut app.config.jwt_secret, next));
        user = user.at(&app.start_beside().await);
        let again = refresh(&user, &first).await.expect(200).body["refreshToken"].clone();
        assert_eq!(again, second);
        let third = refresh(&user, &second).await.expect(200).body["refreshToken"].clone();
        refresh(&user, &third).await.expect(200);
    })
    .await;
}

/// What was used long ago is not kept, and is known all the same: whoever has a copy of it may have refreshed as often as
/// they liked before its owner comes back.
///
/// Security case 106.
#[tokio::test]
async fn a_token_of_long_ago_revokes_the_sign_in() {
    testing(async |app| {
        let user = app.user().await;
        let first = &user.session["refreshToken"];
        let mut last = first.clone();
        for _ in 0..20 {
            last = refresh(&user, &last).await.expect(200).body["refreshToken"].clone();
        }
        user.get("/api/auth/me").await.expect(200);
        refresh(&user, first).await.problem(401, "refresh_refused");
        refresh(&user, &last).await.problem(401, "refresh_refused");
        user.get("/api/auth/me").await.problem(401, "unauthenticated");
        let of_it = |noted: Vec<_>| {
            let reused = |(_, action, _): &&(_, String, _)| action == "user.refresh_reused";
            noted.iter().filter(reused).count()
        };
        assert_eq!(of_it(app.noted().await), 1);
    })
    .await;
}
