//! The page in a real browser.

use std::path::Path;

use tokio::process::Command;

use crate::{
    stack::{Sluice, provider, settings},
    within,
};

/// Security cases 61, 62.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_person_chats_reloads_and_stops() {
    let provider = provider().await;
    let data = tempfile::tempdir().unwrap();
    // The page's own suggestions ask the simulated provider, as a newcomer's first minute does.
    let mut settings = settings(&provider);
    settings.retain(|(name, _)| !name.starts_with("OPENAI") && *name != "DEFAULT_MODEL");
    let sluice = Sluice::start(data.path(), &settings).await;
    let web = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../web");
    let notes = data.path().join("script.log");
    let (said, complained) = {
        let file = std::fs::File::create(&notes).unwrap();
        (file.try_clone().unwrap(), file)
    };
    let mut script = Command::new("node")
        .arg("e2e/chat.mjs")
        .current_dir(web)
        .env("BASE_URL", &sluice.url)
        .env("WELCOME_URL", sluice.welcome_url())
        .stdout(said)
        .stderr(complained)
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    // Each step of the script has a limit of its own; this one is for what hangs between them.
    let ended = tokio::time::timeout(crate::PATIENCE * 10, script.wait()).await;
    let is_well = ended.is_ok_and(|status| status.unwrap().success());
    // What the script said comes last, where a report that shows only the end still has it.
    let said = std::fs::read_to_string(notes).unwrap();
    assert!(is_well, "{}\n{said}", sluice.process.output());
    within("the process ends", sluice.terminate()).await;
}
