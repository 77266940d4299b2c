//! The servers that Sluice works with, each in a folder and on ports of its own. Dropped, a server is
//! killed; its folder stays with its owner.

mod disk;
pub(crate) mod nginx;
mod port;
mod postgres;
mod rabbitmq;
mod redis;
mod redis_cluster;

use std::{
    fs, future::Future, io::Write, os::unix::fs::OpenOptionsExt, path::Path, time::Duration,
};

use anyhow::{Context, bail};
use tokio::time::{Instant, sleep};

pub(crate) use self::postgres::ACCOUNT;
pub use self::{
    disk::Disk,
    nginx::Nginx,
    port::{free_port, nginx_port},
    postgres::{Durability, Postgres},
    rabbitmq::RabbitMq,
    redis::Redis,
    redis_cluster::RedisCluster,
};
use crate::child::Child;

/// What all of them have in common.
pub trait Server {
    /// The signal at which it ends as an operator would have it end.
    const STOP: &str;

    /// The process.
    fn process(&mut self) -> &mut Child;

    /// One more process at the same place, with the same data, ready to be used.
    fn launch(&self) -> impl Future<Output = anyhow::Result<Child>> + Send;

    /// Ends it as a power cut would.
    fn kill(&mut self) -> impl Future<Output = anyhow::Result<()>> + Send {
        self.process().kill()
    }

    /// Ends it as an operator would.
    fn stop(&mut self) -> impl Future<Output = anyhow::Result<()>> + Send {
        self.process().stop(Self::STOP)
    }

    /// Lets it stand still.
    fn pause(&mut self) -> anyhow::Result<()> {
        self.process().signal("STOP")
    }

    /// Lets it go on.
    fn resume(&mut self) -> anyhow::Result<()> {
        self.process().signal("CONT")
    }

    /// Starts it again at the same place, killed first if it still runs.
    fn restart(&mut self) -> impl Future<Output = anyhow::Result<()>> + Send
    where
        Self: Send + Sync,
    {
        async {
            self.process().kill().await?;
            let child = self.launch().await?;
            *self.process() = child;
            Ok(())
        }
    }
}

/// How long a server may take to be ready.
const PATIENCE: Duration = Duration::from_mins(1);

/// How soon it is looked again.
const LOOK_AGAIN: Duration = Duration::from_millis(20);

/// Waits until `is_ready`; fails when `child` ends before, or takes too long.
async fn ready<F: Future<Output = bool>>(
    name: &str,
    child: &mut Child,
    is_ready: impl Fn() -> F,
) -> anyhow::Result<()> {
    let deadline = Instant::now() + PATIENCE;
    while !is_ready().await {
        if child.is_over() {
            bail!("{name} ended at its start: {}", child.last_words());
        }
        if Instant::now() > deadline {
            bail!("{name} is not ready after {PATIENCE:?}: {}", child.last_words());
        }
        sleep(LOOK_AGAIN).await;
    }
    Ok(())
}

/// Waits until somebody listens on `port`, or `child` has ended.
pub(crate) async fn ready_at(name: &str, child: &mut Child, port: u16) -> anyhow::Result<()> {
    ready(name, child, || port::is_open(port)).await
}

/// Makes `folder` if it is missing.
fn make(folder: &Path) -> anyhow::Result<()> {
    std::fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))
}

/// Writes what only the owner of `file` may read.
fn write_private(file: &Path, text: &str) -> anyhow::Result<()> {
    let mut options = fs::OpenOptions::new();
    let made = options.write(true).create(true).truncate(true).mode(0o600).open(file);
    let mut made = made.with_context(|| format!("cannot write {}", file.display()))?;
    Ok(made.write_all(text.as_bytes())?)
}

/// The first of `places` that is there, or an error that names the Debian package to install.
fn find(places: &[&str], package: &str) -> anyhow::Result<String> {
    let found = places.iter().find(|place| Path::new(place).exists());
    found
        .map(|place| (*place).to_owned())
        .with_context(|| format!("{} is missing: apt-get install {package}", places[0]))
}
