//! Secrets stay secret.

use std::{fs, os::unix::process::ExitStatusExt};

use serde_json::json;

use crate::{
    client::{Answer, Client, end, http},
    stack::{CANARY, Distributed, Size, Sluice, provider, settings},
};

/// What would be a line of the log, and red, if it were written as it is.
const FORGED: &str = "\n2026-11-21T08:00:00Z ERROR forged \x1b[31m";

/// Uses everything of which nothing may be logged, and what a log could be forged with. Answers what must not be found.
async fn leave_secrets(url: &str) -> Vec<String> {
    let account = json!({
        "email": "canary-somebody@example.org", "password": "correct horse canary-password",
    });
    let made = Client::nobody(url).post("/api/auth/register", &account).await;
    assert_eq!(made.status, 201, "{made:?}");
    let text = |answer: &Answer, name: &str| answer.body[name].as_str().unwrap().to_owned();
    let (access, refresh) = (text(&made, "accessToken"), text(&made, "refreshToken"));
    let client = Client::with_token(url, &access);
    let key = client.post("/api/auth/keys", &json!({"name": "canary-name"})).await;
    let key = text(&key, "key");
    assert_eq!(Client::with_token(url, &key).get("/api/auth/me").await.status, 200);
    let refreshed = json!({ "refreshToken": refresh });
    let refreshed = Client::nobody(url).post("/api/auth/refresh", &refreshed).await;
    assert_eq!(refreshed.status, 200, "{refreshed:?}");
    let chat = client.chat().await;
    let path = format!("/api/chats/{chat}");
    let title = json!({"title": format!("canary-title{FORGED}")});
    assert_eq!(client.patch(&path, &title).await.status, 200);
    for model in ["openai/sim-tokens=3", "openai/sim-status=400", "openai/sim-echo"] {
        let asked = json!({
            "model": model, "userMessage": format!("canary-prompt{FORGED}"),
            "systemPrompt": format!("canary-system{FORGED}"),
        });
        let asked = client.post(&format!("{path}/generations"), &asked).await;
        assert_eq!(asked.status, 202, "{asked:?}");
        let events = client.watch(&text(&asked, "generationId")).await;
        assert!(["succeeded", "failed"].contains(&end(&events).as_str()), "{events:?}");
        assert!(!format!("{events:?}").contains("canary-a"), "a key is told");
    }
    let stream = format!("{path}/events");
    let ticket = client.post("/api/auth/tickets", &json!({ "path": stream })).await;
    let ticket = text(&ticket, "ticket");
    let opened = http().get(format!("{url}{stream}?ticket={ticket}")).send().await.unwrap();
    assert_eq!(opened.status(), 200);
    drop(opened);
    let query = [("q", format!("canary-title{FORGED}"))];
    let found = reqwest::Url::parse_with_params(&format!("{url}/api/search"), query).unwrap();
    let found = http()
        .get(found)
        .header("x-forwarded-for", "canary-address ERROR forged")
        .bearer_auth(&access);
    assert_eq!(found.send().await.unwrap().status(), 200);
    vec![access, refresh, text(&refreshed, "refreshToken"), key, ticket]
}

/// Fails if `output` holds one of `secrets`, a marked word, or a line that somebody made up.
fn assert_tells_nothing(name: &str, output: &str, secrets: &[String]) {
    let as_numbers = format!("{:?}", CANARY.as_bytes());
    let as_numbers = as_numbers.trim_matches(['[', ']']);
    let marked = [CANARY, as_numbers, "correct horse", "ERROR forged", "\x1b"];
    for secret in secrets.iter().map(String::as_str).chain(marked) {
        let line = output.lines().find(|line| line.contains(secret));
        assert!(line.is_none(), "{secret:?} is in the log of {name}: {line:?}");
    }
    assert!(output.contains("DEBUG "), "{name} tells everything");
}

/// Security cases 65, 71.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_secret_is_ever_logged() {
    let provider = provider().await;
    let data = tempfile::tempdir().unwrap();
    let mut settings = settings(&provider);
    settings.push(("JWT_SECRET", "canary-jwt-secret-0123456789abcdef".to_owned()));
    settings.push(("LOG", "trace".to_owned()));
    let sluice = Sluice::start(data.path(), &settings).await;
    let secrets = leave_secrets(&sluice.url).await;
    assert_tells_nothing("sluice", &sluice.terminate().await, &secrets);
}

/// The same with all servers, and what is spoken with them.
///
/// Security cases 65, 71.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_service_ever_logs_a_secret() {
    // It says nothing of itself otherwise.
    let everything = [("LOG", "trace,lapin=trace".to_owned())];
    let stack = Distributed::start(Size { apis: 1, workers: 1 }, &everything).await;
    let secrets = leave_secrets(&stack.stack.url).await;
    let (outputs, _, engines) = stack.terminate().await;
    for (name, output) in outputs {
        assert_tells_nothing(&name, &output, &secrets);
    }
    engines.remove().await;
}

/// A core would hold every key.
///
/// Security case 71.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_process_leaves_its_memory_behind() {
    let provider = provider().await;
    let data = tempfile::tempdir().unwrap();
    let mut sluice = Sluice::start(data.path(), &settings(&provider)).await;
    let limits = fs::read_to_string(format!("/proc/{}/limits", sluice.process.id())).unwrap();
    let core = limits.lines().find_map(|line| line.strip_prefix("Max core file size")).unwrap();
    let most = core.split_whitespace().take(2).map(|limit| limit.parse::<u64>().unwrap()).max();
    assert!(most.unwrap() <= 1, "{limits}");
    sluice.process.signal("ABRT").await;
    assert!(!sluice.process.ended().await.core_dumped());
}
