//! The all-in-one process.

use std::path::Path;

use super::Process;

/// The all-in-one process, ready to be asked.
pub struct Sluice {
    /// The process.
    pub process: Process,
    /// Where it listens.
    pub url: String,
}

impl Sluice {
    /// Starts it on `data_dir`, and waits until it is ready.
    pub async fn start(data_dir: &Path, settings: &[(&'static str, String)]) -> Self {
        let mut settings = settings.to_vec();
        settings.push(("DATA_DIR", data_dir.to_str().unwrap().to_owned()));
        let mut process = Process::start("sluice", &["serve"], &settings);
        let url = process.says("the banner", address).await;
        Self { process, url }
    }

    /// Where the one-time link of the banner leads.
    pub fn welcome_url(&self) -> String {
        self.banner("Sign in")
    }

    /// Where the figures are.
    pub fn metrics_url(&self) -> String {
        self.banner("Metrics")
    }

    fn banner(&self, name: &str) -> String {
        let output = self.process.output();
        let line = output.lines().find_map(|line| line.trim().strip_prefix(name));
        line.unwrap().trim().to_owned()
    }

    /// Ends it as an operator would; fails when it does not leave cleanly.
    pub async fn terminate(mut self) -> String {
        self.process.signal("TERM").await;
        let status = self.process.ended().await;
        assert!(status.success(), "{status}: {}", self.process.output());
        self.process.output()
    }

    /// Ends it as a power cut would.
    pub async fn kill(mut self) {
        self.process.signal("KILL").await;
        self.process.ended().await;
    }
}

fn address(output: &str) -> Option<String> {
    let line = output.lines().find_map(|line| line.trim().strip_prefix("Chat"))?;
    // The sign-in line is the last one with an address, so the banner is whole by then.
    output.contains("Sign in").then(|| line.trim().to_owned())
}
