//! A start that cannot succeed says why.

use std::os::unix::fs::PermissionsExt;

use tokio::net::TcpListener;

use crate::stack::{Process, Sluice, provider, settings};

/// Starts `sluice serve` with `settings`, and returns what it said when it gave up.
async fn refused(settings: &[(&'static str, String)]) -> String {
    let mut process = Process::start("sluice", &["serve"], settings);
    let status = process.ended().await;
    assert!(!status.success(), "it started: {}", process.output());
    process.output()
}

fn with(data: &std::path::Path, more: &[(&'static str, &str)]) -> Vec<(&'static str, String)> {
    let data = ("DATA_DIR", data.to_str().unwrap().to_owned());
    let more = more.iter().map(|(name, value)| (*name, (*value).to_owned()));
    [data].into_iter().chain(more).collect()
}

#[tokio::test]
async fn a_wrong_setting_is_named_with_what_is_allowed() {
    let data = tempfile::tempdir().unwrap();
    let said =
        refused(&with(data.path(), &[("PORT", "http"), ("QUEUE_RETRY_DELAYS", "9,1")])).await;
    assert!(said.contains("PORT=\"http\"") && said.contains("0 to 65535"), "{said}");
    assert!(said.contains("QUEUE_RETRY_DELAYS=\"9,1\"") && said.contains("growing"), "{said}");
}

#[tokio::test]
async fn a_port_in_use_is_named() {
    let data = tempfile::tempdir().unwrap();
    let taken = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let said = refused(&with(data.path(), &[("PORT", &port)])).await;
    assert!(said.contains(&port) && said.contains("in use") && said.contains("PORT"), "{said}");
}

#[tokio::test]
async fn a_data_directory_that_cannot_be_written_is_named() {
    // A file stands where the folder should be: that stops the superuser too.
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("data");
    std::fs::write(&file, "").unwrap();
    let said = refused(&with(&file, &[("PORT", "0")])).await;
    assert!(said.contains("DATA_DIR") && said.contains(file.to_str().unwrap()), "{said}");

    let read_only = folder.path().join("read-only");
    std::fs::create_dir(&read_only).unwrap();
    std::fs::set_permissions(&read_only, PermissionsExt::from_mode(0o555)).unwrap();
    // Permissions do not bind the superuser, but even for root nothing can be made in /sys.
    let is_superuser = std::fs::write(read_only.join("probe"), "").is_ok();
    let data = if is_superuser { std::path::Path::new("/sys/sluice") } else { &read_only };
    let said = refused(&with(data, &[("PORT", "0")])).await;
    assert!(said.contains(data.to_str().unwrap()), "{said}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_process_on_the_same_data_is_refused() {
    let provider = provider().await;
    let data = tempfile::tempdir().unwrap();
    let first = Sluice::start(data.path(), &settings(&provider)).await;
    let said = refused(&with(data.path(), &[("PORT", "0")])).await;
    assert!(said.contains("another process"), "{said}");
    first.terminate().await;
}
