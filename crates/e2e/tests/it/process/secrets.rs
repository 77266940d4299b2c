//! Secrets stay secret.

use crate::{
    client::{Client, end},
    stack::{Sluice, provider, settings},
};

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
