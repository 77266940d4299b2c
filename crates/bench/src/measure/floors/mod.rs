//! The floors: what each hop takes by itself, one after the other, on servers of the same kind. No program that goes over a
//! hop is faster; all of them in a row are what the bare chain goes over.

mod edge;
mod servers;

use std::{
    fs::File,
    os::unix::fs::FileExt,
    path::Path,
    time::{Duration, Instant},
};

use cluster::servers::{Durability, Postgres, RabbitMq, Redis};
use tempfile::TempDir;

use super::Bench;
use crate::{direct, report::Report, sample::Sample};

/// How often each hop is gone over.
const TIMES: usize = 500;
/// So often before: connections are opened, and statements planned.
const BEFORE: usize = 50;
/// As much as a small transaction writes.
const BLOCK: [u8; 8192] = [7; 8192];

pub async fn run(bench: &Bench) -> anyhow::Result<Report> {
    let folder = TempDir::new()?;
    let of = |name: &str| folder.path().join(name);
    let (postgres_in, rabbitmq_in, redis_in) = (of("postgres"), of("rabbitmq"), of("redis"));
    let (postgres, rabbitmq, redis) = tokio::try_join!(
        Postgres::start(&postgres_in, Durability::Durable),
        RabbitMq::start(&rabbitmq_in),
        Redis::start(&redis_in),
    )?;
    let (confirmed, delivered) = servers::rabbitmq(&rabbitmq.url()).await?;
    let (published, appended) = servers::redis(&redis.url()).await?;
    let edge = edge::Edge::start(&of("nginx")).await?;
    let (plain, through_nginx) = (edge.request(&edge.url).await?, edge.request(&edge.nginx).await?);
    Ok(Report::new(&format!("floors: each hop by itself, {TIMES} times one after the other"))
        .line("disk: fdatasync of 8 KiB", disk(&of("block"))?.summary())
        .line("PostgreSQL: three rows at once", servers::postgres(&postgres.url()).await?)
        .line("RabbitMQ: publish to confirm", confirmed)
        .line("RabbitMQ: publish to delivery", delivered)
        .line("Redis: publish to subscriber", published)
        .line("Redis: fenced append to subscriber", appended)
        .line("provider: request to first token", provider(&bench.provider.base_url()).await?)
        .line("edge: a piece to its viewer", edge.piece().await?)
        .line("edge: request to answer", plain)
        .line("edge: the same through nginx", through_nginx))
}

/// How long `hop` takes, gone over again and again.
async fn timed(mut hop: impl AsyncFnMut() -> anyhow::Result<Duration>) -> anyhow::Result<Sample> {
    let mut sample = Sample::default();
    for number in 0..BEFORE + TIMES {
        let took = hop().await?;
        if number >= BEFORE {
            sample.push(took);
        }
    }
    Ok(sample)
}

fn disk(path: &Path) -> anyhow::Result<Sample> {
    let (file, mut sample) = (File::create(path)?, Sample::default());
    // In the same place, as logs are written into files of earlier: a file that grows costs more.
    for _ in 0..TIMES {
        file.write_all_at(&BLOCK, 0)?;
        let begun = Instant::now();
        file.sync_data()?;
        sample.push(begun.elapsed());
    }
    Ok(sample)
}

/// On a connection that is kept, of a provider that thinks for no time.
async fn provider(base_url: &str) -> anyhow::Result<crate::sample::Summary> {
    let http = direct::http()?;
    let sample = timed(async || {
        let (asked, mut response) = direct::ask(&http, base_url, "sim-ttft=0ms,tokens=1").await?;
        response.chunk().await?;
        let took = asked.elapsed();
        while response.chunk().await?.is_some() {}
        Ok(took)
    });
    Ok(sample.await?.summary())
}
