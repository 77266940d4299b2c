//! The scenarios on the all-in-one process: SQLite, in-process queue and streams.

use simulated_provider::Running;
use tempfile::TempDir;

use crate::{
    scenarios::scenarios,
    stack::{CANARY, Sluice, Stack, provider, settings},
};

struct Embedded {
    stack: Stack,
    sluice: Sluice,
    data: TempDir,
}

impl Embedded {
    /// Ends the process, and fails if it complains about anything it should not.
    async fn stop(self) {
        let figures = reqwest::get(self.sluice.metrics_url()).await.unwrap().text().await.unwrap();
        assert!(!figures.contains(CANARY), "a secret among the figures: {figures}");
        let output = self.sluice.terminate().await;
        assert!(!output.contains(CANARY), "told a secret: {output}");
        for file in std::fs::read_dir(self.data.path()).unwrap() {
            let path = file.unwrap().path();
            let content = if path.is_file() { std::fs::read(&path).unwrap() } else { Vec::new() };
            let holds = String::from_utf8_lossy(&content).contains(CANARY);
            assert!(!holds, "a secret in {}", path.display());
        }
        assert!(!output.contains("panicked"), "{output}");
        assert!(!output.contains(" ERROR "), "{output}");
    }
}

async fn start() -> Embedded {
    let provider: Running = provider().await;
    let data = tempfile::tempdir().unwrap();
    let sluice = Sluice::start(data.path(), &settings(&provider)).await;
    Embedded { stack: Stack::new(sluice.url.clone(), sluice.url.clone(), provider), sluice, data }
}

scenarios!(start);
