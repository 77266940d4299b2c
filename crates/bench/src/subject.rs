//! What is measured: one process, or a whole installation.

use std::{path::PathBuf, time::Duration};

use crate::{client::Client, installation::Installation, process::Process, usage};

/// What to start.
#[derive(Debug, Clone)]
pub enum Kind {
    /// The all-in-one binary.
    One(PathBuf),
    /// The services in this folder, on PostgreSQL, RabbitMQ, Redis and nginx.
    Many(PathBuf),
}

/// What was started.
pub enum Subject {
    /// One process.
    One(Box<Process>),
    /// Several, and their servers.
    Many(Box<Installation>),
}

impl Kind {
    /// Starts it, asking the provider at `base_url`.
    pub async fn start(&self, base_url: &str) -> anyhow::Result<Subject> {
        Ok(match self {
            Self::One(binary) => Subject::One(Box::new(Process::start(binary, base_url).await?)),
            Self::Many(binaries) => {
                Subject::Many(Box::new(Installation::start(binaries, base_url).await?))
            }
        })
    }

    /// Starts it with an account of earlier: hashing a password takes 19 MiB, which the allocator would
    /// keep and the first streams then seem to need, or not to need.
    pub async fn start_rested(&self, base_url: &str) -> anyhow::Result<(Subject, Client)> {
        let subject = self.start(base_url).await?;
        let client = Client::register(subject.url(), "bench").await?;
        let subject = match (self, subject) {
            (Self::One(binary), Subject::One(process)) => {
                Subject::One(Box::new(process.restart(binary, base_url).await?))
            }
            (_, many) => many,
        };
        let client = client.at(subject.url());
        Ok((subject, client))
    }
}

impl Subject {
    /// Where clients go.
    pub fn url(&self) -> &str {
        match self {
            Self::One(process) => &process.url,
            Self::Many(installation) => &installation.url,
        }
    }

    /// Processor time so far: of our processes, and of the servers beside them.
    pub fn cpu(&self) -> anyhow::Result<(Duration, Duration)> {
        match self {
            Self::One(process) => Ok((usage::cpu(process.pid()?)?, Duration::ZERO)),
            Self::Many(installation) => installation.cpu(),
        }
    }

    /// Resident memory of our processes, in KiB.
    pub fn memory_kib(&self) -> anyhow::Result<u64> {
        match self {
            Self::One(process) => usage::memory_kib(process.pid()?),
            Self::Many(installation) => installation.memory_kib(),
        }
    }

    /// One process that serves viewers, without anything before it.
    pub fn edge_url(&self) -> String {
        match self {
            Self::One(process) => process.url.clone(),
            Self::Many(installation) => installation.edge_url.clone(),
        }
    }

    /// Resident memory of that process, in KiB.
    pub fn edge_memory_kib(&self) -> anyhow::Result<u64> {
        match self {
            Self::One(process) => usage::memory_kib(process.pid()?),
            Self::Many(installation) => installation.edge_memory_kib(),
        }
    }

    /// Ends one of the workers as a power cut would.
    pub fn kill_worker(&self) -> anyhow::Result<()> {
        match self {
            Self::One(_) => anyhow::bail!("one process has no worker to lose"),
            Self::Many(installation) => installation.kill("provider-worker-1"),
        }
    }

    /// Lets the broker die and starts it again; returns when it is up.
    pub async fn restart_broker(&mut self) -> anyhow::Result<()> {
        match self {
            Self::One(_) => anyhow::bail!("one process has no broker to lose"),
            Self::Many(installation) => installation.restart_broker().await,
        }
    }

    /// Ends it.
    pub async fn stop(self) -> anyhow::Result<()> {
        match self {
            Self::One(process) => process.stop().await,
            Self::Many(installation) => installation.stop().await,
        }
    }
}
