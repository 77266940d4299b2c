//! Links that are mailed: what is told to whoever asks for one, and what it opens.

use std::{collections::HashSet, time::Duration};

use api::{Config, Welcome};
use domain::{
    account::{Registration, User},
    email::Email,
};
use futures_util::future::join_all;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use ports::store::{Accounts, NewAccount};
use secrecy::SecretString;
use serde_json::{Value, json};
use testkit::sample;

use crate::harness::{Answer, Client, TestApp, now, testing, testing_with};

const OLD: &str = "correct horse";
const NEW: &str = "battery staple";

pub fn with_letters(config: &mut Config) {
    config.public_url = Some("https://chat.example.org".to_owned());
}

fn by_mail(config: &mut Config) {
    with_letters(config);
    config.registration = Registration::ByMail;
}

async fn ask(app: &TestApp, email: &str) -> Answer {
    app.anybody().post("/api/auth/links", json!({ "email": email })).await
}

pub async fn redeem(app: &TestApp, token: &str, password: &str) -> Answer {
    let body = json!({ "token": token, "password": password });
    app.anybody().post("/api/auth/links/redeem", body).await
}

async fn sign_in(app: &TestApp, email: &str, password: &str) -> u16 {
    let body = json!({ "email": email, "password": password });
    app.anybody().post("/api/auth/login", body).await.status
}

fn email(user: &Client) -> String {
    user.session["user"]["email"].as_str().unwrap().to_owned()
}

/// A link for somebody new.
pub async fn link(app: &TestApp, email: &str) -> String {
    ask(app, email).await.expect(202);
    app.mailbox.next_token(email).await
}

/// Ends the service, so that every letter that was asked for is sent.
async fn end(app: &mut TestApp) {
    app.ask_to_stop();
    app.ended().await;
}

/// What an answer tells, but for what is another one each time.
fn told(answer: Answer) -> (u16, Value) {
    let mut body = answer.body;
    body["instance"].take();
    (answer.status, body)
}

/// An account, a shut out one, a guest's address, that of the one-time link, one that has enough letters,
/// and nobody's.
///
/// Security case 24.
#[tokio::test]
async fn who_asks_for_a_link_is_told_the_same_for_every_address() {
    for registration in [Registration::Open, Registration::Closed, Registration::ByMail] {
        let configure = |config: &mut Config| {
            with_letters(config);
            let token = SecretString::from("once-only");
            let email = Email::parse("admin@localhost").unwrap();
            config.welcome = Some(Welcome { token, email });
            config.registration = registration;
        };
        testing_with(configure, async |app| {
            let add = async |email: &str| {
                let body = json!({ "email": email, "role": "user" });
                app.operator().post("/api/ops/users", body).await.expect(201);
            };
            for email in ["ada@example.org", "out@example.org", "admin@localhost"] {
                add(email).await;
            }
            let out = json!({ "email": "out@example.org", "disabled": true });
            app.operator().post("/api/ops/users/disabled", out).await.expect(200);
            let mut answers = HashSet::new();
            for email in [
                "ada@example.org",
                "out@example.org",
                "nobody@example.org",
                "guest.ann.1@guest.invalid",
                "admin@localhost",
            ] {
                answers.insert(format!("{:?}", told(ask(app, email).await.expect(202))));
            }
            for _ in 0..5 {
                answers.insert(format!("{:?}", told(ask(app, " Ada@Example.org").await)));
            }
            assert_eq!(answers.len(), 1, "{answers:?}");
            end(app).await;
            let mut letters = app.mailbox.others().await;
            letters.sort();
            let new = (registration == Registration::ByMail).then_some("nobody@example.org");
            let expected = ["ada@example.org"; 5].into_iter().chain(new);
            assert_eq!(letters, expected.collect::<Vec<_>>());
        })
        .await;
    }
}

#[tokio::test]
async fn a_letter_that_is_not_taken_for_the_moment_is_handed_over_again() {
    let pauses = |config: &mut Config| {
        by_mail(config);
        config.letter_pauses = vec![Duration::from_millis(1); 2];
    };
    testing_with(pauses, async |app| {
        for (refusals, arrives) in [
            (&[true][..], true),
            (&[true, true], true),
            (&[true, true, true], false),
            (&[false], false),
        ] {
            app.mailbox.refuse(refusals).await;
            ask(app, "ada@example.org").await.expect(202);
            app.eventually(async || app.mailbox.has_refused().await.then_some(())).await;
            if arrives {
                app.mailbox.next_token("ada@example.org").await;
            }
        }
        end(app).await;
        assert!(app.mailbox.others().await.is_empty(), "the last two were given up");
    })
    .await;
}

/// Nor does it get a second one.
///
/// Security case 28.
#[tokio::test]
async fn an_account_that_is_called_otherwise_gets_no_letter() {
    testing_with(by_mail, async |app| {
        let name = "ada@b\u{fc}cher.example";
        let user = User { email: Email::of_account(name).unwrap(), ..sample::user(now()) };
        app.store.create(NewAccount { user, password_hash: None }).await.unwrap();
        for email in [name, "bob@b\u{fc}cher.example"] {
            ask(app, email).await.expect(202);
        }
        end(app).await;
        assert_eq!(app.mailbox.others().await, ["bob@xn--bcher-kva.example"]);
    })
    .await;
}

/// While as many letters are under way as may be, nothing is looked up for anybody else, and they are
/// answered.
///
/// Security case 24.
#[tokio::test]
async fn nothing_is_looked_up_before_who_asks_for_a_link_is_answered() {
    testing_with(by_mail, async |app| {
        app.mailbox.close();
        for number in 0..4 {
            ask(app, &format!("{number}@example.org")).await.expect(202);
        }
        let asked = async || {
            let noted = app.noted().await.into_iter();
            noted.filter(|(_, action, _)| action == "user.link_asked").count()
        };
        app.eventually(async || (asked().await == 4).then_some(())).await;
        for number in 4..20 {
            ask(app, &format!("{number}@example.org")).await.expect(202);
        }
        assert_eq!(asked().await, 4);
        app.mailbox.open();
        app.eventually(async || (asked().await == 20).then_some(())).await;
    })
    .await;
}

/// Security cases 24, 101.
#[tokio::test]
async fn letters_that_wait_are_bounded_and_sent_before_the_end() {
    testing_with(by_mail, async |app| {
        app.mailbox.close();
        let mut statuses = Vec::new();
        for number in 0..80 {
            statuses.push(ask(app, &format!("{number}@example.org")).await.status);
        }
        let accepted = statuses.iter().filter(|status| **status == 202).count();
        // Some of those that were taken out of the queue may be under way already.
        assert!((64..=68).contains(&accepted), "{statuses:?}");
        assert!(statuses.iter().all(|status| [202, 503].contains(status)), "{statuses:?}");
        app.ask_to_stop();
        app.mailbox.open();
        app.ended().await;
        assert_eq!(app.mailbox.others().await.len(), accepted);
    })
    .await;
}

/// Security case 101.
#[tokio::test]
async fn links_cannot_be_asked_for_without_end() {
    let configure = |config: &mut Config| {
        by_mail(config);
        config.tries_per_minute = 7.try_into().unwrap();
    };
    testing_with(configure, async |app| {
        for _ in 0..7 {
            ask(app, "ada@example.org").await.expect(202);
        }
        let refused = ask(app, "bob@example.org").await.problem(429, "rate_limited");
        assert!(refused.headers.contains_key("retry-after"));
        end(app).await;
        assert_eq!(app.mailbox.others().await, ["ada@example.org"; 5]);
    })
    .await;
}

/// Security case 100.
#[tokio::test]
async fn a_link_gives_an_account_another_password_once() {
    testing_with(with_letters, async |app| {
        let user = app.user().await;
        let email = email(&user);
        let (first, second) = (link(app, &email).await, link(app, &email).await);
        let entered = redeem(app, &first, NEW).await.expect(200);
        assert_eq!(entered.body["user"]["id"], user.id());
        assert!(entered.headers.contains_key("set-cookie"));
        for used in [&first, &second] {
            redeem(app, used, "another one yet").await.problem(401, "link_refused");
        }
        let statuses = (sign_in(app, &email, OLD).await, sign_in(app, &email, NEW).await);
        assert_eq!(statuses, (401, 200));
        user.get("/api/auth/me").await.problem(401, "unauthenticated");
        for (session, status) in [(&user.session, 401), (&entered.body, 200)] {
            let token = json!({ "refreshToken": session["refreshToken"] });
            app.anybody().post("/api/auth/refresh", token).await.expect(status);
        }
        let id = user.id().to_owned();
        let own: Vec<_> = app.noted().await.into_iter().filter(|entry| entry.2 == id).collect();
        let own: Vec<_> =
            own.iter().map(|(actor, action, _)| (actor.is_some(), action.as_str())).collect();
        assert_eq!(
            own[..3],
            [(true, "user.registered"), (false, "user.link_asked"), (false, "user.link_asked")]
        );
        assert_eq!(own[3..5], [(true, "user.password_changed"), (true, "user.signed_in")]);
    })
    .await;
}

/// Security case 100.
#[tokio::test]
async fn a_link_makes_an_account_once() {
    testing_with(by_mail, async |app| {
        let (first, second) =
            (link(app, "ada@example.org").await, link(app, "ada@example.org").await);
        let mut ada = app.anybody();
        ada.session = redeem(app, &first, NEW).await.expect(201).body;
        let me = ada.get("/api/auth/me").await.expect(200).body;
        assert_eq!((&me["email"], &me["role"]), (&json!("ada@example.org"), &json!("user")));
        for used in [&first, &second] {
            redeem(app, used, OLD).await.problem(401, "link_refused");
        }
        assert_eq!(sign_in(app, "ada@example.org", NEW).await, 200);
        let noted: Vec<_> =
            app.noted().await.into_iter().map(|(_, action, to)| (action, to)).collect();
        let entry = |action: &str, to: &str| (action.to_owned(), to.to_owned());
        assert!(noted.contains(&entry("user.link_asked", "ada@example.org")), "{noted:?}");
        assert!(noted.contains(&entry("user.registered", ada.id())), "{noted:?}");
    })
    .await;
}

/// Whoever else has the letter.
///
/// Security case 100.
#[tokio::test]
async fn of_simultaneous_uses_of_a_link_one_is_taken() {
    testing_with(by_mail, async |app| {
        let token = link(app, "ada@example.org").await;
        for taken in [201, 200] {
            let token =
                if taken == 201 { token.clone() } else { link(app, "ada@example.org").await };
            let app = &app;
            let passwords: Vec<_> =
                (0..8).map(|number| format!("battery staple {number}")).collect();
            let uses = passwords.iter().map(|password| redeem(app, &token, password));
            let statuses: Vec<_> =
                join_all(uses).await.into_iter().map(|used| used.status).collect();
            let count = |wanted| statuses.iter().filter(|status| **status == wanted).count();
            assert_eq!((count(taken), count(401)), (1, 7), "{statuses:?}");
            let place = statuses.iter().position(|status| *status == taken).unwrap();
            assert_eq!(sign_in(app, "ada@example.org", &passwords[place]).await, 200);
        }
    })
    .await;
}

fn forged(typ: &str, claims: &Value, secret: &[u8]) -> String {
    let header = Header { typ: Some(typ.to_owned()), ..Header::new(Algorithm::HS256) };
    encode(&header, claims, &EncodingKey::from_secret(secret)).unwrap()
}

/// Security case 100.
#[tokio::test]
async fn what_cannot_be_redeemed_is_answered_alike() {
    const SECRET: &[u8] = b"a secret for tests, long enough to sign with";
    testing_with(by_mail, async |app| {
        let body = json!({ "email": "out@example.org", "role": "user" });
        app.operator().post("/api/ops/users", body).await.expect(201);
        let of_disabled = link(app, "out@example.org").await;
        let out = json!({ "email": "out@example.org", "disabled": true });
        app.operator().post("/api/ops/users/disabled", out).await.expect(200);
        let used = link(app, "ada@example.org").await;
        let session = redeem(app, &used, NEW).await.expect(201).body;
        let soon = now().timestamp() + 60;
        let claims = |email: &str, exp: i64| json!({ "email": email, "exp": exp });
        let good = claims("bob@example.org", soon);
        let access = session["accessToken"].as_str().unwrap().to_owned();
        let refresh = session["refreshToken"].as_str().unwrap().to_owned();
        redeem(app, &forged("link+jwt", &good, SECRET), NEW).await.expect(201);
        let mut answers = HashSet::new();
        for token in [
            String::new(),
            "nonsense".to_owned(),
            "a".repeat(100_000),
            used,
            of_disabled,
            access,
            refresh,
            forged("link+jwt", &good, b"another secret for tests, long enough"),
            forged("at+jwt", &good, SECRET),
            forged("link+jwt", &claims("eve@example.org", soon - 61), SECRET),
            forged("link+jwt", &claims("guest.ann.1@guest.invalid", soon), SECRET),
            forged("link+jwt", &claims("no address", soon), SECRET),
            forged("link+jwt", &json!({ "email": "eve@example.org" }), SECRET),
            forged(
                "link+jwt",
                &json!({ "email": "ada@example.org", "exp": soon, "seal": "x" }),
                SECRET,
            ),
        ] {
            let answer = redeem(app, &token, NEW).await.problem(401, "link_refused");
            answers.insert(format!("{:?}", told(answer)));
        }
        assert_eq!(answers.len(), 1, "{answers:?}");
    })
    .await;
}

/// And the link is good for another try.
#[tokio::test]
async fn a_password_chosen_by_a_link_is_one_that_may_be() {
    testing_with(by_mail, async |app| {
        let token = link(app, "ada@example.org").await;
        for password in ["short", &"x".repeat(1025), "password", "ada@example.org"] {
            redeem(app, &token, password).await.fault("/password");
        }
        let body = json!({ "token": token, "password": NEW, "role": "admin" });
        app.anybody().post("/api/auth/links/redeem", body).await.fault("/role");
        redeem(app, &token, NEW).await.expect(201);
        for email in ["", "ada", "ada@", "a b@c"] {
            ask(app, email).await.fault("/email");
        }
    })
    .await;
}

/// Security case 24.
#[tokio::test]
async fn nobody_registers_without_a_link_where_accounts_are_made_by_mail() {
    testing_with(by_mail, async |app| {
        let body = json!({ "email": "ada@example.org", "role": "user" });
        app.operator().post("/api/ops/users", body).await.expect(201);
        let mut answers = HashSet::new();
        for email in ["ada@example.org", "nobody@example.org"] {
            let body = json!({ "email": email, "password": NEW });
            let answer = app.anybody().post("/api/auth/register", body).await;
            let answer = answer.problem(403, "registration_by_mail");
            answers.insert(format!("{:?}", told(answer)));
        }
        assert_eq!(answers.len(), 1, "{answers:?}");
    })
    .await;
}

/// A link that was mailed before.
#[tokio::test]
async fn where_registration_was_closed_a_link_makes_no_account() {
    testing_with(by_mail, async |app| {
        let token = link(app, "ada@example.org").await;
        end(app).await;
        app.config.registration = Registration::Closed;
        app.start_again().await;
        redeem(app, &token, NEW).await.problem(401, "link_refused");
    })
    .await;
}

#[tokio::test]
async fn a_page_learns_what_it_can_offer() {
    let options =
        async |app: &TestApp| app.anybody().get("/api/auth/options").await.expect(200).body;
    testing(async |app| {
        assert_eq!(options(app).await, json!({ "registration": "open", "links": false }));
        ask(app, "ada@example.org").await.problem(403, "mail_not_set_up");
    })
    .await;
    testing_with(by_mail, async |app| {
        assert_eq!(options(app).await, json!({ "registration": "mail", "links": true }));
    })
    .await;
}
