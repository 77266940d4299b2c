//! The measured process.

use std::{
    path::Path,
    process::Stdio,
    time::{Duration, Instant},
};

use anyhow::Context;
use tempfile::TempDir;
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::{Child, Command},
};

/// The first rung of the ladder in [`SETTINGS`].
pub const RUNG: Duration = Duration::from_secs(2);

/// So that no limit is measured.
pub const SETTINGS: &[(&str, &str)] = &[
    ("OPENAI_API_KEYS", "sim-a,sim-b"),
    ("KEYS_MAX_PER_MINUTE", "100000"),
    ("MAX_INFLIGHT_PER_USER", "1000"),
    ("USER_REQUESTS_PER_SECOND", "1000000"),
    ("USER_REQUESTS_PER_MINUTE", "1000000"),
    ("AUTH_TRIES_PER_MINUTE", "1000000"),
    ("STREAMS_PER_USER", "1000000"),
    ("WORKER_CONCURRENCY", "4096"),
    ("QUEUE_RETRY_DELAYS", "2,60"),
    ("LOG", "warn"),
];

/// A running Sluice on a data directory of its own.
pub struct Process {
    child: Child,
    data: TempDir,
    /// Where it listens.
    pub url: String,
    /// From its start to its banner, which it prints when it is ready.
    pub started_in: Duration,
}

impl Process {
    /// Starts `binary`, asking the provider at `base_url`.
    pub async fn start(binary: &Path, base_url: &str) -> anyhow::Result<Self> {
        Self::start_on(tempfile::tempdir()?, binary, base_url).await
    }

    /// Ends it, and starts it again on the same data.
    pub async fn restart(mut self, binary: &Path, base_url: &str) -> anyhow::Result<Self> {
        self.child.kill().await?;
        Self::start_on(self.data, binary, base_url).await
    }

    async fn start_on(data: TempDir, binary: &Path, base_url: &str) -> anyhow::Result<Self> {
        let begun = Instant::now();
        let mut child = Command::new(binary)
            .arg("serve")
            .env_clear()
            .env("PORT", "0")
            .env("DATA_DIR", data.path())
            .env("OPENAI_BASE_URL", base_url)
            .envs(SETTINGS.iter().copied())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()?;
        let mut lines = BufReader::new(child.stdout.take().context("no output")?).lines();
        let mut url = None;
        while let Some(line) = lines.next_line().await? {
            if let Some(address) = line.trim().strip_prefix("Chat") {
                url = Some(address.trim().to_owned());
            }
            if line.trim().starts_with("Sign in") {
                break;
            }
        }
        let started_in = begun.elapsed();
        Ok(Self { child, data, url: url.context("it ended without a banner")?, started_in })
    }

    /// Its process id.
    pub fn pid(&self) -> anyhow::Result<u32> {
        self.child.id().context("it has ended")
    }

    /// Ends it.
    pub async fn stop(mut self) -> anyhow::Result<()> {
        self.child.kill().await?;
        Ok(())
    }
}
