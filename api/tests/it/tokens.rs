//! Tokens that speak for somebody else.

use std::time::Duration;

use domain::account::{Role, User};
use ports::store::Accounts;
use reqwest::Method;
use serde_json::{Value, json};
use testkit::sample;

use crate::harness::{now, testing};

const PATH: &str = "/api/ops/users/token";

#[tokio::test]
async fn a_token_for_somebody_speaks_for_them_until_it_ends_and_is_noted() {
    testing(async |app| {
        let user = app.user().await;
        let chat = user.chat().await;
        let (email, id) = (user.session["user"]["email"].clone(), user.id());
        for whom in [json!({ "email": email }), json!({ "userId": id })] {
            let given = app.operator().post(PATH, whom).await.expect(200);
            assert!(given.body.get("refreshToken").is_none(), "nothing renews it");
            assert_eq!(given.body["user"]["email"], email);
            let noted = app.noted().await;
            let (_, action, subject) = noted.last().unwrap();
            assert_eq!((action.as_str(), subject), ("user.token_given", &id.to_string()));
            let mut holder = app.anybody();
            holder.session = json!({ "accessToken": given.body["accessToken"] });
            holder.get(&format!("/api/chats/{chat}")).await.expect(200);
            let seconds = given.body["expiresIn"].as_u64().unwrap();
            app.clock.turn(Duration::from_secs(seconds + 10));
            holder.get(&format!("/api/chats/{chat}")).await.problem(401, "unauthenticated");
        }
        let nobody = json!({ "email": "nobody@example.org" });
        app.operator().post(PATH, nobody).await.problem(404, "not_found");
        for wrong in [json!({}), json!({ "email": email, "userId": id })] {
            app.operator().post(PATH, wrong).await.expect(422);
        }
    })
    .await;
}

/// A key, a password, or another token would go on where it ends.
///
/// Security case 108.
#[tokio::test]
async fn a_token_for_somebody_leaves_nothing_behind() {
    testing(async |app| {
        let user = app.user().await;
        let email = user.session["user"]["email"].clone();
        let body = json!({ "email": email, "role": "admin" });
        app.operator().post("/api/ops/users/role", body).await.expect(200);
        let key = user.post("/api/auth/keys", json!({ "name": "mine" })).await.expect(201);
        // This one has no password yet, which whoever speaks for it could choose.
        let new = User { role: Role::Admin, ..sample::user(now()) };
        app.store.create(sample::account(new.clone())).await.unwrap();
        for whom in [email, json!(new.email.as_str())] {
            let given = app.operator().post(PATH, json!({ "email": whom })).await.expect(200);
            let mut holder = app.anybody();
            holder.session = json!({ "accessToken": given.body["accessToken"] });
            for (method, path, body) in [
                (Method::POST, "/api/auth/keys".to_owned(), json!({ "name": "theirs" })),
                (Method::GET, "/api/auth/keys".to_owned(), Value::Null),
                (Method::DELETE, format!("/api/auth/keys/{}", key.get("id")), Value::Null),
                (
                    Method::POST,
                    "/api/auth/password".to_owned(),
                    json!({ "newPassword": "battery staple" }),
                ),
                (Method::POST, PATH.to_owned(), json!({ "email": whom })),
            ] {
                let request = holder.request(method, &path).json(&body);
                holder.send(request).await.problem(403, "not_for_keys");
            }
            // It speaks for them all the same.
            let chat = holder.chat().await;
            let path = json!({ "path": format!("/api/chats/{chat}/events") });
            holder.post("/api/auth/tickets", path).await.expect(201);
            holder.get("/api/ops/audit").await.expect(200);
        }
    })
    .await;
}

#[tokio::test]
async fn nobody_speaks_for_an_account_that_is_shut_out() {
    testing(async |app| {
        let user = app.user().await;
        let whom = json!({ "email": user.session["user"]["email"] });
        let given = app.operator().post(PATH, whom.clone()).await.expect(200);
        let mut holder = app.anybody();
        holder.session = json!({ "accessToken": given.body["accessToken"] });
        let body = json!({ "email": whom["email"], "disabled": true });
        app.operator().post("/api/ops/users/disabled", body).await.expect(200);
        holder.get("/api/chats").await.problem(401, "unauthenticated");
        let noted = app.noted().await.len();
        app.operator().post(PATH, whom).await.expect(422);
        assert_eq!(app.noted().await.len(), noted, "what is not done is not noted");
    })
    .await;
}
