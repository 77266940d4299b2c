//! Accounts after they were made: passwords, shut-outs, API keys, tickets, and what is noted of it.

use argon2::{Algorithm, Argon2, Params, PasswordHash, PasswordHasher, Version};
use domain::account::Guests;
use futures_util::future::join_all;
use ports::store::{Accounts, NewAccount};
use reqwest::Method;
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use testkit::sample;

use crate::{
    harness::{Client, TestApp, now, testing, testing_with},
    letters,
};

const NEW: &str = "battery staple";

async fn sign_in(app: &TestApp, email: &str, password: &str) -> u16 {
    let body = json!({ "email": email, "password": password });
    app.anybody().post("/api/auth/login", body).await.status
}

fn email(user: &Client) -> String {
    user.session["user"]["email"].as_str().unwrap().to_owned()
}

/// A program with a key of `user`.
async fn program(app: &TestApp, user: &Client, body: Value) -> (Client, String) {
    let made = user.post("/api/auth/keys", body).await.expect(201);
    let mut program = app.anybody();
    program.session = json!({ "accessToken": made.get("key") });
    (program, made.get("id"))
}

#[tokio::test]
async fn another_password_ends_every_sign_in() {
    testing(async |app| {
        let user = app.user().await;
        let email = email(&user);
        let body = |current: &str| json!({"currentPassword": current, "newPassword": NEW});
        user.post("/api/auth/password", body("a wrong one"))
            .await
            .problem(401, "wrong_credentials");
        user.post("/api/auth/password", json!({ "newPassword": NEW }))
            .await
            .problem(401, "wrong_credentials");
        let short = json!({"currentPassword": "correct horse", "newPassword": "short"});
        user.post("/api/auth/password", short).await.fault("/newPassword");
        let changed = user.post("/api/auth/password", body("correct horse")).await.expect(200);
        assert_eq!(
            (sign_in(app, &email, "correct horse").await, sign_in(app, &email, NEW).await),
            (401, 200)
        );
        for (session, status) in [(&user.session, 401), (&changed.body, 200)] {
            let token = json!({ "refreshToken": session["refreshToken"] });
            app.anybody().post("/api/auth/refresh", token).await.expect(status);
        }
    })
    .await;
}

/// A hash of `correct horse` that costs next to nothing.
fn weak_hash() -> String {
    let params = Params::new(64, 1, 1, None).unwrap();
    let hasher = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    let hash: PasswordHash = hasher.hash_password(b"correct horse").unwrap();
    hash.to_string()
}

/// Whoever signs in has the password hashed anew. Nothing else notices: not another sign-in at the same time, nor one
/// of before, nor a link that was mailed.
///
/// Security case 25.
#[tokio::test]
async fn a_password_that_is_kept_by_a_weak_hash_is_hashed_anew_by_who_signs_in() {
    testing_with(letters::with_letters, async |app| {
        let user = sample::user(now());
        let email = user.email.to_string();
        let kept = async || {
            let account = app.store.by_id(user.id).await.unwrap().unwrap();
            account.password_hash.unwrap().expose_secret().to_owned()
        };
        let weak = weak_hash();
        let new = NewAccount { user: user.clone(), password_hash: Some(weak.clone().into()) };
        app.store.create(new).await.unwrap();
        assert_eq!(sign_in(app, &email, "correct house").await, 401);
        assert_eq!(kept().await, weak);
        let link = letters::link(app, &email).await;
        let sign_ins = join_all((0..8).map(|_| {
            let body = json!({ "email": email, "password": "correct horse" });
            let somebody = app.anybody();
            async move { somebody.post("/api/auth/login", body).await.expect(200).body }
        }))
        .await;
        let hash = kept().await;
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
        assert_eq!(sign_in(app, &email, "correct horse").await, 200);
        assert_eq!(kept().await, hash, "once");
        for session in sign_ins {
            let token = json!({ "refreshToken": session["refreshToken"] });
            app.anybody().post("/api/auth/refresh", token).await.expect(200);
        }
        letters::redeem(app, &link, NEW).await.expect(200);
        letters::redeem(app, &link, NEW).await.problem(401, "link_refused");
    })
    .await;
}

/// Security case 12.
#[tokio::test]
async fn somebody_shut_out_is_out_at_once() {
    testing(async |app| {
        let user = app.user().await;
        let email = email(&user);
        let (program, _) = program(app, &user, json!({"name": "script"})).await;
        let set = async |disabled: bool| {
            let body = json!({"email": email, "disabled": disabled});
            app.operator().post("/api/ops/users/disabled", body).await.expect(200).body
        };
        assert_eq!(set(true).await["disabled"], true);
        for somebody in [&user, &program] {
            somebody.get("/api/chats").await.problem(401, "unauthenticated");
        }
        assert_eq!(sign_in(app, &email, "correct horse").await, 401);
        let token = json!({ "refreshToken": user.session["refreshToken"] });
        app.anybody().post("/api/auth/refresh", token.clone()).await.expect(401);
        assert_eq!(set(false).await["disabled"], false);
        // Let in again, one signs in anew; keys were not ended.
        user.get("/api/chats").await.problem(401, "unauthenticated");
        program.get("/api/chats").await.expect(200);
        app.anybody().post("/api/auth/refresh", token).await.expect(401);
        assert_eq!(sign_in(app, &email, "correct horse").await, 200);
        let nobody = json!({"email": "nobody@example.org", "disabled": true});
        app.operator().post("/api/ops/users/disabled", nobody).await.problem(404, "not_found");
    })
    .await;
}

#[tokio::test]
async fn a_program_speaks_for_its_user_as_long_as_its_key_is_good() {
    testing(async |app| {
        let (user, stranger) = (app.user().await, app.user().await);
        let (program, id) = program(app, &user, json!({"name": " my script ", "days": 30})).await;
        let chat = program.chat().await;
        let body = json!({ "userMessage": "hello" });
        let generation = program.ask(&chat, body).await.expect(202).get("generationId");
        app.worker().await.answer(&["hi"]).await;
        assert_eq!(program.watch(&generation, 0).await.len(), 4);
        user.get(&format!("/api/chats/{chat}")).await.expect(200);
        stranger.get(&format!("/api/chats/{chat}")).await.expect(404);

        let listed = user.get("/api/auth/keys").await.expect(200).body;
        let key = &listed["items"][0];
        assert_eq!((&key["id"], &key["name"]), (&json!(id), &json!("my script")));
        assert!(key["expiresAt"].is_string() && key["usedAt"].is_string(), "{key}");
        assert!(key.get("key").is_none(), "it is shown once");
        let secret = program.session["accessToken"].as_str().unwrap();
        assert!(secret.starts_with("slk_") && secret.starts_with(key["prefix"].as_str().unwrap()));

        // It cannot make others, nor change the account.
        for (method, path, body) in [
            (Method::POST, "/api/auth/keys".to_owned(), json!({"name": "another"})),
            (Method::GET, "/api/auth/keys".to_owned(), Value::Null),
            (Method::DELETE, format!("/api/auth/keys/{id}"), Value::Null),
            (Method::POST, "/api/auth/password".to_owned(), json!({ "newPassword": NEW })),
        ] {
            let request = program.request(method, &path).json(&body);
            program.send(request).await.problem(403, "not_for_keys");
        }
        let path = format!("/api/auth/keys/{id}");
        stranger.delete(&path).await.problem(404, "not_found");
        user.delete(&path).await.expect(204);
        program.get("/api/chats").await.problem(401, "unauthenticated");
        user.delete(&path).await.problem(404, "not_found");
    })
    .await;
}

/// Security case 105.
#[tokio::test]
async fn tokens_cannot_be_refreshed_without_end_from_one_address() {
    testing_with(
        |config| config.tries_per_minute = 1.try_into().unwrap(),
        async |app| {
            let (mut user, somebody) = (app.anybody(), app.anybody());
            user.register("me@example.org", "a good long password").await;
            let mine = json!({ "refreshToken": user.session["refreshToken"] });
            let refreshed = user.post("/api/auth/refresh", mine).await.expect(200);
            assert_eq!(refreshed.headers["ratelimit-policy"], "\"refreshes\";q=10;w=60");
            let guess = json!({ "refreshToken": "x".repeat(43) });
            let (mut guesses, mut answer) =
                (0, somebody.post("/api/auth/refresh", guess.clone()).await);
            while answer.status == 401 {
                guesses += 1;
                answer = somebody.post("/api/auth/refresh", guess.clone()).await;
            }
            answer.problem(429, "rate_limited");
            assert!(guesses >= 99, "{guesses}");
        },
    )
    .await;
}

/// From however many addresses; and other sign-ins are refreshed as before.
///
/// Security case 106.
#[tokio::test]
async fn a_sign_in_cannot_be_refreshed_without_end() {
    let few = |config: &mut api::Config| {
        config.tries_per_minute = 1.try_into().unwrap();
        config.trust_forwarded = true;
    };
    testing_with(few, async |app| {
        app.clock.stop();
        let [mut one, mut other] = [app.anybody(), app.anybody()];
        one.register("one@example.org", "a good long password").await;
        let refresh = async |token: &Value, from: usize| {
            let request = app.anybody().request(Method::POST, "/api/auth/refresh");
            let request = request.header("x-forwarded-for", format!("192.0.2.{from}"));
            app.anybody().send(request.json(&json!({ "refreshToken": token }))).await
        };
        let mut token = one.session["refreshToken"].clone();
        for n in 0..10 {
            token = refresh(&token, n).await.expect(200).body["refreshToken"].clone();
        }
        refresh(&token, 10).await.problem(429, "rate_limited");
        app.clock.turn(std::time::Duration::from_mins(1));
        other.register("other@example.org", "a good long password").await;
        refresh(&other.session["refreshToken"], 10).await.expect(200);
        refresh(&token, 10).await.expect(200);
    })
    .await;
}

#[tokio::test]
async fn a_key_that_may_only_read_changes_nothing() {
    testing(async |app| {
        let user = app.user().await;
        let chat = user.chat().await;
        let (program, _) = program(app, &user, json!({"name": "reader", "readOnly": true})).await;
        program.get(&format!("/api/chats/{chat}")).await.expect(200);
        program.post("/api/chats", json!({})).await.problem(403, "read_only_key");
        program.delete(&format!("/api/chats/{chat}")).await.problem(403, "read_only_key");
        // A session is read as it is, and not made by looking for it.
        let session = "/api/sse?session_id=new&user_id=x";
        program.get(session).await.problem(404, "not_found");
        let chats = async || user.get("/api/chats").await.body["items"].as_array().unwrap().len();
        assert_eq!(chats().await, 1);
        assert_eq!(user.open(session, None).await.status(), 200);
        assert_eq!((program.open(session, None).await.status(), chats().await), (200, 2));
    })
    .await;
}

/// Security case 45.
#[tokio::test]
async fn keys_are_checked_and_counted() {
    testing(async |app| {
        let user = app.user().await;
        for (body, pointer) in [
            (json!({"name": " "}), "/name"),
            (json!({"name": "x".repeat(101)}), "/name"),
            (json!({"name": "x", "days": 0}), "/days"),
            (json!({"name": "x", "days": 3651}), "/days"),
            (json!({"name": "x", "readOnly": 1}), "/readOnly"),
            (json!({"name": "x", "role": "admin"}), "/role"),
        ] {
            user.post("/api/auth/keys", body).await.fault(pointer);
        }
        for _ in 0..50 {
            user.post("/api/auth/keys", json!({"name": "x"})).await.expect(201);
        }
        user.post("/api/auth/keys", json!({"name": "x"})).await.problem(409, "too_many_keys");
        for garbage in ["slk_", "slk_unknown", &format!("slk_{}", "x".repeat(1000))] {
            let mut program = app.anybody();
            program.session = json!({ "accessToken": garbage });
            program.get("/api/chats").await.problem(401, "unauthenticated");
        }
    })
    .await;
}

/// Security cases 41, 69.
#[tokio::test]
async fn a_ticket_opens_one_stream_once() {
    testing(async |app| {
        let (user, anybody) = (app.user().await, app.anybody());
        let [id, other] = [user.generation().await, app.user().await.generation().await];
        let mut worker = app.worker().await;
        worker.answer(&["a"]).await;
        worker.answer(&["b"]).await;
        user.watch(&id, 0).await;
        let path = format!("/api/generations/{id}/stream");
        let ticket = async |path: &str| {
            user.post("/api/auth/tickets", json!({ "path": path })).await.expect(201)
        };
        let given = ticket(&path).await;
        assert_eq!(given.body["expiresIn"], 60);
        let opened = format!("{path}?ticket={}", given.get("ticket"));
        assert_eq!(anybody.open(&opened, None).await.events().await.len(), 4);
        anybody.get(&opened).await.problem(401, "unauthenticated");

        let stream = |id: &str| format!("/api/generations/{id}/stream");
        let foreign = ticket(&stream(&other)).await.get("ticket");
        anybody
            .get(&format!("{}?ticket={foreign}", stream(&other)))
            .await
            .problem(404, "not_found");
        let another = ticket(&path).await.get("ticket");
        for elsewhere in [stream(&other), format!("/api/generations/{id}"), "/api/events".into()] {
            anybody.get(&format!("{elsewhere}?ticket={another}")).await.expect(401);
        }
        let access = user.session["accessToken"].as_str().unwrap();
        anybody.get(&format!("{path}?ticket={access}")).await.expect(401);
        anybody.get(&format!("{path}?ticket=")).await.expect(401);
        anybody.get(&path).await.expect(401);
        for path in ["/api/chats", "", "/api/generations/x", "https://evil.example/api/events"] {
            user.post("/api/auth/tickets", json!({ "path": path })).await.fault("/path");
        }
    })
    .await;
}

/// Each process by itself would take it for good once.
///
/// Security cases 41, 96.
#[tokio::test]
async fn without_a_live_side_that_all_share_no_ticket_is_good() {
    testing(async |app| {
        let (user, anybody) = (app.user().await, app.anybody());
        let path = "/api/events";
        let given = user.post("/api/auth/tickets", json!({ "path": path })).await.expect(201);
        let opened = format!("{path}?ticket={}", given.get("ticket"));
        app.seats_switch.take_down();
        anybody.get(&opened).await.problem(503, "unavailable");
        app.seats_switch.bring_up();
        drop(anybody.open(&opened, None).await);
        anybody.get(&opened).await.problem(401, "unauthenticated");
    })
    .await;
}

/// Where guests are allowed as where they are not.
///
/// Security cases 41, 69.
#[tokio::test]
async fn a_ticket_opens_streams_of_the_other_vocabularies() {
    for guests in [Guests::Anybody, Guests::Nobody] {
        testing_with(
            |config| config.guests = guests,
            async |app| {
                let (user, anybody) = (app.user().await, app.anybody());
                let body = json!({"session_id": "s 1", "user_id": "ann", "message": "hello"});
                let run = user.post("/api/chat", body).await.expect(202).get("generation_id");
                app.worker().await.answer(&["a"]).await;
                user.watch(&run, 0).await;
                let run = format!("/api/runs/{run}/events");
                let session = "/api/sse?session_id=s%201&user_id=ann".to_owned();
                let ticket = async |path: &str| {
                    let given = user.post("/api/auth/tickets", json!({ "path": path })).await;
                    given.expect(201).get("ticket")
                };
                let given = ticket(&run).await;
                let opened = format!("{run}?ticket={given}");
                assert_eq!(anybody.open(&opened, None).await.events().await.len(), 4);
                anybody.get(&opened).await.problem(401, "unauthenticated");
                anybody.get(&format!("{run}?ticket=")).await.problem(401, "unauthenticated");

                let given = ticket(&session).await;
                for elsewhere in [
                    "/api/sse?session_id=s%202&user_id=ann",
                    "/api/sse?session_id=s%201&user_id=bob",
                    "/api/events?",
                ] {
                    let path = format!("{elsewhere}&ticket={given}");
                    anybody.get(&path).await.problem(401, "unauthenticated");
                }
                let opened = format!("/api/sse?ticket={given}&user_id=ann&session_id=s+1");
                let mut page = anybody.open(&opened, None).await;
                assert_eq!(page.status(), 200);
                anybody.get(&opened).await.problem(401, "unauthenticated");
                let body = json!({"session_id": "s 1", "user_id": "ann", "message": "again"});
                user.post("/api/chat", body).await.expect(202);
                app.worker().await.answer(&["of the account"]).await;
                assert_eq!(page.placed().await.unwrap().1["chunk"], "of the account");
                for path in ["/api/sse", "/api/sse?user_id=u", "/api/events?session_id=s&user_id=u"]
                {
                    user.post("/api/auth/tickets", json!({ "path": path })).await.fault("/path");
                }
            },
        )
        .await;
    }
}

/// Security case 21.
#[tokio::test]
async fn passwords_cannot_be_tried_on_many_accounts_from_one_address() {
    testing_with(
        |config| {
            config.tries_per_minute = 2.try_into().unwrap();
            config.trust_forwarded = true;
        },
        async |app| {
            let anybody = app.anybody();
            let sign_in = async |number: usize, from: &str| {
                let email = format!("{number}@example.org");
                let body = json!({"email": email, "password": "a wrong password"});
                let request = anybody.request(Method::POST, "/api/auth/login").json(&body);
                anybody.send(request.header("x-forwarded-for", from)).await.status
            };
            let tries: Vec<_> =
                futures_util::future::join_all((0..21).map(|number| sign_in(number, "192.0.2.1")))
                    .await;
            assert_eq!(tries.iter().filter(|status| **status == 401).count(), 20, "{tries:?}");
            assert_eq!(tries.iter().filter(|status| **status == 429).count(), 1, "{tries:?}");
            // What a caller writes before our proxy's word does not help it.
            assert_eq!(sign_in(98, "6.6.6.6, 192.0.2.1").await, 429);
            assert_eq!(sign_in(99, "192.0.2.2").await, 401);
        },
    )
    .await;
}

/// Security case 91.
#[tokio::test]
async fn what_people_do_is_noted() {
    testing(async |app| {
        let mut user = app.user().await;
        let email = email(&user);
        assert_eq!(sign_in(app, &email, "correct horse").await, 200);
        let old = user.session["refreshToken"].clone();
        user.session =
            user.post("/api/auth/refresh", json!({ "refreshToken": old })).await.expect(200).body;
        let chat = user.chat().await;
        let body = json!({ "userMessage": "hello" });
        let generation = user.ask(&chat, body).await.expect(202).get("generationId");
        let path = format!("/api/generations/{generation}/cancel");
        user.post(&path, json!({})).await.expect(202);
        app.worker().await.delivery().await.0.ack().await.unwrap();
        user.delete(&format!("/api/chats/{chat}")).await.expect(204);
        let (_, key) = program(app, &user, json!({"name": "x"})).await;
        user.delete(&format!("/api/auth/keys/{key}")).await.expect(204);
        let token = json!({ "refreshToken": user.session["refreshToken"] });
        user.post("/api/auth/logout", token).await.expect(204);
        let id = user.id().to_owned();
        let expected = [
            ("user.registered", &id),
            ("user.signed_in", &id),
            ("user.refreshed", &id),
            ("chat.created", &chat),
            ("generation.created", &generation),
            ("chat.deleted", &chat),
            ("api_key.created", &key),
            ("api_key.revoked", &key),
            ("user.signed_out", &id),
        ];
        let noted = app.noted().await;
        let own: Vec<_> = noted.iter().filter(|entry| entry.0.as_deref() == Some(&*id)).collect();
        let own: Vec<_> =
            own.iter().map(|(_, action, subject)| (action.as_str(), subject)).collect();
        assert_eq!(own, expected);
        app.books.have(0, 1).await;
        assert_eq!(app.books.audit[0].action, "generation.canceled");
        assert_eq!(app.books.audit[0].subject, generation);
    })
    .await;
}
