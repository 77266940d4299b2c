//! One process of a distributed installation, which can die and come back.

use std::{os::unix::process::ExitStatusExt, process::ExitStatus, time::Duration};

use cluster::servers::free_port;

use super::{Footprint, GRACE, Growth, Process, process::Settings};

/// How long a process may take to leave beside the time that it has for its work.
const FAREWELL: Duration = Duration::from_secs(5);

/// The signal that nobody can ignore.
const KILL: i32 = 9;

/// How one life of a process ended.
#[derive(Debug, Clone)]
pub struct Ending {
    /// What the test calls the process.
    pub process: String,
    /// The last signal to end that a test sent it, if it sent one.
    pub asked: Option<&'static str>,
    /// Whether it came to a place where a test wanted it killed.
    pub is_at_failpoint: bool,
    /// What the system says of it.
    pub status: ExitStatus,
}

impl Ending {
    /// Whether it was asked to end, and did in peace.
    pub fn is_soft(&self) -> bool {
        self.asked == Some("TERM") && self.status.success()
    }

    /// Whether a test wanted it so.
    pub fn is_wanted(&self) -> bool {
        let may_be_killed = self.is_at_failpoint || self.asked == Some("KILL");
        self.is_soft() || (may_be_killed && self.status.signal() == Some(KILL))
    }
}

/// A process of one service.
pub struct Service {
    /// What the test calls it, for example `api-2`.
    pub name: String,
    program: &'static str,
    settings: Settings,
    process: Process,
    /// What it took when it was ready.
    ready: Footprint,
    /// The signal to end that this life was sent, if it was.
    asked: Option<&'static str>,
    /// What its earlier lives said.
    said: String,
    /// How they ended.
    endings: Vec<Ending>,
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
        let (name, ready) = (name.to_owned(), footprint(&process));
        let (asked, said, endings) = (None, String::new(), Vec::new());
        Self { name, program, settings, process, ready, asked, said, endings }
    }

    /// Starts it once more in the place of the life that is over, with `extra` settings for this one.
    pub async fn start_again(&mut self, extra: &[(&'static str, String)]) {
        self.bury().await;
        self.process = ready(self.program, &self.settings, extra).await;
        self.ready = footprint(&self.process);
    }

    /// Waits for the end of this life, and keeps what is left of it.
    async fn bury(&mut self) {
        // One that was asked to has time to end its work, and no more.
        let soft = GRACE + FAREWELL;
        let limit = if self.asked == Some("TERM") { soft } else { crate::PATIENCE };
        let status = self.process.ended_within(limit).await;
        let said = self.process.output();
        let is_at_failpoint = said.contains("is killed here, as a test wants it");
        let (process, asked) = (self.name.clone(), self.asked.take());
        self.endings.push(Ending { process, asked, is_at_failpoint, status });
        self.said.push_str(&said);
    }

    /// Ends it as a power cut would, and starts it again with `extra` settings.
    pub async fn replace(&mut self, extra: &[(&'static str, String)]) {
        if !self.process.is_over() {
            self.signal("KILL").await;
        }
        self.start_again(extra).await;
    }

    /// Everything it ever said.
    pub fn output(&self) -> String {
        format!("{}{}", self.said, self.process.output())
    }

    /// Waits until it has said `words` in this life.
    pub async fn says(&mut self, words: &str) {
        self.process.says(words, |output| output.contains(words).then_some(())).await;
    }

    /// Where it listens, if it does.
    pub fn url(&self) -> String {
        address(&self.process.output()).expect("it prints its address")
    }

    /// The name of its binary and its process id, if it lives.
    pub fn living(&mut self) -> Option<(&'static str, u32)> {
        (!self.process.is_over()).then(|| (self.program, self.process.id()))
    }

    /// How it has grown in this life, if it lives.
    pub fn growth(&mut self) -> Option<Growth> {
        let (_, id) = self.living()?;
        Some(Growth { process: self.name.clone(), ready: self.ready, now: Footprint::of(id)? })
    }

    /// How its earlier lives ended.
    pub fn endings(&self) -> &[Ending] {
        &self.endings
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
    pub async fn signal(&mut self, name: &'static str) {
        self.asked = ["TERM", "KILL"].contains(&name).then_some(name).or(self.asked);
        self.process.signal(name).await;
    }

    /// Whether it has ended.
    pub fn is_over(&mut self) -> bool {
        self.process.is_over()
    }

    /// Ends it as an operator would, and returns everything it ever said, and how each life ended.
    pub async fn terminate(mut self) -> ((String, String), Vec<Ending>) {
        if !self.process.is_over() {
            self.signal("TERM").await;
        }
        self.bury().await;
        ((self.name, self.said), self.endings)
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

/// What `process` takes; nothing if it is over already.
fn footprint(process: &Process) -> Footprint {
    Footprint::of(process.id()).unwrap_or_default()
}

fn address(output: &str) -> Option<String> {
    output.lines().find(|line| line.starts_with("http://")).map(str::to_owned)
}
