//! The authorisation matrix: every route of the router × everybody who might try it. A route without a row
//! fails.

use std::time::Duration;

use domain::time::Timestamp;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use reqwest::Method;
use serde_json::{Value, json};

use crate::{
    foreign::described,
    harness::{Client, TestApp, now, testing},
    ops,
};

/// Who may use a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Access {
    /// Anybody.
    Open,
    /// Whoever signed in, for what is theirs.
    User,
    /// The same; what it names has an owner, and for others is not there.
    Owner,
    /// Whoever has this role or more.
    Role(&'static str),
}
use Access::{Open, Owner, Role, User};

/// What a row names: a chat, a generation and a key of somebody.
struct Names {
    chat: String,
    generation: String,
    key: String,
}

/// Every route outside of the operators', with a good body.
fn rows(names: &Names) -> Vec<(Method, String, Value, Access)> {
    let Names { chat, generation, key } = names;
    let chat_path = format!("/api/chats/{chat}");
    let generation_path = format!("/api/generations/{generation}");
    let run = format!("/api/runs/{generation}");
    let row = |method, path: &str, body, access| (method, path.to_owned(), body, access);
    let (get, post) = (Method::GET, Method::POST);
    let session = json!({"session_id": "s", "user_id": "u", "message": "m"});
    let none = Value::Null;
    vec![
        row(get.clone(), "/api/health", none.clone(), Open),
        row(get.clone(), "/readyz", none.clone(), Open),
        row(post.clone(), "/api/auth/register", json!({}), Open),
        row(post.clone(), "/api/auth/login", json!({}), Open),
        row(post.clone(), "/api/auth/refresh", json!({}), Open),
        row(post.clone(), "/api/auth/logout", json!({}), Open),
        row(post.clone(), "/api/auth/welcome", json!({"token": "x"}), Open),
        row(get.clone(), "/api/auth/options", none.clone(), Open),
        row(post.clone(), "/api/auth/links", json!({}), Open),
        row(post.clone(), "/api/auth/links/redeem", json!({"token": "x"}), Open),
        row(get.clone(), "/api/auth/me", none.clone(), User),
        row(post.clone(), "/api/auth/password", json!({}), User),
        row(get.clone(), "/api/auth/keys", none.clone(), User),
        row(post.clone(), "/api/auth/keys", json!({"name": "x"}), User),
        row(post.clone(), "/api/auth/tickets", json!({"path": "/api/events"}), User),
        row(get.clone(), "/api/models", none.clone(), User),
        row(get.clone(), "/api/chats", none.clone(), User),
        row(post.clone(), "/api/chats", json!({}), User),
        row(get.clone(), "/api/search?q=x", none.clone(), User),
        row(get.clone(), "/api/events", none.clone(), User),
        row(get.clone(), "/api/usage/daily", none.clone(), User),
        row(post.clone(), "/api/users", json!({"name": "x"}), User),
        row(post.clone(), "/api/threads", json!({"user_id": "x"}), User),
        row(post.clone(), "/api/chat", session, User),
        row(get.clone(), "/api/sse?session_id=s&user_id=u", none.clone(), User),
        row(get.clone(), &chat_path, none.clone(), Owner),
        row(Method::PATCH, &chat_path, json!({"title": "mine"}), Owner),
        row(get.clone(), &format!("{chat_path}/export"), none.clone(), Owner),
        row(get.clone(), &format!("{chat_path}/events"), none.clone(), Owner),
        row(get.clone(), &format!("{chat_path}/messages"), none.clone(), Owner),
        row(post.clone(), &format!("{chat_path}/messages"), json!({"content": "x"}), Owner),
        row(post.clone(), &format!("{chat_path}/generations"), json!({"userMessage": "x"}), Owner),
        row(post.clone(), &format!("/api/threads/{chat}/messages"), json!({"content": "x"}), Owner),
        row(get.clone(), &generation_path, none.clone(), Owner),
        row(get.clone(), &format!("{generation_path}/stream"), none.clone(), Owner),
        row(get.clone(), &run, none.clone(), Owner),
        row(get.clone(), &format!("{run}/events"), none.clone(), Owner),
        row(post.clone(), &format!("{run}/cancel"), none.clone(), Owner),
        row(post.clone(), &format!("{generation_path}/regenerate"), json!({}), Owner),
        row(post, &format!("{generation_path}/cancel"), none.clone(), Owner),
        row(Method::DELETE, &format!("/api/auth/keys/{key}"), none.clone(), Owner),
        row(Method::DELETE, &chat_path, none, Owner),
    ]
}

fn all(names: &Names) -> Vec<(Method, String, Value, Access)> {
    let operators = ops::routes();
    let operators = operators.into_iter().map(|(m, path, body, role)| (m, path, body, Role(role)));
    rows(names).into_iter().chain(operators).collect()
}

/// Security case 44.
#[test]
fn every_route_has_a_row() {
    let names = || "{id}".to_owned();
    let all = all(&Names { chat: names(), generation: names(), key: names() });
    let path_of = |path: &str| {
        let path = path.split('?').next().unwrap().replace(ops::NOBODY, "{id}");
        let path = path.replace("/workers/x/", "/workers/{worker}/");
        path.replace("/keys/simulated/x/", "/keys/{provider}/{key}/")
            .replace("/pools/simulated", "/pools/{provider}")
    };
    let rows: Vec<_> = all.iter().map(|(m, path, ..)| (m.clone(), path_of(path))).collect();
    let described: Vec<_> = described().into_iter().map(|(m, path, _)| (m, path)).collect();
    for route in &described {
        assert!(rows.contains(route), "{route:?} has no row");
    }
    for row in &rows {
        assert!(described.contains(row), "{row:?} is no route");
    }
}

/// A token of `user` as the service signs them, but for what `change` does.
fn forged(user: &str, at: Timestamp, typ: &str) -> String {
    let at = at.timestamp();
    let claims = json!({
        "iss": "sluice", "aud": "sluice-api", "sub": user, "role": "admin",
        "iat": at, "nbf": at, "exp": at + 60,
    });
    let header = Header { typ: Some(typ.to_owned()), ..Header::new(Algorithm::HS256) };
    let secret = b"a secret for tests, long enough to sign with";
    encode(&header, &claims, &EncodingKey::from_secret(secret)).unwrap()
}

fn holding(app: &TestApp, token: impl Into<Value>) -> Client {
    let mut client = app.anybody();
    client.session = json!({ "accessToken": token.into() });
    client
}

/// Whoever is nobody, whatever they send.
async fn nobodies(app: &TestApp, owner: &Client) -> Vec<(&'static str, Client)> {
    let disabled = app.user().await;
    let email = disabled.session["user"]["email"].clone();
    let body = json!({"email": email, "disabled": true});
    app.operator().post("/api/ops/users/disabled", body).await.expect(200);
    let hour_ago = now() - Duration::from_hours(1);
    let good = holding(app, forged(owner.id(), now(), "at+jwt"));
    good.get("/api/auth/me").await.expect(200);
    vec![
        ("nobody", app.anybody()),
        ("an expired token", holding(app, forged(owner.id(), hour_ago, "at+jwt"))),
        ("another kind of token", holding(app, forged(owner.id(), now(), "refresh"))),
        ("the token of a link", holding(app, forged(owner.id(), now(), "link+jwt"))),
        ("a refresh token", holding(app, owner.session["refreshToken"].clone())),
        ("a disabled account", disabled),
        ("an unknown key", holding(app, "slk_unknown")),
        ("nonsense", holding(app, "x")),
    ]
}

async fn status(client: &Client, method: &Method, path: &str, body: &Value) -> u16 {
    let request = client.request(method.clone(), path);
    let request = if body.is_null() { request } else { request.json(body) };
    // The head alone: some of these are streams.
    request.send().await.unwrap().status().as_u16()
}

/// It does all else that an admin does. An account that it made, or an admin, would outlive its end.
///
/// Security cases 30–37.
#[tokio::test]
async fn a_key_of_an_admin_changes_no_account() {
    testing(async |app| {
        let program = ops::somebody(app, "admin").await.program().await;
        for (method, path, body, _) in ops::routes() {
            let status = status(&program, &method, &path, &body).await;
            let changes_accounts = path.starts_with("/api/ops/users");
            assert_eq!(status == 403, changes_accounts, "{method} {path}: {status}");
            assert!(![401, 500, 503].contains(&status), "{method} {path}: {status}");
        }
        let body = json!({ "email": "new@example.org", "role": "admin" });
        program.post("/api/ops/users", body).await.problem(403, "not_for_keys");
    })
    .await;
}

/// Security cases 4, 8, 30–37.
#[tokio::test]
async fn everybody_gets_what_the_matrix_says() {
    testing(async |app| {
        let owner = app.user().await;
        let (stranger, visitor) = (app.user().await, app.user().await);
        let chat = owner.chat().await;
        let body = json!({ "userMessage": "private" });
        let generation = owner.ask(&chat, body).await.expect(202).get("generationId");
        app.worker().await.answer(&["done"]).await;
        owner.watch(&generation, 0).await;
        let key = owner.post("/api/auth/keys", json!({"name": "x"})).await.expect(201).get("id");
        let rows = all(&Names { chat: chat.clone(), generation, key });
        for (who, client) in nobodies(app, &owner).await {
            for (method, path, body, access) in &rows {
                let status = status(&client, method, path, body).await;
                let is_open = *access == Open;
                assert_eq!(status == 401 && !is_open, !is_open, "{who}: {method} {path}: {status}");
            }
        }
        for (method, path, body, access) in &rows {
            // A visitor does what everybody may, and has a question under way after it.
            let who = if *access == User { &visitor } else { &stranger };
            let status = status(who, method, path, body).await;
            let place = format!("a stranger: {method} {path}: {status}");
            match access {
                Open => assert_ne!(status, 403, "{place}"),
                User => assert!(![401, 403].contains(&status), "{place}"),
                Owner => assert_eq!(status, 404, "{place}"),
                Role(_) => assert_eq!(status, 403, "{place}"),
            }
        }
        // Nothing of it changed anything.
        assert_eq!(owner.messages(&chat).await.len(), 2);
        for (method, path, body, _) in rows.iter().filter(|(.., access)| *access == Owner) {
            let status = status(&owner, method, path, body).await;
            assert!((200..300).contains(&status) || status == 409, "{method} {path}: {status}");
        }
        // What was asked for on the way went with its chat; the stranger's own is still there.
        let mut worker = app.worker().await;
        for _ in 0..2 {
            worker.delivery().await.0.ack().await.unwrap();
        }
    })
    .await;
}
