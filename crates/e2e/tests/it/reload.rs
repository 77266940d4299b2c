//! New keys for a process that goes on.

use std::{fs, time::Duration};

use crate::{
    client::Client,
    stack::{Sluice, Stack, provider, settings},
    within,
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn keys_are_read_again_by_signal_and_by_route() {
    let provider = provider().await;
    let data = tempfile::tempdir().unwrap();
    let (config, keys) = (data.path().join("sluice.toml"), data.path().join("keys"));
    fs::write(&keys, "sk-first\n").unwrap();
    fs::write(&config, format!("[provider.openai]\nkeys_file = {keys:?}\n")).unwrap();
    let mut settings = settings(&provider);
    settings.retain(|(name, _)| *name != "OPENAI_API_KEYS");
    settings.push(("SLUICE_CONFIG", config.to_str().unwrap().to_owned()));
    let sluice = Sluice::start(data.path(), &settings).await;
    let stack = Stack::new(sluice.url.clone(), sluice.url.clone(), provider);
    let operator = stack.operator();

    until_keys(&operator, 1).await;
    fs::write(&keys, "sk-first\nsk-second\n").unwrap();
    sluice.process.signal("HUP").await;
    until_keys(&operator, 2).await;
    fs::write(&keys, "sk-first\nsk-second\nsk-third\n").unwrap();
    let answer = operator.post("/api/ops/reload", &serde_json::Value::Null).await;
    assert_eq!(answer.status, 202, "{answer:?}");
    until_keys(&operator, 3).await;
    let output = sluice.terminate().await;
    assert!(!output.contains("sk-"), "a key in the log: {output}");
}

async fn until_keys(operator: &Client, count: usize) {
    within("as many keys", async {
        loop {
            let keys = operator.get("/api/ops/keys").await.body;
            if keys["items"].as_array().map(Vec::len) == Some(count) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    })
    .await;
}
