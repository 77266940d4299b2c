//! Secrets stay secret.

use std::{fs, os::unix::process::ExitStatusExt};

use crate::{
    client::{Client, end},
    stack::{Sluice, provider, settings},
};

/// Security cases 65, 71.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_secret_is_ever_logged() {
    let provider = provider().await;
    let data = tempfile::tempdir().unwrap();
    let mut settings = settings(&provider);
    let canaries = ["canary-provider-key", "canary-jwt-secret-0123456789abcdef", "correct horse"];
    settings.retain(|(name, _)| !["OPENAI_API_KEYS", "LOG"].contains(name));
    settings.push(("OPENAI_API_KEYS", canaries[0].to_owned()));
    settings.push(("JWT_SECRET", canaries[1].to_owned()));
    settings.push(("LOG", "trace".to_owned()));
    let sluice = Sluice::start(data.path(), &settings).await;
    let client = Client::register(&sluice.url).await;
    let chat = client.chat().await;
    for model in ["openai/sim-tokens=3", "openai/sim-status=400"] {
        let generation = client.generate(&chat, model).await;
        let events = client.watch(&generation).await;
        assert!(["succeeded", "failed"].contains(&end(&events).as_str()));
        let told = format!("{events:?}");
        assert!(!told.contains(canaries[0]), "{told}");
    }
    let output = sluice.terminate().await;
    for canary in canaries {
        assert!(!output.contains(canary), "{canary} is in the log");
    }
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
