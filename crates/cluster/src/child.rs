//! A process that never outlives its parent, with everything it starts itself.

mod program;

use std::{path::PathBuf, time::Duration};

use tokio::{process::Child as Handle, time::timeout};

pub use self::program::{Program, is_superuser};
use crate::processes::{self, Listed};

/// A running process. Dropped, it is killed with all it has started.
#[derive(Debug)]
pub struct Child {
    handle: Handle,
    /// Its process group; none once nothing of it is left, for the number may be another's then.
    group: Option<u32>,
    /// How those call themselves that have a group of their own, if there are any.
    title: Option<String>,
    log: PathBuf,
    patience: Duration,
}

impl Child {
    /// Its process id; none once it has ended.
    #[must_use]
    pub fn id(&self) -> Option<u32> {
        self.handle.id()
    }

    /// Whether it has ended. What it had started ends with it.
    pub fn is_over(&mut self) -> bool {
        let is_over = !matches!(self.handle.try_wait(), Ok(None));
        if is_over {
            // Who starts it again kills what is left once more, and is told of a failure.
            let _ = self.kill_all();
        }
        is_over
    }

    /// Waits for its end. What it had started ends with it.
    pub async fn ended(&mut self) -> anyhow::Result<()> {
        self.handle.wait().await?;
        self.kill_all()
    }

    /// Sends a signal, by its name, to the process and all it has started, unless it has ended.
    pub fn signal(&self, name: &str) -> anyhow::Result<()> {
        let running = self.id().and(self.group);
        running.map_or(Ok(()), |group| processes::send_to_group(group, name))
    }

    /// Kills it, with all it has started; returns when nothing of it is left.
    pub async fn kill(&mut self) -> anyhow::Result<()> {
        self.kill_all()?;
        self.handle.wait().await?;
        processes::end(|| self.left()).await?;
        self.group = None;
        Ok(())
    }

    /// Asks it to end with `signal`, and kills it when it does not.
    pub async fn stop(&mut self, signal: &str) -> anyhow::Result<()> {
        if !self.is_over() {
            self.signal(signal)?;
            // One that takes too long is killed below, as is what a quick one leaves.
            let _ = timeout(self.patience, self.handle.wait()).await;
        }
        self.kill().await
    }

    /// The last lines of what it said.
    #[must_use]
    pub fn last_words(&self) -> String {
        let said = std::fs::read(&self.log).unwrap_or_default();
        let said = String::from_utf8_lossy(&said);
        let lines: Vec<&str> = said.lines().collect();
        lines[lines.len().saturating_sub(20)..].join("\n")
    }

    /// What there is of it.
    fn left(&self) -> Vec<Listed> {
        let Some(group) = self.group else { return Vec::new() };
        let title = self.title.as_deref();
        let is_titled = |one: &Listed| title.is_some_and(|it| one.command().starts_with(it));
        let is_left = |one: &Listed| one.group == group || is_titled(one);
        processes::all().into_iter().filter(is_left).collect()
    }

    fn kill_all(&mut self) -> anyhow::Result<()> {
        let left = self.left();
        if left.is_empty() && self.id().is_none() {
            self.group = None;
        }
        processes::kill(self.group, &left)
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        // Nobody is left to be told of a failure; the parent-death signal remains.
        let _ = self.kill_all();
    }
}
