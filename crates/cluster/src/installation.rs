//! A whole installation in one folder: servers, services, and who looks after them.

mod environment;
mod given;
mod room;
mod service;
mod services;

use std::{
    collections::BTreeMap,
    fs::{self, File},
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::{Context, ensure};
use tokio::time::sleep;

use self::{
    environment::Servers,
    given::Given,
    room::{elsewhere, room},
    service::Service,
    services::Started,
};
use crate::{
    rights::Account,
    servers::{Durability, Nginx, Postgres, RabbitMq, Redis, Server, nginx, nginx_port},
};

/// How often it is looked whether everything still runs.
const LOOK: Duration = Duration::from_millis(200);

/// How long what cannot be started again is left alone before the next try.
const REST: Duration = Duration::from_secs(1);

/// What is wanted.
#[derive(Debug, Clone)]
pub struct Wish {
    /// Where everything is kept; what is there already is taken up again.
    pub folder: PathBuf,
    /// Where the services work: their file of settings is looked for there, and relative paths begin there.
    pub project: PathBuf,
    /// Where the binaries of the services are.
    pub binaries: PathBuf,
    /// How many api processes.
    pub apis: usize,
    /// How many provider workers.
    pub workers: usize,
    /// How many accounting workers.
    pub accounting: usize,
    /// Where nginx listens; the first free port from 8080 on if nobody cares.
    pub port: Option<u16>,
    /// Settings for every service, as the environment has them.
    pub environment: BTreeMap<String, String>,
}

/// A running installation. Dropped, it is killed.
#[derive(Debug)]
pub struct Installation {
    folder: PathBuf,
    apis: Vec<String>,
    /// The pages with the figures of each process.
    metrics: Vec<String>,
    services: Vec<Service>,
    nginx: Nginx,
    postgres: Postgres,
    rabbitmq: RabbitMq,
    redis: Redis,
    /// Held as long as the folder is used.
    _lock: File,
}

impl Installation {
    /// Starts everything, and waits until it can be used.
    pub async fn start(wish: Wish) -> anyhow::Result<Self> {
        let folder = prepare(&wish.folder)?;
        let lock = take(&folder)?;
        let wish = Wish { binaries: built(&wish.binaries)?, ..wish };
        let given = Given::ask(&wish).await?;
        // Before its port is chosen: what an earlier one left may still listen there.
        nginx::end_left(&folder.join("nginx")).await?;
        let (postgres_in, nginx_in) =
            (room(&folder, "postgres").await?, room(&folder, "nginx").await?);
        let (rabbitmq_in, redis_in) = (folder.join("rabbitmq"), folder.join("redis"));
        let (accounts, queues) = (Account::all(), given.queues());
        let (postgres, rabbitmq, redis) = tokio::try_join!(
            Postgres::start(&postgres_in, Durability::Durable),
            RabbitMq::start_for(&rabbitmq_in, &accounts, &queues),
            Redis::start_for(&redis_in, &accounts),
        )?;
        let servers = Servers { postgres: &postgres, rabbitmq: &rabbitmq, redis: &redis };
        let Started { services, apis, metrics } =
            services::start(&wish, &given, &folder, &servers, &accounts).await?;
        let port = nginx_port(wish.port).await?;
        let trusted = wish.environment.get("TRUSTED_PROXIES").map_or("", String::as_str);
        let nginx = Nginx::start_at(&nginx_in, port, &apis, trusted).await?;
        let mut installation =
            Self { folder, apis, metrics, services, nginx, postgres, rabbitmq, redis, _lock: lock };
        installation.write_down()?;
        Ok(installation)
    }

    /// What there is, and where, by the names of `.cluster/env`.
    #[must_use]
    pub fn urls(&self) -> Vec<(&'static str, String)> {
        vec![
            ("NGINX_URL", self.nginx.url()),
            ("DATABASE_URL", self.postgres.url()),
            ("RABBITMQ_URL", self.rabbitmq.url()),
            ("RABBITMQ_MANAGEMENT_URL", self.rabbitmq.management_url()),
            ("REDIS_URL", self.redis.url()),
            ("API_URLS", self.apis.join(",")),
            ("METRICS_URLS", self.metrics.join(",")),
        ]
    }

    /// What whoever started it is told.
    #[must_use]
    pub fn banner(&self) -> String {
        let place = |name: &str| self.folder.join(name).display().to_string();
        let link = fs::read_link(self.folder.join("postgres"));
        let data = link.map_or_else(|_| self.folder.clone(), |_| elsewhere(&self.folder));
        format!(
            "\n  Sluice runs on several processes\n\n  \
             Chat        {}\n  \
             API         {}\n  \
             RabbitMQ    {}, its console {}\n  \
             PostgreSQL  {}\n  \
             Redis       {}\n  \
             Metrics     {}\n  \
             Services    {}\n  \
             Addresses   {}\n  \
             Processes   {}\n  \
             Logs        {}\n  \
             Data        {}\n\n  \
             Ctrl-C stops it. Kill any process: it is started again.\n",
            self.nginx.url(),
            self.apis.join(" "),
            self.rabbitmq.url(),
            self.rabbitmq.management_url(),
            self.postgres.url(),
            self.redis.url(),
            self.metrics.join(" "),
            self.services.iter().map(Service::name).collect::<Vec<_>>().join(" "),
            place("env"),
            place("pids"),
            place("log"),
            data.display(),
        )
    }

    /// Lets the broker die as in a power cut, and starts it again; returns when it is up.
    pub async fn restart_broker(&mut self) -> anyhow::Result<()> {
        self.rabbitmq.restart().await?;
        self.write_down()
    }

    /// Starts again whatever ends, for ever. What cannot be started again now is told, and tried again.
    pub async fn keep_alive(&mut self, tell: impl Fn(&anyhow::Error)) {
        loop {
            if let Err(error) = self.revive_all().await {
                tell(&error);
                sleep(REST).await;
            }
            sleep(LOOK).await;
        }
    }

    /// All at once: one that takes its time, or cannot be started again, holds up no other that has ended.
    async fn revive_all(&mut self) -> anyhow::Result<()> {
        let services =
            futures_util::future::join_all(self.services.iter_mut().map(Service::revive));
        let (mut revived, postgres, rabbitmq, redis, nginx) = tokio::join!(
            services,
            revive("postgres", &mut self.postgres),
            revive_broker(&mut self.rabbitmq),
            revive("redis", &mut self.redis),
            revive("nginx", &mut self.nginx),
        );
        revived.extend([postgres, rabbitmq, redis, nginx]);
        if !revived.iter().all(|one| matches!(one, Ok(false))) {
            self.write_down()?;
        }
        revived.into_iter().try_for_each(|one| one.map(drop))
    }

    /// Ends everything as an operator would: who takes work first, the servers last.
    pub async fn stop(mut self) -> anyhow::Result<()> {
        self.nginx.stop().await?;
        let ends = self.services.iter_mut().rev().map(Service::stop);
        futures_util::future::try_join_all(ends).await?;
        tokio::try_join!(self.postgres.stop(), self.rabbitmq.stop(), self.redis.stop())?;
        for name in ["env", "pids"] {
            let place = self.folder.join(name);
            let _ = if place.is_dir() { fs::remove_dir_all(place) } else { fs::remove_file(place) };
        }
        Ok(())
    }

    /// Writes addresses and process ids where scripts look for them.
    fn write_down(&mut self) -> anyhow::Result<()> {
        let line = |(name, value): &(&str, String)| format!("{name}={value}\n");
        let env: String = self.urls().iter().map(line).collect();
        fs::write(self.folder.join("env"), env)?;
        let mut ids: Vec<(String, Option<u32>)> =
            self.services.iter().map(|service| (service.name().to_owned(), service.id())).collect();
        ids.push(("postgres".to_owned(), self.postgres.process().id()));
        ids.push(("rabbitmq".to_owned(), self.rabbitmq.process().id()));
        ids.push(("redis".to_owned(), self.redis.process().id()));
        ids.push(("nginx".to_owned(), self.nginx.process().id()));
        for (name, id) in ids {
            if let Some(id) = id {
                fs::write(self.folder.join("pids").join(name), format!("{id}\n"))?;
            }
        }
        Ok(())
    }
}

/// Starts a server again if it has ended; answers whether.
async fn revive<S: Server + Send + Sync>(name: &str, server: &mut S) -> anyhow::Result<bool> {
    let is_over = server.process().is_over();
    if is_over {
        let cannot = || format!("{name} cannot be started again yet");
        server.restart().await.with_context(cannot)?;
    }
    Ok(is_over)
}

/// The same of the broker, and of what tells its tools where it is.
async fn revive_broker(rabbitmq: &mut RabbitMq) -> anyhow::Result<bool> {
    let names = rabbitmq.revive_names().await;
    let broker = revive("rabbitmq", rabbitmq).await?;
    names.context("epmd cannot be started again yet").map(|_| broker)
}

fn prepare(folder: &Path) -> anyhow::Result<PathBuf> {
    let make = |folder: &Path| {
        fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))
    };
    make(folder)?;
    let folder = folder.canonicalize()?;
    for name in ["pids", "log"] {
        make(&folder.join(name))?;
    }
    for server in ["postgres", "rabbitmq", "redis", "nginx"] {
        let (log, target) =
            (folder.join(format!("log/{server}.log")), format!("../{server}/{server}.log"));
        if fs::symlink_metadata(&log).is_err() {
            std::os::unix::fs::symlink(target, log)?;
        }
    }
    Ok(folder)
}

/// The folder of the binaries, wherever one works.
fn built(binaries: &Path) -> anyhow::Result<PathBuf> {
    let missing = || format!("{}: build the services first", binaries.display());
    binaries.canonicalize().with_context(missing)
}

/// Two installations in one folder would ruin each other's data.
fn take(folder: &Path) -> anyhow::Result<File> {
    let lock = File::create(folder.join("lock"))?;
    ensure!(lock.try_lock().is_ok(), "{} is used by a running installation", folder.display());
    Ok(lock)
}
