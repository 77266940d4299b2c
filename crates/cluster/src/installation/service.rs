//! One process of a service, started again when it ends.

use std::{
    path::Path,
    time::{Duration, Instant},
};

use anyhow::{Context, bail};

use crate::{
    child::{Child, Program},
    servers::ready_at,
};

/// A process is started again as long after its start at the soonest.
const HASTE: Duration = Duration::from_secs(1);

/// One that ends so soon after its start has not come to work: each time it is left alone twice as long.
const SOON: Duration = Duration::from_secs(10);

/// How long one is left alone at the most.
const LONGEST: Duration = Duration::from_secs(30);

/// One process of a service.
#[derive(Debug)]
pub(super) struct Service {
    name: String,
    program: Program,
    child: Child,
    started: Instant,
    /// How long after its start it may be started again.
    rest: Duration,
}

impl Service {
    pub(super) fn start(name: &str, program: Program, folder: &Path) -> anyhow::Result<Self> {
        let program = program.log(&folder.join(format!("log/{name}.log")));
        let child = program.start()?;
        Ok(Self { name: name.to_owned(), program, child, started: Instant::now(), rest: HASTE })
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    pub(super) fn id(&self) -> Option<u32> {
        self.child.id()
    }

    /// Waits until it listens on `port`.
    pub(super) async fn listens(&mut self, port: u16) -> anyhow::Result<()> {
        ready_at(&self.name, &mut self.child, port).await
    }

    /// Starts it again if it has ended; answers whether. Fails, and has started it, if it ended soon after its start:
    /// it may do so again.
    pub(super) async fn revive(&mut self) -> anyhow::Result<bool> {
        let age = self.started.elapsed();
        let is_due = self.child.is_over() && age > self.rest;
        if !is_due {
            return Ok(false);
        }
        let (cannot, words) =
            (format!("{} cannot be started again yet", self.name), self.child.last_words());
        self.child.kill().await.context(cannot.clone())?;
        self.child = self.program.start().context(cannot)?;
        self.started = Instant::now();
        self.rest = rest(self.rest, age);
        if self.rest > HASTE {
            bail!("{} ended soon after its start, and is started again: {words}", self.name);
        }
        Ok(true)
    }

    pub(super) async fn stop(&mut self) -> anyhow::Result<()> {
        self.child.stop("TERM").await
    }
}

/// How long after its next start a process is left alone that was for `rest`, and has ended at the age of `age`.
fn rest(rest: Duration, age: Duration) -> Duration {
    if age > SOON.max(rest * 2) { HASTE } else { (rest * 2).min(LONGEST) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_that_ends_again_and_again_is_left_alone_longer_each_time() {
        let seconds = Duration::from_secs;
        for (rested, age, expected) in
            [(1, 1, 2), (2, 2, 4), (4, 9, 8), (16, 16, 30), (30, 31, 30), (30, 61, 1), (1, 11, 1)]
        {
            assert_eq!(rest(seconds(rested), seconds(age)), seconds(expected), "{rested} {age}");
        }
    }
}
