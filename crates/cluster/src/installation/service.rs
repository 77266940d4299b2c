//! One process of a service, started again when it ends.

use std::{
    path::Path,
    time::{Duration, Instant},
};

use anyhow::Context;

use crate::{
    child::{Child, Program},
    servers::ready_at,
};

/// A process that ends so soon after its start is started again only after as long.
const HASTE: Duration = Duration::from_secs(1);

/// One process of a service.
#[derive(Debug)]
pub(super) struct Service {
    name: String,
    program: Program,
    child: Child,
    started: Instant,
}

impl Service {
    pub(super) fn start(name: &str, program: Program, folder: &Path) -> anyhow::Result<Self> {
        let program = program.log(&folder.join(format!("log/{name}.log")));
        let child = program.start()?;
        Ok(Self { name: name.to_owned(), program, child, started: Instant::now() })
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

    /// Starts it again if it has ended; answers whether.
    pub(super) async fn revive(&mut self) -> anyhow::Result<bool> {
        let is_due = self.child.is_over() && self.started.elapsed() > HASTE;
        if is_due {
            let cannot = || format!("{} cannot be started again yet", self.name);
            self.child.kill().await.with_context(cannot)?;
            self.child = self.program.start().with_context(cannot)?;
            self.started = Instant::now();
        }
        Ok(is_due)
    }

    pub(super) async fn stop(&mut self) -> anyhow::Result<()> {
        self.child.stop("TERM").await
    }
}
