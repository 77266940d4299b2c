//! The other vocabularies, each example flow as it is written.

use domain::account::Guests;
use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::{Client, TestApp, testing, testing_with};

async fn with_guests(test: impl AsyncFnOnce(&mut TestApp)) {
    testing_with(|config| config.guests = Guests::OnThisMachine, test).await;
}

async fn thread(somebody: &Client) -> (String, String) {
    let user = somebody.post("/api/users", json!({"name": "Ann"})).await.expect(201);
    assert_eq!(user.body["name"], "Ann");
    let user = user.get("user_id");
    let thread = somebody.post("/api/threads", json!({ "user_id": user })).await.expect(201);
    assert_eq!(thread.body["user_id"], *user);
    (user, thread.get("thread_id"))
}

async fn run(somebody: &Client, thread: &str, content: &str) -> String {
    let path = format!("/api/threads/{thread}/messages");
    let begun = somebody.post(&path, json!({ "content": content })).await.expect(202);
    let run = begun.get("run_id");
    assert_eq!(begun.headers["location"], format!("/api/runs/{run}").as_str());
    assert!(!begun.get("message_id").is_empty());
    run
}

#[tokio::test]
async fn a_thread_has_a_title_without_blanks_around_it() {
    testing(async |app| {
        let user = app.user().await;
        let (blank, long) = (" ".repeat(100_000), "x".repeat(201));
        let make = async |title: &str| {
            user.post("/api/threads", json!({"user_id": user.id(), "title": title})).await
        };
        for (title, kept) in [(blank.clone(), ""), (format!("{blank}Plans{blank}"), "Plans")] {
            let thread = make(&title).await.expect(201);
            assert_eq!(thread.body["title"], kept);
            let chat = user.get(&format!("/api/chats/{}", thread.get("thread_id"))).await;
            assert_eq!(chat.expect(200).body["title"], kept);
        }
        make(&long).await.fault("/title");
    })
    .await;
}

#[tokio::test]
async fn users_threads_messages_runs_events_cancel() {
    with_guests(async |app| {
        let somebody = app.anybody();
        let (_, thread) = thread(&somebody).await;
        let first = run(&somebody, &thread, "Count to twenty.").await;
        let mut holding = app.worker().await.start().await;
        let words: Vec<String> = (1..=20).map(|n| format!("{n} ")).collect();
        for word in &words {
            holding.say(word).await;
        }
        let path = format!("/api/runs/{first}/events");
        let mut viewer = somebody.open(&path, None).await;
        for seq in 1..=10 {
            assert_eq!(viewer.event().await.unwrap().0, seq);
        }
        drop(viewer);
        // Last-Event-ID: 10
        let mut viewer = somebody.open(&path, Some("10")).await;
        let (seq, event) = viewer.event().await.unwrap();
        assert_eq!((seq, &event["delta"]), (11, &json!("10 ")));
        // The worker's report of the start takes a way of its own.
        let shown = app.eventually(async || {
            let shown = somebody.get(&format!("/api/runs/{first}")).await.expect(200).body;
            (shown["status"] == "streaming").then_some(shown)
        });
        assert_eq!(shown.await["thread_id"], *thread);
        let canceled = somebody.post(&format!("/api/runs/{first}/cancel"), Value::Null).await;
        assert_eq!(canceled.expect(202).body["run_id"], *first);
        holding.end(domain::attempt::Outcome::Canceled).await;
        let rest = viewer.events().await;
        assert_eq!(rest.last().unwrap().1["status"], "canceled");
        let over = somebody.open(&path, Some("9999")).await;
        assert_eq!(over.status(), 204);
        // And the conversation goes on.
        let second = run(&somebody, &thread, "Again.").await;
        app.worker().await.answer(&["No."]).await;
        let whole = somebody.open(&format!("/api/runs/{second}/events"), None).await.events().await;
        assert_eq!(whole.last().unwrap().1["status"], "succeeded");
    })
    .await;
}

#[tokio::test]
async fn one_stream_per_session_and_several_tabs_at_once() {
    with_guests(async |app| {
        let somebody = app.anybody();
        let path = "/api/sse?session_id=s-1&user_id=ann";
        // The page connects before anything was said.
        let mut tabs = [somebody.open(path, None).await, somebody.open(path, None).await];
        let mut other = somebody.open("/api/sse?session_id=s-2&user_id=ann", None).await;
        let mut worker = app.worker().await;
        let mut last = String::new();
        for text in ["Hi!", "Bye!"] {
            let body = json!({"session_id": "s-1", "user_id": "ann", "message": text});
            let accepted = somebody.post("/api/chat", body).await.expect(202);
            assert_eq!(accepted.body["session_id"], "s-1");
            let id = accepted.get("generation_id");
            worker.answer(&[text, "…"]).await;
            for tab in &mut tabs {
                let mut pieces = Vec::new();
                while pieces.last().is_none_or(|piece: &Value| piece["is_final"] == false) {
                    let (place, piece) = tab.placed().await.unwrap();
                    assert_eq!(piece["generation_id"], *id);
                    last = place;
                    pieces.push(piece);
                }
                let said: String =
                    pieces.iter().map(|piece| piece["chunk"].as_str().unwrap()).collect();
                assert_eq!(said, format!("{text}…"));
                let numbers: Vec<u64> =
                    pieces.iter().map(|piece| piece["chunk_id"].as_u64().unwrap()).collect();
                assert!(numbers.is_sorted(), "{numbers:?}");
            }
        }
        let body = json!({"session_id": "s-2", "user_id": "ann", "message": "elsewhere"});
        let id = somebody.post("/api/chat", body).await.expect(202).get("generation_id");
        worker.answer(&["there"]).await;
        assert_eq!(other.placed().await.unwrap().1["generation_id"], *id);
        // A tab that comes back is told what it missed.
        let mut back = somebody.open(path, Some(&last)).await;
        let body = json!({"session_id": "s-1", "user_id": "ann", "message": "more"});
        app.eventually(async || {
            let answer = somebody.post("/api/chat", body.clone()).await;
            (answer.status == 202).then_some(())
        })
        .await;
        worker.answer(&["more"]).await;
        assert_eq!(back.placed().await.unwrap().1["chunk"], "more");
    })
    .await;
}

#[tokio::test]
async fn messages_with_content_and_role() {
    testing(async |app| {
        let user = app.user().await;
        let chat = user.chat().await;
        let path = format!("/api/chats/{chat}/messages");
        let begun = user.post(&path, json!({"content": "Hello", "role": "user"})).await.expect(202);
        app.worker().await.answer(&["Hi."]).await;
        user.watch(&begun.get("generationId"), 0).await;
        user.post(&path, json!({"content": "Earlier", "role": "assistant"})).await.expect(201);
        let roles: Vec<_> =
            user.messages(&chat).await.iter().map(|message| message["role"].clone()).collect();
        assert_eq!(roles, ["assistant", "assistant", "user"]);
        user.post(&path, json!({"content": "x", "role": "root"})).await.fault("/role");
        let both = json!({"content": "x", "role": "assistant", "generate": true});
        user.post(&path, both).await.fault("/generate");
    })
    .await;
}

#[tokio::test]
async fn guests_reach_guests_only_and_users_themselves() {
    with_guests(async |app| {
        let (somebody, user) = (app.anybody(), app.user().await);
        let chat = user.chat().await;
        let id = user.ask(&chat, json!({"userMessage": "private"})).await.expect(202);
        let id = id.get("generationId");
        let (guest, thread) = thread(&somebody).await;
        let own = run(&somebody, &thread, "mine").await;
        let mut routes = Vec::new();
        for (run, thread, owner) in [(&id, &chat, user.id()), (&own, &thread, guest.as_str())] {
            routes.push([
                (Method::GET, format!("/api/runs/{run}"), Value::Null),
                (Method::GET, format!("/api/runs/{run}/events"), Value::Null),
                (Method::POST, format!("/api/runs/{run}/cancel"), Value::Null),
                (Method::POST, format!("/api/threads/{thread}/messages"), json!({"content": "x"})),
                (Method::POST, "/api/threads".to_owned(), json!({ "user_id": owner })),
            ]);
        }
        let [users, guests] = <[_; 2]>::try_from(routes).unwrap();
        for (who, routes) in [(&somebody, users), (&user, guests)] {
            for (method, path, body) in routes {
                let request = who.request(method, &path).json(&body);
                who.send(request).await.problem(404, "not_found");
            }
        }
        // A session of somebody with an account is not there for others, whatever name they use.
        let body = json!({"session_id": "s", "user_id": user.id(), "message": "x"});
        somebody.post("/api/chat", body).await.problem(404, "not_found");
        let mut worker = app.worker().await;
        worker.answer(&["a"]).await;
        worker.answer(&["b"]).await;
        user.watch(&id, 0).await;
        // A program with an account keeps the sessions of its people apart.
        for name in ["ann", "bob"] {
            let body = json!({"session_id": "s", "user_id": name, "message": name});
            let id = user.post("/api/chat", body).await.expect(202).get("generation_id");
            worker.answer(&[name]).await;
            user.watch(&id, 0).await;
        }
        let chats = user.get("/api/chats").await.expect(200).body;
        assert_eq!(chats["items"].as_array().unwrap().len(), 3);
    })
    .await;
}

/// Security case 91.
#[tokio::test]
async fn what_is_made_in_other_words_is_noted_as_well() {
    with_guests(async |app| {
        let (somebody, user) = (app.anybody(), app.user().await);
        let (guest, thread) = thread(&somebody).await;
        let mut sessions = Vec::new();
        for who in [&somebody, &user] {
            let said = json!({"session_id": "s", "user_id": "ann", "message": "hello"});
            for _ in 0..2 {
                // The second one is refused, as one is under way, and makes nothing.
                who.post("/api/chat", said.clone()).await;
            }
            let shown = async |id: &str| who.get(&format!("/api/runs/{id}")).await.expect(200);
            let holding = app.worker().await.start().await;
            let generation = holding.job.generation_id.to_string();
            let chat = shown(&generation).await.get("thread_id");
            sessions.push((holding.job.user_id.to_string(), chat, generation));
            holding.succeed().await;
        }
        let chat = user.chat().await;
        let messages = format!("/api/chats/{chat}/messages");
        let stored = json!({"content": "x", "generate": false});
        let message = user.post(&messages, stored.clone()).await.expect(201).get("id");
        let elsewhere = format!("/api/chats/{thread}/messages");
        user.post(&elsewhere, stored).await.problem(404, "not_found");
        let id = user.id().to_owned();
        let [(ann, session, first), (_, own, second)] = <[_; 2]>::try_from(sessions).unwrap();
        let expected = [
            (&id, "user.registered", &id),
            (&guest, "guest.created", &guest),
            (&guest, "chat.created", &thread),
            (&ann, "guest.created", &ann),
            (&ann, "chat.created", &session),
            (&ann, "generation.created", &first),
            (&id, "chat.created", &own),
            (&id, "generation.created", &second),
            (&id, "chat.created", &chat),
            (&id, "message.created", &message),
        ];
        let noted = app.noted().await;
        let noted: Vec<_> = noted
            .iter()
            .map(|(who, what, to)| (who.as_ref().unwrap(), what.as_str(), to))
            .collect();
        assert_eq!(noted, expected);
    })
    .await;
}

/// Security case 104.
#[tokio::test]
async fn a_page_whose_name_leads_here_is_no_guest() {
    for (guests, status) in [(Guests::OnThisMachine, 401), (Guests::Anybody, 201)] {
        testing_with(
            |config| config.guests = guests,
            async |app| {
                let somebody = app.anybody();
                let create = somebody.request(Method::POST, "/api/users");
                let create = create.json(&json!({"name": "Ann"})).header("host", "rebound.example");
                somebody.send(create).await.expect(status);
                let said = json!({"session_id": "s", "user_id": "ann", "message": "hello"});
                let said = somebody.request(Method::POST, "/api/chat").json(&said);
                let stream = somebody.request(Method::GET, "/api/runs/1");
                for request in [said, stream].map(|it| it.header("host", "rebound.example:8080")) {
                    let is_let_in = somebody.send(request).await.status != 401;
                    assert_eq!(is_let_in, guests == Guests::Anybody);
                }
                // By its own names it is the service of whoever uses this machine.
                for name in ["localhost", "127.0.0.1"] {
                    let create = somebody.request(Method::POST, "/api/users");
                    let create = create.json(&json!({"name": "Ann"})).header("host", name);
                    somebody.send(create).await.expect(201);
                }
                // Whoever shows who they are may call it as they like.
                let user = app.user().await;
                let create = user.request(Method::POST, "/api/users").json(&json!({"name": "me"}));
                user.send(create.header("host", "rebound.example")).await.expect(201);
                if guests == Guests::Anybody {
                    app.worker().await.answer(&["x"]).await;
                }
            },
        )
        .await;
    }
}

#[tokio::test]
async fn without_guests_an_account_is_needed() {
    testing(async |app| {
        let (somebody, user) = (app.anybody(), app.user().await);
        for (method, path, body) in [
            (Method::POST, "/api/users", json!({"name": "Ann"})),
            (Method::POST, "/api/threads", json!({"user_id": user.id()})),
            (Method::GET, "/api/runs/1", Value::Null),
            (Method::POST, "/api/chat", json!({"session_id": "s", "user_id": "u", "message": "m"})),
            (Method::GET, "/api/sse?session_id=s&user_id=u", Value::Null),
        ] {
            let request = somebody.request(method, path).json(&body);
            somebody.send(request).await.problem(401, "unauthenticated");
        }
        let own = user.post("/api/users", json!({"name": "me"})).await.expect(201);
        assert_eq!(own.body["user_id"], user.id());
    })
    .await;
}

#[tokio::test]
async fn bad_words_are_pointed_at_and_guests_are_not_made_without_end() {
    testing_with(
        |config| {
            config.guests = Guests::OnThisMachine;
            config.tries_per_minute = 2.try_into().unwrap();
        },
        async |app| {
            let somebody = app.anybody();
            let long = "x".repeat(201);
            for (body, pointer) in [
                (json!({"session_id": "", "user_id": "u", "message": "m"}), "/session_id"),
                (json!({"session_id": "s", "user_id": long, "message": "m"}), "/user_id"),
                (json!({"session_id": "s", "user_id": "u", "message": " "}), "/message"),
                (json!({"session_id": "s", "user_id": "u", "message": "m", "x": 1}), "/x"),
            ] {
                somebody.post("/api/chat", body).await.fault(pointer);
            }
            let long = json!({ "name": long });
            somebody.post("/api/users", long).await.fault("/name");
            let bad = somebody.get("/api/sse?session_id=&user_id=u").await;
            bad.fault("/session_id");
            somebody.get("/api/sse?user_id=u").await.problem(422, "invalid_request");
            for status in [201, 201, 429] {
                somebody.post("/api/users", json!({"name": "Ann"})).await.expect(status);
            }
        },
    )
    .await;
}
