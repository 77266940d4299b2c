//! What a role may ask for, and who gets an account.

use std::collections::BTreeMap;

use domain::{
    account::{Registration, Role},
    email::Email,
    model::{Catalog, ModelRef},
    rules::{RoleRules, Rules},
};
use ports::store::Accounts;
use serde_json::json;
use testkit::sample;

use crate::harness::{Client, now, testing_with};

/// Users may ask `sim-echo` and the chain `best`, and say nothing about rules.
fn restricted(config: &mut api::Config) {
    let model = |name: &str| ModelRef { provider: sample::provider(), model: name.to_owned() };
    let chain = ("best".to_owned(), vec![model("sim-demo"), model("sim-echo")]);
    config.catalog = Catalog::new(model("sim-demo"), vec![sample::provider()])
        .with_chains(BTreeMap::from([chain]));
    config.models = ["sim-demo", "sim-echo"].map(model).to_vec();
    let models = Some(["simulated/sim-echo", "best"].map(str::to_owned).to_vec());
    let rules = RoleRules { models, system_prompt: false };
    config.rules = Rules::new(BTreeMap::from([(Role::User, rules)]));
}

/// Security case 59.
#[tokio::test]
async fn a_role_asks_whom_it_may() {
    testing_with(restricted, async |app| {
        let user = app.user().await;
        let chat = user.chat().await;
        let names = async |of: &Client| {
            let items = of.get("/api/models").await.expect(200).body["items"].clone();
            let name = |item: &serde_json::Value| item["id"].as_str().unwrap().to_owned();
            items.as_array().unwrap().iter().map(name).collect::<Vec<_>>()
        };
        assert_eq!(names(&user).await, ["sim-echo", "best"]);
        for refused in [
            json!({"userMessage": "x", "model": "sim-demo"}),
            json!({"userMessage": "x", "model": "simulated/other"}),
            json!({"userMessage": "x", "model": "best", "systemPrompt": "be rude"}),
        ] {
            user.ask(&chat, refused).await.problem(403, "not_for_role");
        }
        let mut worker = app.worker().await;
        for (wish, asked) in [(None, "sim-echo"), (Some("best"), "sim-demo")] {
            user.ask(&chat, json!({"userMessage": "x", "model": wish})).await.expect(202);
            let holding = worker.start().await;
            assert_eq!(holding.job.model, asked);
            let id = holding.job.generation_id.to_string();
            holding.succeed().await;
            user.watch(&id, 0).await;
        }
        // Nothing is said of operators.
        let operator = app.user().await;
        let email = operator.session["user"]["email"].clone();
        let body = json!({"email": email, "role": "operator"});
        app.operator().post("/api/ops/users/role", body).await.expect(200);
        assert_eq!(names(&operator).await, ["sim-demo", "sim-echo", "best"]);
        let chat = operator.chat().await;
        let all = json!({"userMessage": "x", "model": "sim-demo", "systemPrompt": "be brief"});
        operator.ask(&chat, all).await.expect(202);
        worker.answer(&["x"]).await;
    })
    .await;
}

/// Whoever is shut out has no role, which is none that may ask for everything. Their key is believed for a minute.
///
/// Security case 59.
#[tokio::test]
async fn who_is_shut_out_asks_nobody() {
    testing_with(restricted, async |app| {
        let user = app.user().await;
        let chat = user.chat().await;
        // A process that knows the key, and has never asked what its user may do.
        let program = user.program().await.at(&app.start_beside().await);
        program.get("/api/chats").await.expect(200);
        let email = Email::parse(user.session["user"]["email"].as_str().unwrap()).unwrap();
        app.store.set_disabled(&email, true, now()).await.unwrap();
        for body in [
            json!({"userMessage": "x"}),
            json!({"userMessage": "x", "model": "sim-demo"}),
            json!({"userMessage": "x", "systemPrompt": "be rude"}),
        ] {
            program.ask(&chat, body).await.problem(401, "unauthenticated");
        }
    })
    .await;
}

/// As who answers does.
#[tokio::test]
async fn the_default_is_whom_a_role_asks_without_naming_anybody() {
    let list = |names: &[&str]| Some(names.iter().map(|name| (*name).to_owned()).collect());
    for (allowed, default, most) in [
        (None, json!(["sim-demo"]), 20_000),
        (list(&["simulated/*"]), json!(["sim-demo"]), 20_000),
        (list(&["simulated/sim-echo", "best"]), json!(["sim-echo"]), 10_000),
        (list(&["best", "simulated/sim-echo"]), json!(["best"]), 20_000),
        (list(&["simulated/other"]), json!([]), 0),
        (list(&[]), json!([]), 0),
    ] {
        let configure = |config: &mut api::Config| {
            restricted(config);
            let rules = RoleRules { models: allowed, system_prompt: true };
            config.rules = Rules::new(BTreeMap::from([(Role::User, rules)]));
            let model =
                |name: &str| ModelRef { provider: sample::provider(), model: name.to_owned() };
            config.maxima =
                [(model("sim-demo"), 20_000), (model("sim-echo"), 10_000)].into_iter().collect();
        };
        testing_with(configure, async |app| {
            let user = app.user().await;
            let listed = user.get("/api/models").await.expect(200).body["items"].clone();
            let marked = listed.as_array().unwrap().iter().filter(|item| item["default"] == true);
            let marked: Vec<_> = marked.collect();
            let ids: Vec<_> = marked.iter().map(|item| item["id"].clone()).collect();
            assert_eq!(json!(ids), default);
            if let [marked] = marked[..] {
                assert_eq!(marked["maxTokens"], most);
                // So much and no more can be asked for without naming anybody.
                let chat = user.chat().await;
                let ask = async |tokens: u32| {
                    user.ask(&chat, json!({"userMessage": "x", "maxTokens": tokens})).await
                };
                ask(most + 1).await.fault("/maxTokens");
                ask(most).await.expect(202);
                app.worker().await.answer(&["x"]).await;
            }
        })
        .await;
    }
}

/// Whether an address has an account is told to nobody.
///
/// Security case 24.
#[tokio::test]
async fn where_registration_is_closed_only_admins_make_accounts() {
    testing_with(
        |config| config.registration = Registration::Closed,
        async |app| {
            let register = async |email: &str| {
                let body = json!({"email": email, "password": "correct horse battery"});
                app.anybody().post("/api/auth/register", body).await
            };
            let admin = app.operator();
            let body = json!({"email": "ada@example.org", "role": "viewer"});
            let added = admin.post("/api/ops/users", body.clone()).await.expect(201);
            admin.post("/api/ops/users", body).await.problem(409, "email_taken");
            let mut answers = Vec::new();
            for email in ["ada@example.org", "nobody@example.org"] {
                let mut answer = register(email).await.problem(403, "registration_closed").body;
                answer["instance"].take();
                answers.push(answer);
            }
            assert_eq!(answers[0], answers[1]);
            let sign_in = json!({"email": "ada@example.org", "password": added.get("password")});
            let session = app.anybody().post("/api/auth/login", sign_in).await.expect(200).body;
            assert_eq!(session["user"]["role"], "viewer");
            for (body, pointer) in [
                (json!({"email": "x"}), "/email"),
                (json!({"email": "b@example.org", "role": "guest"}), "/role"),
                (json!({"email": "b@example.org", "role": "king"}), "/role"),
            ] {
                admin.post("/api/ops/users", body).await.fault(pointer);
            }
        },
    )
    .await;
}
