//! The services of the process, and the order in which they stop.
//!
//! Workers stop first, so that their last reports are settled; then the api, whose last messages the
//! books take in; then the books; last of all what everybody uses.

use std::future::Future;

use anyhow::Context;
use futures_util::{FutureExt, future::select_all};
use tokio::task::JoinHandle;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

/// One service.
struct Stage {
    name: &'static str,
    stop: CancellationToken,
    task: JoinHandle<anyhow::Result<()>>,
}

/// The services, in the order in which they stop.
#[derive(Default)]
pub struct Stages {
    services: Vec<Stage>,
    beside: TaskTracker,
    last: CancellationToken,
}

impl Stages {
    /// Ends when all services have.
    pub fn last(&self) -> &CancellationToken {
        &self.last
    }

    /// Runs something until the [`Stages::last`] token, which it must follow.
    pub fn beside(&mut self, task: impl Future<Output = ()> + Send + 'static) {
        self.beside.spawn(task);
    }

    /// Runs a service that stops after those named before.
    pub fn then<F>(&mut self, name: &'static str, service: impl FnOnce(CancellationToken) -> F)
    where
        F: Future<Output = anyhow::Result<()>> + Send + 'static,
    {
        let stop = CancellationToken::new();
        let task = self.beside.spawn(service(stop.clone()));
        self.services.push(Stage { name, stop, task });
    }

    /// Waits for `soft`, or for a service that ends by itself; then stops all of them in order.
    pub async fn run(mut self, soft: &CancellationToken) -> anyhow::Result<()> {
        let mut result = tokio::select! {
            () = soft.cancelled() => Ok(()),
            early = self.one_ended() => early,
        };
        for stage in self.services {
            stage.stop.cancel();
            result = result.and(ended(stage.name, stage.task.await));
        }
        self.last.cancel();
        self.beside.close();
        self.beside.wait().await;
        result
    }

    /// The end of the first service that ends by itself, which none should.
    async fn one_ended(&mut self) -> anyhow::Result<()> {
        let tasks = self.services.iter_mut().map(|stage| (&mut stage.task).boxed());
        let (outcome, index, _) = select_all(tasks).await;
        let stage = self.services.remove(index);
        ended(stage.name, outcome)?;
        anyhow::bail!("{} ended by itself", stage.name)
    }
}

fn ended(
    name: &'static str,
    outcome: Result<anyhow::Result<()>, tokio::task::JoinError>,
) -> anyhow::Result<()> {
    outcome.with_context(|| format!("{name} broke off"))?.with_context(|| format!("{name} failed"))
}
