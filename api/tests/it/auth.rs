//! Accounts and sign-ins.

use std::time::{Duration, Instant};

use api::{Config, Welcome};
use domain::{account::User, email::Email};
use ports::store::{Accounts, NewAccount};
use secrecy::SecretString;
use serde_json::{Value, json};
use testkit::sample;

use crate::harness::{Answer, Client, now, testing, testing_with};

pub const ADA: &str = "ada@example.org";

pub const PASSWORD: &str = "correct horse";

pub fn credentials(email: &str, password: &str) -> Value {
    json!({ "email": email, "password": password })
}

pub async fn refresh(client: &Client, token: &Value) -> Answer {
    client.post("/api/auth/refresh", json!({ "refreshToken": token })).await
}

/// Security case 70.
#[tokio::test]
async fn who_registers_is_signed_in_and_can_sign_in_again() {
    testing(async |app| {
        let anybody = app.anybody();
        let body = credentials("Ada@Example.org", PASSWORD);
        let answer = anybody.post("/api/auth/register", body).await.expect(201);
        assert_eq!(answer.body["user"]["email"], "ada@example.org");
        assert_eq!(answer.body["user"]["role"], "user");
        assert_eq!(answer.body["expiresIn"], 900);
        let cookie = answer.headers["set-cookie"].to_str().unwrap();
        let token = answer.get("refreshToken");
        let attributes = "HttpOnly; SameSite=Strict; Path=/api/auth; Max-Age=2592000";
        assert_eq!(cookie, format!("sluice_refresh={token}; {attributes}"));
        assert_eq!(answer.headers["cache-control"], "no-store");

        let mut ada = app.anybody();
        let body = credentials(" ada@example.org", PASSWORD);
        ada.session = anybody.post("/api/auth/login", body).await.expect(200).body;
        let me = ada.get("/api/auth/me").await.expect(200);
        assert_eq!(me.body, answer.body["user"]);
    })
    .await;
}

/// Security case 28.
#[tokio::test]
async fn an_address_has_one_account() {
    testing(async |app| {
        let anybody = app.anybody();
        let register = async || {
            let body = credentials("ada@example.org", PASSWORD);
            anybody.post("/api/auth/register", body).await.status
        };
        let mut statuses = vec![register().await, register().await];
        statuses.sort_unstable();
        assert_eq!(statuses, [201, 409]);
        for same in ["ADA@example.org", "ada@example.org.", "\u{ff41}da@EXAMPLE.org"] {
            let body = credentials(same, PASSWORD);
            anybody.post("/api/auth/register", body.clone()).await.problem(409, "email_taken");
            anybody.post("/api/auth/login", body).await.expect(200);
        }
        for other in ["\u{430}da@example.org", "ada\u{200b}@example.org", "\u{202e}ada@example.org"]
        {
            let body = credentials(other, PASSWORD);
            anybody.post("/api/auth/register", body.clone()).await.fault("/email");
            anybody.post("/api/auth/login", body).await.problem(401, "wrong_credentials");
        }
    })
    .await;
}

/// Addresses that no new account may have.
///
/// Security case 28.
#[tokio::test]
async fn an_account_that_is_called_otherwise_is_signed_in_to_as_before() {
    testing(async |app| {
        let anybody = app.anybody();
        anybody.clone().register("ada@example.org", PASSWORD).await;
        for (name, role) in [("\u{430}da@example.org", "viewer"), ("ada@example.org.", "operator")]
        {
            let email = Email::of_account(name).unwrap();
            let user = User { email, ..sample::user(now()) };
            let registered = app.store.by_email(&Email::parse(ADA).unwrap()).await.unwrap();
            let password_hash = registered.unwrap().password_hash;
            app.store.create(NewAccount { user: user.clone(), password_hash }).await.unwrap();
            let body = credentials(name, PASSWORD);
            let session = anybody.post("/api/auth/login", body).await.expect(200).body;
            assert_eq!(session["user"]["id"], user.id.to_string());
            let body = json!({ "email": name, "role": role });
            let changed = app.operator().post("/api/ops/users/role", body).await.expect(200).body;
            assert_eq!((&changed["id"], &changed["role"]), (&session["user"]["id"], &json!(role)));
        }
    })
    .await;
}

/// It could not be signed in to: by the address the first one is meant.
///
/// Security case 28.
#[tokio::test]
async fn an_account_that_is_called_otherwise_is_the_only_one() {
    testing(async |app| {
        let name = "ada@b\u{fc}cher.example";
        let user = User { email: Email::of_account(name).unwrap(), ..sample::user(now()) };
        app.store.create(NewAccount { user, password_hash: None }).await.unwrap();
        for same in [name, "Ada@B\u{dc}CHER.example"] {
            let body = credentials(same, PASSWORD);
            app.anybody().post("/api/auth/register", body).await.problem(409, "email_taken");
            let body = json!({ "email": same, "role": "user" });
            app.operator().post("/api/ops/users", body).await.problem(409, "email_taken");
        }
    })
    .await;
}

/// Security case 23.
#[tokio::test]
async fn a_wrong_password_and_a_wrong_address_are_answered_alike() {
    testing(async |app| {
        let user = app.user().await;
        let email = user.session["user"]["email"].as_str().unwrap();
        let mut answers = Vec::new();
        for (email, password) in [(email, "wrong password"), ("nobody@example.org", PASSWORD)] {
            let body = credentials(email, password);
            let answer = app.anybody().post("/api/auth/login", body).await;
            let mut body = answer.problem(401, "wrong_credentials").body;
            body["instance"].take();
            answers.push(body);
        }
        assert_eq!(answers[0], answers[1]);
    })
    .await;
}

/// How often each of the two is tried below.
const TRIES: usize = 100;

/// Between two samples of the same kind, more than this comes about once in a million runs; samples that
/// hardly overlap show 12.
const SEPARATED: f64 = 5.0;

/// By how many standard deviations the ranks of two samples differ, as Mann and Whitney count it.
fn separation([one, other]: &[Vec<Duration>; 2]) -> f64 {
    let count = |length: usize| f64::from(u32::try_from(length).unwrap());
    let (n, m) = (count(one.len()), count(other.len()));
    let wins = count(one.iter().map(|a| other.iter().filter(|b| a > *b).count()).sum());
    ((wins - n * m / 2.0) / (n * m * (n + m + 1.0) / 12.0).sqrt()).abs()
}

/// Security case 23.
#[tokio::test]
async fn no_clock_tells_an_account_from_none() {
    let unbound = |config: &mut Config| config.tries_per_minute = 1_000_000.try_into().unwrap();
    testing_with(unbound, async |app| {
        let user = app.user().await;
        let known = user.session["user"]["email"].as_str().unwrap();
        let mut times = [Vec::new(), Vec::new()];
        for round in 0..TRIES {
            // By turns, and each as often first: what else the machine does falls on both.
            for which in [round % 2, 1 - round % 2] {
                let email = [known, "nobody@example.org"][which];
                let body = credentials(email, "a wrong password");
                let began = Instant::now();
                app.anybody().post("/api/auth/login", body).await.expect(401);
                times[which].push(began.elapsed());
            }
        }
        let separation = separation(&times);
        assert!(separation < SEPARATED, "{separation} deviations: {times:?}");
    })
    .await;
}

#[test]
fn samples_that_differ_are_separated() {
    let sample = |from: u64| (from..).step_by(7).take(TRIES).map(Duration::from_micros).collect();
    assert!(separation(&[sample(1000), sample(1003)]) < 1.0);
    assert!(separation(&[sample(1000), sample(1500)]) > SEPARATED);
}

/// Security case 26.
#[tokio::test]
async fn credentials_are_checked_before_anything_is_hashed() {
    testing(async |app| {
        let anybody = app.anybody();
        let long = "a".repeat(1025);
        for (body, pointer) in [
            (credentials("ada", PASSWORD), "/email"),
            (credentials("ada@example.org", "short"), "/password"),
            (credentials("ada@example.org", &long), "/password"),
            (credentials("ada@example.org", "with a \0 inside"), "/password"),
            (json!({ "email": "ada@example.org" }), "/password"),
            (json!({ "email": "a@b", "password": PASSWORD, "role": "admin" }), "/role"),
        ] {
            anybody.post("/api/auth/register", body).await.fault(pointer);
        }
    })
    .await;
}

/// Security case 24.
#[tokio::test]
async fn accounts_cannot_be_made_without_end_from_one_address() {
    testing_with(
        |config| config.tries_per_minute = 2.try_into().unwrap(),
        async |app| {
            let anybody = app.anybody();
            // The same one again counts as well: it tells that there is an account.
            for (name, status) in [("ada", 201), ("ada", 409), ("ada", 429), ("bob", 429)] {
                let body = credentials(&format!("{name}@example.org"), PASSWORD);
                let answer = anybody.post("/api/auth/register", body).await.expect(status);
                assert_eq!(answer.headers.contains_key("retry-after"), status == 429);
            }
        },
    )
    .await;
}

#[tokio::test]
async fn without_a_good_access_token_nothing_is_answered() {
    testing(async |app| {
        let mut somebody = app.user().await;
        let refresh_token = somebody.session["refreshToken"].clone();
        for token in [json!("nonsense"), json!("a.b.c"), refresh_token, Value::Null] {
            somebody.session["accessToken"] = token;
            let answer = somebody.get("/api/auth/me").await.problem(401, "unauthenticated");
            assert_eq!(answer.headers["www-authenticate"], "Bearer");
        }
    })
    .await;
}

fn with_welcome(config: &mut api::Config) {
    let email = Email::parse("admin@localhost").unwrap();
    config.welcome = Some(Welcome { token: SecretString::from("once-only"), email });
}

#[tokio::test]
async fn the_welcome_link_makes_an_admin_once() {
    testing_with(with_welcome, async |app| {
        let mut admin = app.anybody();
        let welcome = async |token: &str| {
            app.anybody().post("/api/auth/welcome", json!({ "token": token })).await
        };
        welcome("wrong").await.problem(401, "welcome_refused");
        admin.session = welcome("once-only").await.expect(200).body;
        assert_eq!(admin.get("/api/auth/me").await.expect(200).body["role"], "admin");
        welcome("once-only").await.problem(401, "welcome_refused");
        // It has no password: no sign-in without the link.
        let body = credentials("admin@localhost", PASSWORD);
        app.anybody().post("/api/auth/login", body).await.problem(401, "wrong_credentials");
    })
    .await;
}

#[tokio::test]
async fn the_welcome_link_keeps_an_account_that_is_there() {
    testing_with(with_welcome, async |app| {
        let body = json!({ "token": "once-only" });
        let mut admin = app.anybody();
        admin.session = admin.post("/api/auth/welcome", body.clone()).await.expect(200).body;
        let password = json!({ "newPassword": PASSWORD });
        admin.post("/api/auth/password", password).await.expect(200);
        app.ask_to_stop();
        app.ended().await;
        app.start_again().await;
        let answer = app.anybody().post("/api/auth/welcome", body).await.expect(200);
        assert_eq!(answer.body["user"]["id"], admin.id());
        assert_eq!(answer.body["user"]["role"], "admin");
        let body = credentials("admin@localhost", PASSWORD);
        app.anybody().post("/api/auth/login", body).await.expect(200);
    })
    .await;
}

/// Security case 99.
#[tokio::test]
async fn the_address_of_the_welcome_link_is_nobody_else_s() {
    testing_with(with_welcome, async |app| {
        let register = async |email: &str| {
            app.anybody().post("/api/auth/register", credentials(email, PASSWORD)).await
        };
        register(" Admin@localhost").await.problem(409, "email_taken");
        register("guest.ann.1@guest.invalid").await.problem(409, "email_taken");
        // One that is there all the same is not the operator's.
        let body = json!({ "email": "admin@localhost", "role": "user" });
        app.operator().post("/api/ops/users", body).await.expect(201);
        let body = json!({ "token": "once-only" });
        app.anybody().post("/api/auth/welcome", body).await.problem(401, "welcome_refused");
    })
    .await;
    testing(async |app| app.anybody().register("admin@localhost", PASSWORD).await).await;
}

#[tokio::test]
async fn without_a_welcome_link_there_is_none() {
    testing(async |app| {
        let body = json!({ "token": "" });
        app.anybody().post("/api/auth/welcome", body).await.problem(401, "welcome_refused");
    })
    .await;
}
