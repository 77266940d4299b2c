//! How soon a built Sluice is ready, and what it takes at rest.

use std::path::Path;

use crate::{process::Process, report::Report, sample::Sample, usage};

/// How many starts.
const STARTS: usize = 5;

pub async fn run(binary: &Path, base_url: &str) -> anyhow::Result<Report> {
    let mut started = Sample::default();
    let mut memory = Vec::new();
    for _ in 0..STARTS {
        let process = Process::start(binary, base_url).await?;
        started.push(process.started_in);
        memory.push(usage::memory_kib(process.pid()?)?);
        process.stop().await?;
    }
    memory.sort_unstable();
    Ok(Report::new("start: from nothing to the banner")
        .line("time", started.summary())
        .line("memory at rest", format!("{:.1} MiB", memory[STARTS / 2] as f64 / 1024.0)))
}
