//! The bare chain: one minimal program per hop, on the same servers, that keeps and checks nothing.
//!
//! ```text
//! client ── nginx ── edge ── PostgreSQL, RabbitMQ ── worker ── provider
//!    ▲                ▲                                │
//!    └────────────────┴──────────── Redis ◀────────────┘
//! ```
//!
//! What Sluice takes beyond this is the price of answers that survive. How much of it any program would have to pay
//! is told by the chain that keeps ([`keep`]): the same with the round trips that the promises need.

mod edge;
mod keep;
mod worker;

use std::{
    env,
    path::Path,
    time::{Duration, Instant},
};

use anyhow::Context;
use cluster::{
    child::{Child, Program},
    servers::{Durability, Nginx, Postgres, RabbitMq, Redis, free_port},
};
use reqwest::{Client as Http, Response};
use tempfile::TempDir;

pub use self::worker::declare;
use crate::usage;

/// How the queue is called.
const QUEUE: &str = "bare";

/// What a program of the chain is told: by words on its command line.
#[derive(Debug, Clone, clap::Subcommand)]
pub enum Hop {
    /// Takes questions, and hands over streams.
    BareEdge {
        /// Where to listen.
        port: u16,
        /// PostgreSQL.
        database: String,
        /// RabbitMQ.
        broker: String,
        /// Redis.
        live: String,
        /// To keep what it is asked.
        #[arg(long)]
        keeps: bool,
    },
    /// Takes questions from the queue, and asks the provider.
    BareWorker {
        /// RabbitMQ.
        broker: String,
        /// Redis.
        live: String,
        /// The provider.
        provider: String,
        /// To keep what it is asked.
        #[arg(long)]
        keeps: bool,
    },
}

impl Hop {
    /// Runs it for ever.
    pub async fn run(self) -> anyhow::Result<()> {
        match self {
            Self::BareEdge { port, database, broker, live, keeps } => {
                edge::run(port, (&database, &broker, &live), keeps).await
            }
            Self::BareWorker { broker, live, provider, keeps } => {
                worker::run(&broker, &live, provider, keeps).await
            }
        }
    }
}

/// A running chain. Dropped, it is killed.
pub struct Bare {
    /// Where nginx listens.
    pub url: String,
    programs: [Child; 2],
    _servers: (Postgres, RabbitMq, Redis, Nginx),
    _folder: TempDir,
}

impl Bare {
    /// Starts one that asks the provider at `base_url`; if it `keeps`, with the round trips that takes.
    pub async fn start(base_url: &str, keeps: bool) -> anyhow::Result<Self> {
        let folder = tempfile::tempdir()?;
        let of = |name: &str| folder.path().join(name);
        let (postgres_in, rabbitmq_in, redis_in) = (of("postgres"), of("rabbitmq"), of("redis"));
        let (postgres, rabbitmq, redis) = tokio::try_join!(
            Postgres::start(&postgres_in, Durability::Durable),
            RabbitMq::start(&rabbitmq_in),
            Redis::start(&redis_in),
        )?;
        let port = free_port()?;
        let flag = keeps.then_some("--keeps");
        let worker = program("bare-worker", folder.path())?.words(flag);
        let worker = worker.words([rabbitmq.url(), redis.url(), base_url.to_owned()]).start()?;
        let edge = program("bare-edge", folder.path())?.words(flag).word(port.to_string());
        let edge = edge.words([postgres.url(), rabbitmq.url(), redis.url()]).start()?;
        let nginx = Nginx::start(&of("nginx"), &[format!("http://127.0.0.1:{port}")]).await?;
        let url = nginx.url();
        until_ready(&url).await?;
        let servers = (postgres, rabbitmq, redis, nginx);
        Ok(Self { url, programs: [worker, edge], _servers: servers, _folder: folder })
    }

    /// Processor time of its programs so far.
    pub fn cpu(&self) -> anyhow::Result<Duration> {
        let ids = self.programs.iter().map(|program| program.id().context("a hop has ended"));
        ids.map(|id| usage::cpu(id?)).sum()
    }
}

/// Asks `model` through the chain at `url`.
pub async fn ask(http: &Http, url: &str, model: &str) -> anyhow::Result<(Instant, Response)> {
    let asked = Instant::now();
    let accepted = http.post(format!("{url}/ask")).body(model.to_owned()).send().await?;
    let id = accepted.error_for_status()?.text().await?;
    let stream = http.get(format!("{url}/stream/{id}")).send().await?;
    Ok((asked, stream.error_for_status()?))
}

fn program(hop: &str, folder: &Path) -> anyhow::Result<Program> {
    let this = env::current_exe().context("this program has no path")?;
    Ok(Program::new(hop, this.display().to_string(), folder).word(hop))
}

async fn until_ready(url: &str) -> anyhow::Result<()> {
    let http = crate::direct::http()?;
    for _ in 0..500 {
        if http.get(format!("{url}/ready")).send().await.is_ok_and(|got| got.status().is_success())
        {
            return Ok(());
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    anyhow::bail!("the bare chain is not ready")
}
