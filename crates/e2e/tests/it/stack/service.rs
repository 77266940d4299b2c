//! One process of a distributed installation, which can die and come back.

use cluster::servers::free_port;

use super::{Process, process::Settings};

/// A process of one service.
pub struct Service {
    /// What the test calls it, for example `api-2`.
    pub name: String,
    program: &'static str,
    settings: Settings,
    process: Process,
    /// What its earlier lives said.
    said: String,
}

impl Service {
    /// Starts `program`, with `first_life` settings that its later lives do not have, and waits until
    /// it is ready.
    pub async fn start(
        name: &str,
        program: &'static str,
        mut settings: Settings,
        first_life: &[(&'static str, String)],
    ) -> Self {
        // nginx knows it by this address, in every life.
        settings.push(("PORT", free_port().unwrap().to_string()));
        let process = ready(program, &settings, first_life).await;
        Self { name: name.to_owned(), program, settings, process, said: String::new() }
    }

    /// Starts it once more in the place of the life that is over, with `extra` settings for this one.
    pub async fn start_again(&mut self, extra: &[(&'static str, String)]) {
        self.process.ended().await;
        self.said.push_str(&self.process.output());
        self.process = ready(self.program, &self.settings, extra).await;
    }

    /// Ends it as a power cut would, and starts it again with `extra` settings.
    pub async fn replace(&mut self, extra: &[(&'static str, String)]) {
        if !self.process.is_over() {
            self.process.signal("KILL").await;
        }
        self.start_again(extra).await;
    }

    /// Where it listens, if it does.
    pub fn url(&self) -> String {
        address(&self.process.output()).expect("it prints its address")
    }

    /// Its process id.
    pub fn id(&self) -> u32 {
        self.process.id()
    }

    /// What the setting `name` is.
    pub fn setting(&self, name: &str) -> &str {
        let set = self.settings.iter().find(|(setting, _)| *setting == name);
        set.map(|(_, value)| value.as_str()).expect("it was set")
    }

    /// Sends a signal by its name.
    pub async fn signal(&self, name: &str) {
        self.process.signal(name).await;
    }

    /// Whether it has ended.
    pub fn is_over(&mut self) -> bool {
        self.process.is_over()
    }

    /// Ends it as an operator would, and returns everything it ever said.
    pub async fn terminate(mut self) -> (String, String) {
        self.process.signal("TERM").await;
        let status = self.process.ended().await;
        let output = self.said + &self.process.output();
        assert!(status.success(), "{} ended with {status}: {output}", self.name);
        (self.name, output)
    }
}

async fn ready(
    program: &'static str,
    settings: &Settings,
    extra: &[(&'static str, String)],
) -> Process {
    let settings: Vec<_> = settings.iter().chain(extra).cloned().collect();
    let mut process = Process::start(program, &[], &settings);
    let is_ready = |output: &str| output.contains(&format!("{program} is ready")).then_some(());
    process.says(&format!("{program} is ready"), is_ready).await;
    process
}

fn address(output: &str) -> Option<String> {
    output.lines().find(|line| line.starts_with("http://")).map(str::to_owned)
}
