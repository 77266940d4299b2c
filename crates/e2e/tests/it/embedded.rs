//! The scenarios on the all-in-one process: SQLite, in-process queue and streams.

use simulated_provider::Running;
use tempfile::TempDir;

use crate::{
    scenarios::scenarios,
    stack::{Sluice, Stack, provider, settings},
};

struct Embedded {
    stack: Stack,
    sluice: Sluice,
    _data: TempDir,
}

impl Embedded {
    /// Ends the process, and fails if it complains about anything it should not.
    async fn stop(self) {
        let output = self.sluice.terminate().await;
        assert!(!output.contains("panicked"), "{output}");
        assert!(!output.contains(" ERROR "), "{output}");
    }
}

async fn start() -> Embedded {
    let provider: Running = provider().await;
    let data = tempfile::tempdir().unwrap();
    let sluice = Sluice::start(data.path(), &settings(&provider)).await;
    Embedded {
        stack: Stack::new(sluice.url.clone(), sluice.url.clone(), provider),
        sluice,
        _data: data,
    }
}

scenarios!(start);
