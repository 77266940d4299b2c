//! What operators see and do.

use std::{collections::BTreeMap, sync::Arc};

use chrono::{DateTime, TimeDelta, Utc};
use domain::{
    key::KeyId,
    pool::{PoolWish, WorkerStatus},
};
use ports::live::{Controls, KeyPool, KeySpec, KeyState, Lending};
use reqwest::Method;
use serde_json::{Value, json};
use testkit::sample;

use crate::harness::{Client, TestApp, now, testing};

pub const NOBODY: &str = "0193a1b2-0000-7000-8000-000000000000";

/// Every route, with a good body and the least role it needs.
pub fn routes() -> Vec<(Method, String, Value, &'static str)> {
    let all = json!({ "all": true });
    let role = json!({ "email": "nobody@example.org", "role": "viewer" });
    let disabled = json!({ "email": "nobody@example.org", "disabled": true });
    let nobody = json!({ "email": "nobody@example.org" });
    let generation = |verb: &str| format!("/api/ops/generations/{NOBODY}{verb}");
    vec![
        (Method::GET, "/api/ops/keys".into(), Value::Null, "viewer"),
        (Method::GET, "/api/ops/queues".into(), Value::Null, "viewer"),
        (Method::GET, "/api/ops/dead-letters".into(), Value::Null, "viewer"),
        (Method::GET, format!("/api/ops/dead-letters/{NOBODY}"), Value::Null, "viewer"),
        (Method::GET, "/api/ops/generations".into(), Value::Null, "viewer"),
        (Method::GET, generation(""), Value::Null, "viewer"),
        (Method::GET, "/api/ops/pools".into(), Value::Null, "viewer"),
        (Method::GET, "/api/ops/usage".into(), Value::Null, "viewer"),
        (Method::GET, "/api/ops/workers".into(), Value::Null, "viewer"),
        (Method::PATCH, "/api/ops/pools/simulated".into(), json!({"paused": false}), "operator"),
        (Method::POST, "/api/ops/workers/x/drain".into(), Value::Null, "operator"),
        (Method::POST, "/api/ops/workers/x/resume".into(), Value::Null, "operator"),
        (Method::POST, "/api/ops/workers/x/scale".into(), json!({"concurrency": 1}), "operator"),
        (Method::POST, "/api/ops/keys/simulated/x/enable".into(), Value::Null, "operator"),
        (Method::POST, "/api/ops/keys/simulated/x/disable".into(), Value::Null, "operator"),
        (Method::POST, "/api/ops/keys/simulated/x/test".into(), Value::Null, "operator"),
        (Method::POST, "/api/ops/reload".into(), Value::Null, "operator"),
        (Method::POST, "/api/ops/dead-letters/replay".into(), all.clone(), "operator"),
        (Method::POST, "/api/ops/dead-letters/drop".into(), all, "operator"),
        (Method::POST, generation("/cancel"), Value::Null, "operator"),
        (Method::POST, generation("/retry"), Value::Null, "operator"),
        (Method::POST, "/api/ops/users".into(), json!({ "email": "new@example.org" }), "admin"),
        (Method::POST, "/api/ops/users/role".into(), role, "admin"),
        (Method::POST, "/api/ops/users/disabled".into(), disabled, "admin"),
        (Method::POST, "/api/ops/users/token".into(), nobody, "admin"),
        (Method::GET, "/api/ops/audit".into(), Value::Null, "admin"),
    ]
}

async fn status_of(client: &Client, method: &Method, path: &str, body: &Value) -> u16 {
    let request = client.request(method.clone(), path);
    let request = if body.is_null() { request } else { request.json(body) };
    client.send(request).await.status
}

/// Somebody new with this role.
pub async fn somebody(app: &TestApp, role: &str) -> Client {
    let client = app.user().await;
    let email = client.session["user"]["email"].clone();
    let body = json!({"email": email, "role": role});
    let answer = app.operator().post("/api/ops/users/role", body).await;
    assert_eq!(answer.expect(200).get("role"), role);
    client
}

#[tokio::test]
async fn every_route_asks_for_its_role() {
    testing(async |app| {
        let roles = ["user", "viewer", "operator", "admin"];
        let mut people = Vec::new();
        for role in roles {
            people.push(somebody(app, role).await);
        }
        let mut forger = app.anybody();
        forger.session = json!({ "accessToken": "the token of this machine?" });
        for (method, path, body, least) in routes() {
            for stranger in [&app.anybody(), &forger] {
                assert_eq!(status_of(stranger, &method, &path, &body).await, 401, "{path}");
            }
            for (role, person) in roles.iter().zip(&people) {
                let may = roles.iter().position(|name| name == role)
                    >= roles.iter().position(|name| *name == least);
                let status = status_of(person, &method, &path, &body).await;
                assert_eq!(status != 403, may, "{role} {method} {path}: {status}");
                assert!(status < 500, "{role} {method} {path}: {status}");
            }
        }
        let answer = people[0].get("/api/ops/keys").await.problem(403, "forbidden");
        assert!(answer.get("detail").contains("viewer"), "{}", answer.text);
    })
    .await;
}

#[tokio::test]
async fn a_key_is_taken_out_and_brought_back() {
    testing(async |app| {
        let provider = sample::provider();
        let spec = |name: &str| KeySpec::plain(KeyId::new(name), None);
        app.keys.register(&provider, &[spec("a"), spec("b")]).await.unwrap();
        let operator = app.operator();
        let states = async || {
            let answer = operator.get("/api/ops/keys").await.expect(200);
            let items = answer.body["items"].as_array().unwrap().clone();
            let state = |item: &Value| item["state"].as_str().unwrap().to_owned();
            items.iter().map(state).collect::<Vec<_>>()
        };
        assert_eq!(states().await, ["active", "active"]);
        let path = |verb: &str| format!("/api/ops/keys/{provider}/b/{verb}");
        for _ in 0..2 {
            let answer = operator.post(&path("disable"), Value::Null).await.expect(200);
            assert_eq!(
                (answer.get("key").as_str(), answer.get("state").as_str()),
                ("b", "disabled")
            );
        }
        assert_eq!(states().await, ["active", "disabled"]);
        operator.post(&path("enable"), Value::Null).await.expect(200);
        assert_eq!(states().await, ["active", "active"]);
        let path = format!("/api/ops/keys/{provider}/b/disable?seconds=600");
        let answer = operator.post(&path, Value::Null).await.expect(200);
        let until: DateTime<Utc> = answer.get("until").parse().unwrap();
        let wait = until - now();
        assert!(wait > TimeDelta::seconds(590) && wait <= TimeDelta::seconds(600), "{wait}");
        for wrong in ["0", "-1", "x", "1e9"] {
            let path = format!("/api/ops/keys/{provider}/b/disable?seconds={wrong}");
            operator.post(&path, Value::Null).await.fault("/seconds");
        }
        for unknown in ["simulated/c", "nobody/a", "No!/a"] {
            let path = format!("/api/ops/keys/{unknown}/disable");
            operator.post(&path, Value::Null).await.problem(404, "not_found");
        }
    })
    .await;
}

#[tokio::test]
async fn a_key_taken_out_stays_out_when_the_live_side_forgets() {
    testing(async |app| {
        let provider = sample::provider();
        let specs = ["a", "b"].map(|name| KeySpec::plain(KeyId::new(name), None));
        app.keys.register(&provider, &specs).await.unwrap();
        for (key, verb) in [("a", "disable"), ("a", "enable"), ("b", "disable")] {
            let path = format!("/api/ops/keys/{provider}/{key}/{verb}");
            app.operator().post(&path, Value::Null).await.expect(200);
        }
        for taken_out in ["b", "a"] {
            app.kill().await;
            app.start_empty().await;
            app.keys.register(&provider, &specs).await.unwrap();
            let is_out = async || {
                let keys = app.keys.keys(&provider).await.unwrap();
                let out = keys.iter().find(|key| key.key.as_str() == taken_out).unwrap();
                (out.state == KeyState::Disabled(None)).then_some(())
            };
            app.eventually(is_out).await;
            for _ in 0..3 {
                let wish = testkit::keys::wish(&provider, "any");
                let lending = app.keys.lend(&wish).await.unwrap();
                let Lending::Lent(loan) = lending else { panic!("{lending:?}") };
                assert_ne!(loan.key.as_str(), taken_out);
            }
            let now = |key: &str, verb: &str| format!("/api/ops/keys/{provider}/{key}/{verb}");
            app.operator().post(&now("b", "enable"), Value::Null).await.expect(200);
            app.operator().post(&now("a", "disable"), Value::Null).await.expect(200);
        }
    })
    .await;
}

#[tokio::test]
async fn a_key_is_tested_by_a_worker() {
    testing(async |app| {
        let provider = sample::provider();
        let spec = KeySpec::plain(KeyId::new("a"), None);
        app.keys.register(&provider, &[spec]).await.unwrap();
        let operator = app.operator();
        let path = format!("/api/ops/keys/{provider}/a/test");
        let looking = async {
            let asked = async || app.keys.next_probe(&provider, &[KeyId::new("a")]).await.unwrap();
            let key = app.eventually(asked).await;
            app.keys.probed(&provider, &key, "invalid_key").await.unwrap();
        };
        let (answer, ()) = tokio::join!(operator.post(&path, Value::Null), looking);
        assert_eq!(answer.expect(200).body["probe"]["found"], "invalid_key");
    })
    .await;
}

#[tokio::test]
async fn a_pool_is_tuned_for_good() {
    testing(async |app| {
        let operator = app.operator();
        let provider = sample::provider();
        let path = format!("/api/ops/pools/{provider}");
        let controls = Arc::clone(&app.controls);
        let wished = async || controls.wish(&provider).await.unwrap();
        let wish = |paused, concurrency| {
            let requests_per_minute = Some(90);
            Some(PoolWish { paused, concurrency, requests_per_minute })
        };
        operator.patch(&path, json!({"requestsPerMinute": 90})).await.expect(200);
        for (body, expected) in [
            (json!({"concurrency": 3}), wish(false, Some(3))),
            (json!({"paused": true}), wish(true, Some(3))),
            (json!({"paused": false, "concurrency": 0}), wish(false, None)),
            (json!({"paused": true, "concurrency": 65535}), wish(true, Some(65535))),
        ] {
            operator.patch(&path, body).await.expect(200);
            assert_eq!(wished().await, expected, "at once");
        }
        operator.patch(&path, json!({"requestsPerMinute": 0})).await.expect(200);
        assert_eq!(wished().await.map(|wish| wish.requests_per_minute), Some(None));
        operator.patch(&path, json!({"requestsPerMinute": 90})).await.expect(200);
        // The live side forgets, and is told again.
        app.controls.tell(&provider, PoolWish::default()).await.unwrap();
        app.eventually(async || (wished().await == wish(true, Some(65535))).then_some(())).await;
        app.kill().await;
        app.controls.tell(&provider, PoolWish::default()).await.unwrap();
        app.start_again().await;
        app.eventually(async || (wished().await == wish(true, Some(65535))).then_some(())).await;

        let operator = app.operator();
        let listed = operator.get("/api/ops/pools").await.expect(200).body;
        assert_eq!(
            listed["items"],
            json!([{
                "provider": "simulated", "paused": true, "concurrency": 65535,
                "pausedAt": listed["items"][0]["pausedAt"].as_str(),
                "requestsPerMinute": 90, "workers": 0, "slots": 0, "busy": 0,
            }])
        );
        for body in [json!({}), json!({"paused": null})] {
            operator.patch(&path, body).await.fault("");
        }
        for count in [json!(-1), json!(65536), json!(1.5), json!(1e300)] {
            operator.patch(&path, json!({"concurrency": count})).await.fault("/concurrency");
        }
        for count in [json!(-1), json!(4_294_967_296_u64), json!(0.5)] {
            let body = json!({"requestsPerMinute": count});
            operator.patch(&path, body).await.fault("/requestsPerMinute");
        }
        let unknown = operator.patch("/api/ops/pools/nobody", json!({"paused": true})).await;
        unknown.problem(404, "not_found");
    })
    .await;
}

/// And whoever runs the machine has no name.
#[tokio::test]
async fn who_paused_a_pool_is_told_and_why() {
    testing(async |app| {
        let (nobody, ada) = (app.operator(), app.user().await);
        let email = &ada.session["user"]["email"];
        let role = json!({"email": email, "role": "operator"});
        nobody.post("/api/ops/users/role", role).await.expect(200);
        let path = format!("/api/ops/pools/{}", sample::provider());
        let wished = json!({"paused": true, "reason": "the bill"});
        let paused = ada.patch(&path, wished.clone()).await.expect(200).body;
        assert_eq!(paused["pausedBy"], *email);
        assert_eq!(paused["pauseReason"], "the bill");
        assert!(paused["pausedAt"].is_string(), "{paused}");
        let listed =
            async || nobody.get("/api/ops/pools").await.expect(200).body["items"][0].clone();
        assert_eq!(listed().await, paused);
        nobody.patch(&path, json!({"concurrency": 2})).await.expect(200);
        assert_eq!(listed().await["pausedBy"], paused["pausedBy"], "another change leaves it");
        nobody.patch(&path, json!({"paused": true})).await.expect(200);
        let again = listed().await;
        assert!(again.get("pausedBy").is_none() && again.get("pauseReason").is_none(), "{again}");
        nobody.patch(&path, json!({"paused": false})).await.expect(200);
        assert!(listed().await.get("pausedAt").is_none());
        for reason in ["", "   ", "two\nlines", "\u{1b}[2J", &"ä".repeat(201)] {
            let body = json!({"paused": true, "reason": reason});
            nobody.patch(&path, body).await.fault("/reason");
        }
        for body in
            [json!({"reason": "x", "concurrency": 1}), json!({"paused": false, "reason": "x"})]
        {
            nobody.patch(&path, body).await.fault("/reason");
        }
        let longest = json!({"paused": true, "reason": "ä".repeat(200)});
        nobody.patch(&path, longest).await.expect(200);
    })
    .await;
}

#[tokio::test]
async fn a_key_drains_until_no_worker_has_a_call_with_it() {
    testing(async |app| {
        let (provider, key) = (sample::provider(), KeyId::new("a"));
        app.keys.register(&provider, &[KeySpec::plain(key.clone(), None)]).await.unwrap();
        let operator = app.operator();
        let report = async |worker: &str, calls: u32| {
            let calls = BTreeMap::from_iter((calls > 0).then(|| (key.clone(), calls)));
            let status = WorkerStatus { worker: worker.to_owned(), calls, ..worker_status() };
            app.controls.report(&status).await.unwrap();
            operator.get("/api/ops/keys").await.expect(200).body["items"][0].clone()
        };
        report("one", 1).await;
        assert_eq!(report("other", 2).await["underWay"], 3);
        let path = format!("/api/ops/keys/{provider}/a/disable");
        let answer = operator.post(&path, Value::Null).await.expect(200);
        assert_eq!(answer.get("state"), "draining");
        assert_eq!(report("one", 0).await["state"], "draining");
        let last = report("other", 0).await;
        assert_eq!((&last["state"], &last["underWay"]), (&json!("disabled"), &json!(0)));
    })
    .await;
}

pub fn worker_status() -> WorkerStatus {
    WorkerStatus {
        worker: "provider-worker@host:7".to_owned(),
        pool: sample::provider(),
        slots: 8,
        busy: 3,
        paused: false,
        version: "1.2.3".to_owned(),
        calls: BTreeMap::new(),
    }
}

#[tokio::test]
async fn workers_are_listed_and_drained() {
    testing(async |app| {
        let operator = app.operator();
        let status = worker_status();
        assert!(!app.controls.report(&status).await.unwrap().drained);
        let listed = operator.get("/api/ops/workers").await.expect(200).body;
        assert_eq!(listed["items"][0]["worker"], "provider-worker@host:7");
        let pools = operator.get("/api/ops/pools").await.expect(200).body;
        let pool = &pools["items"][0];
        assert_eq!(
            [&pool["workers"], &pool["slots"], &pool["busy"]],
            [&json!(1), &json!(8), &json!(3)]
        );
        let path = "/api/ops/workers/provider-worker@host:7/scale";
        for (count, wanted) in [(5, Some(5)), (0, None)] {
            operator.post(path, json!({"concurrency": count})).await.expect(200);
            assert_eq!(app.controls.report(&status).await.unwrap().concurrency, wanted);
        }
        operator.post(path, json!({"concurrency": -1})).await.fault("/concurrency");
        for (verb, drained) in [("drain", true), ("resume", false)] {
            let path = format!("/api/ops/workers/provider-worker@host:7/{verb}");
            operator.post(&path, Value::Null).await.expect(200);
            assert_eq!(app.controls.report(&status).await.unwrap().drained, drained);
        }
        let unknown = operator.post("/api/ops/workers/nobody/drain", Value::Null).await;
        unknown.problem(404, "not_found");
    })
    .await;
}

/// As any other name of nothing.
#[tokio::test]
async fn a_name_in_a_path_that_is_no_text_names_nothing() {
    testing(async |app| {
        let operator = app.operator();
        for path in [
            "workers/%ff/drain",
            "workers/%ff/resume",
            "workers/%ff/scale",
            "keys/%ff/x/enable",
            "keys/simulated/%ff/enable",
            "keys/simulated/%ff/disable",
            "keys/simulated/%ff/test",
        ] {
            let answer =
                operator.post(&format!("/api/ops/{path}"), json!({"concurrency": 1})).await;
            answer.problem(404, "not_found");
        }
        let paused = json!({"paused": true});
        operator.patch("/api/ops/pools/%ff", paused).await.problem(404, "not_found");
    })
    .await;
}

/// How generations ended is booked late: from a place in the book nobody can tell what is new.
#[tokio::test]
async fn the_audit_book_is_read_towards_the_older_entries_alone() {
    testing(async |app| {
        let operator = app.operator();
        let pool = format!("/api/ops/pools/{}", sample::provider());
        for body in [json!({"paused": true}), json!({"concurrency": 5}), json!({"paused": false})] {
            operator.patch(&pool, body).await.expect(200);
        }
        let page = async |query: &str| {
            operator.get(&format!("/api/ops/audit?limit=1{query}")).await.expect(200).body
        };
        let (mut read, mut query) = (Vec::new(), String::new());
        loop {
            let page = page(&query).await;
            assert_eq!(page["prevCursor"], Value::Null);
            let entry = &page["items"][0];
            read.push([&entry["action"], &entry["subject"], &entry["detail"]].map(Value::clone));
            let Some(next) = page["nextCursor"].as_str() else { break };
            query = format!("&cursor={next}");
        }
        let entry = |action: &str, detail: &str| {
            [action, "simulated", detail].map(|text| Value::from(text.to_owned()))
        };
        assert_eq!(
            read,
            [
                entry("pool.resumed", "paused → running"),
                entry("pool.scaled", "as configured → 5"),
                entry("pool.paused", "running → paused"),
            ]
        );
        let user = app.user().await;
        user.chat().await;
        let newer = user.get("/api/chats").await.expect(200).get("prevCursor");
        let refused = operator.get(&format!("/api/ops/audit?cursor={newer}")).await;
        refused.fault("/cursor");
    })
    .await;
}

/// Security case 91.
#[tokio::test]
async fn a_role_is_given_to_who_is_there() {
    testing(async |app| {
        let operator = app.operator();
        let give = async |email: &str, role: &str| {
            operator.post("/api/ops/users/role", json!({"email": email, "role": role})).await
        };
        give("nobody@example.org", "admin").await.problem(404, "not_found");
        give("nobody", "admin").await.fault("/email");
        give("nobody@example.org", "root").await.fault("/role");
    })
    .await;
}
