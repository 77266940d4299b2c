//! The HTTP interface is as it is described: requests made from the description, right and wrong ones, are
//! answered as it says, and none with a failure of ours.

use std::{env, path::PathBuf};

use serde_json::json;
use tokio::process::Command;

use crate::{
    client::Client,
    stack::{Sluice, provider, settings},
};

/// What is tried against the description. That wrong requests are refused is tried elsewhere, case by case.
const CHECKS: &str = "not_a_server_error,status_code_conformance,content_type_conformance,\
     response_schema_conformance,unsupported_method";

/// These stay open.
const STREAMS: &str = "(/events$|/api/sse$|/stream$)";

/// Where `make schemathesis` puts it.
fn schemathesis() -> PathBuf {
    let binary = env::current_exe().unwrap();
    // target/debug/deps/it-…
    let target = binary.ancestors().nth(3).unwrap();
    let path = target.join("schemathesis/bin/schemathesis");
    assert!(path.exists(), "{}: install it with `make schemathesis`", path.display());
    path
}

/// What is there, so that not only absent things are asked for. Nothing of it is deleted.
fn known(chat: &str, generation: &str) -> String {
    let operations = [("chats|threads", chat), ("generations|runs|ops/generations", generation)];
    let known = operations.map(|(paths, id)| {
        format!(
            "[[operations]]\ninclude-path-regex = \"^/api/({paths})/\"\n\
             exclude-method = \"DELETE\"\nparameters = {{ \"path.id\" = \"{id}\" }}\n"
        )
    });
    known.concat()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_interface_is_as_described() {
    let provider = provider().await;
    let data = tempfile::tempdir().unwrap();
    let mut settings = settings(&provider);
    settings.push(("LOG", "warn".to_owned()));
    let sluice = Sluice::start(data.path(), &settings).await;
    let client = Client::register(&sluice.url).await;
    let email = client.get("/api/auth/me").await.body["email"].clone();
    let role = json!({"email": email, "role": "admin"});
    let operator = Client::operator(&sluice.url);
    assert_eq!(operator.post("/api/ops/users/role", &role).await.status, 200);

    let chat = client.chat().await;
    let generation = client.generate(&chat, "openai/sim-tokens=3").await;
    client.watch(&generation).await;
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("schemathesis.toml"), known(&chat, &generation)).unwrap();
    let run = Command::new(schemathesis())
        .args(["run", &format!("{}/openapi.json", sluice.url)])
        .args(["--header", &format!("Authorization: Bearer {}", client.token())])
        .args(["--checks", CHECKS, "--exclude-path-regex", STREAMS])
        .args(["--phases", "examples,coverage,fuzzing", "--max-examples", "20", "--seed", "1"])
        .args(["--continue-on-failure", "--no-color", "--suppress-health-check", "all"])
        // It keeps what it found in the folder it runs in.
        .current_dir(folder.path())
        .kill_on_drop(true)
        .output();
    let output = run.await.unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
    let log = sluice.terminate().await;
    assert!(!log.contains("panicked") && !log.contains(" ERROR "), "{log}");
}
