//! The measurements.

pub mod first_token;
pub mod start;
pub mod stop;
pub mod streams;

use std::{
    path::PathBuf,
    time::{Duration, Instant},
};

use simulated_provider::{CallView, Running};

use crate::{client::Client, process::Process, viewer::Seen};

/// What every measurement needs.
pub struct Bench {
    /// The binary.
    pub sluice: PathBuf,
    /// Who is asked; runs in this process.
    pub provider: Running,
    /// How long a load lasts.
    pub lasts: Duration,
}

impl Bench {
    /// A fresh process that asks the provider.
    pub async fn process(&self) -> anyhow::Result<Process> {
        Process::start(&self.sluice, &self.provider.base_url()).await
    }

    /// A process that has done nothing yet, with an account of earlier: hashing a password takes
    /// 19 MiB, which the allocator would keep and the first streams then seem to need, or not to need.
    pub async fn rested_process(&self) -> anyhow::Result<(Process, Client)> {
        let process = self.process().await?;
        let client = Client::register(&process.url, "bench").await?;
        let process = process.restart(&self.sluice, &self.provider.base_url()).await?;
        let client = client.at(&process.url);
        Ok((process, client))
    }

    /// The provider's record on this process's clock.
    pub fn calls(&self) -> Calls {
        let record = self.provider.record();
        let epoch = Instant::now().checked_sub(record.elapsed()).unwrap_or_else(Instant::now);
        Calls { epoch, calls: record.calls() }
    }
}

/// What the provider did, and when.
pub struct Calls {
    epoch: Instant,
    calls: Vec<CallView>,
}

impl Calls {
    /// The call that `seen` came from.
    pub fn of(&self, seen: &Seen) -> Option<&CallView> {
        self.calls.iter().find(|call| call.number == seen.call)
    }

    /// A time of the record.
    pub fn at(&self, micros: u64) -> Instant {
        self.epoch + Duration::from_micros(micros)
    }
}
