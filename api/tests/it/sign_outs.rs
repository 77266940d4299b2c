//! Signing out.

use domain::email::Email;
use ports::store::Accounts;
use reqwest::Method;
use serde_json::json;

use crate::{
    auth::refresh,
    harness::{now, testing},
};

/// What has ended is not ended again: nothing is written, and nothing forgotten that is known of others.
///
/// Security case 106.
#[tokio::test]
async fn who_has_signed_out_signs_out_again_in_vain() {
    testing(async |app| {
        let (gone, other) = (app.user().await, app.user().await);
        let own = json!({ "refreshToken": gone.session["refreshToken"] });
        gone.post("/api/auth/logout", own.clone()).await.expect(204);
        other.get("/api/chats").await.expect(200);
        // By another process, from which this one does not hear.
        let email = Email::parse(other.session["user"]["email"].as_str().unwrap()).unwrap();
        app.store.set_disabled(&email, true, now()).await.unwrap();
        let noted = app.noted().await.len();
        for _ in 0..3 {
            gone.post("/api/auth/logout", own.clone()).await.expect(204);
        }
        other.get("/api/chats").await.expect(200);
        assert_eq!(app.noted().await.len(), noted);
    })
    .await;
}

/// Security case 14.
#[tokio::test]
async fn who_signs_out_cannot_refresh() {
    testing(async |app| {
        let user = app.user().await;
        let body = json!({ "refreshToken": user.session["refreshToken"] });
        let answer = user.post("/api/auth/logout", body).await.expect(204);
        let cookie = answer.headers["set-cookie"].to_str().unwrap();
        assert!(cookie.starts_with("sluice_refresh=;") && cookie.contains("Max-Age=0"), "{cookie}");
        refresh(&user, &user.session["refreshToken"]).await.problem(401, "refresh_refused");
        let again = user.post("/api/auth/logout", json!({})).await.expect(204);
        assert!(!again.headers.contains_key("set-cookie"), "nothing is there to be taken away");
    })
    .await;
}

/// Its pages send no cookie of ours along, and an empty form needs nobody's leave.
///
/// Security case 68.
#[tokio::test]
async fn a_form_on_another_site_signs_nobody_out() {
    testing(async |app| {
        let anybody = app.anybody();
        for (name, value) in [("sec-fetch-site", "cross-site"), ("origin", "https://evil.example")]
        {
            let form = anybody.request(Method::POST, "/api/auth/logout").header(name, value);
            let form = form.header("content-type", "application/x-www-form-urlencoded");
            let answer = anybody.send(form).await.problem(403, "cross_site");
            assert!(!answer.headers.contains_key("set-cookie"));
        }
    })
    .await;
}

/// What the store said of others is known on: whoever has no token makes nobody ask it again.
#[tokio::test]
async fn who_signs_out_with_a_made_up_token_ends_nothing() {
    testing(async |app| {
        let user = app.user().await;
        user.get("/api/chats").await.expect(200);
        // By another process, from which this one does not hear.
        let email = Email::parse(user.session["user"]["email"].as_str().unwrap()).unwrap();
        app.store.set_disabled(&email, true, now()).await.unwrap();
        let made_up = json!({ "refreshToken": "made up" });
        app.anybody().post("/api/auth/logout", made_up).await.expect(204);
        user.get("/api/chats").await.expect(200);
        let own = json!({ "refreshToken": user.session["refreshToken"] });
        user.post("/api/auth/logout", own).await.expect(204);
        user.get("/api/chats").await.problem(401, "unauthenticated");
    })
    .await;
}
