//! A command beside servers of its own.

use std::{env, os::unix::process::ExitStatusExt, path::Path, process::ExitCode};

use anyhow::Context;
use clap::Args;
use cluster::servers::{Durability, Postgres, RabbitMq, Redis, RedisCluster};
use tokio::process::Command;

#[derive(Debug, Args)]
pub struct Arguments {
    /// The command and its arguments.
    #[arg(trailing_var_arg = true, required = true)]
    command: Vec<String>,
}

/// What was started; what the environment already leads to was not.
struct Started {
    variables: Vec<(&'static str, String)>,
    _postgres: Option<Postgres>,
    _rabbitmq: Option<RabbitMq>,
    _redis: Option<Redis>,
    _redis_cluster: Option<RedisCluster>,
}

pub async fn run(arguments: Arguments) -> anyhow::Result<ExitCode> {
    let folder = tempfile::Builder::new().prefix("sluice-servers-").tempdir()?;
    let started = start(folder.path()).await?;
    let (program, words) = arguments.command.split_first().context("no command")?;
    let mut child = Command::new(program)
        .args(words)
        .envs(started.variables.iter().map(|(name, value)| (*name, value)))
        .kill_on_drop(true)
        .spawn()
        .with_context(|| format!("cannot start {program}"))?;
    let status = tokio::select! {
        status = child.wait() => status?,
        stopped = super::stopped() => {
            stopped?;
            child.kill().await?;
            child.wait().await?
        }
    };
    drop(started);
    let code = status.code().unwrap_or(128 + status.signal().unwrap_or_default());
    Ok(ExitCode::from(u8::try_from(code).unwrap_or(1)))
}

/// What `start` makes; nothing if the environment names one already, in `variable`.
async fn unless_given<T>(
    variable: &str,
    start: impl Future<Output = anyhow::Result<T>>,
) -> anyhow::Result<Option<T>> {
    if env::var_os(variable).is_some() { Ok(None) } else { start.await.map(Some) }
}

async fn start(folder: &Path) -> anyhow::Result<Started> {
    let (postgres_in, rabbitmq_in, redis_in) =
        (folder.join("postgres"), folder.join("rabbitmq"), folder.join("redis"));
    let postgres = Postgres::start(&postgres_in, Durability::Volatile);
    let nodes_in = folder.join("redis-cluster");
    let (postgres, rabbitmq, redis, redis_cluster) = tokio::try_join!(
        unless_given("TEST_DATABASE_URL", postgres),
        unless_given("TEST_RABBITMQ_URL", RabbitMq::start(&rabbitmq_in)),
        unless_given("TEST_REDIS_URL", Redis::start(&redis_in)),
        unless_given("TEST_REDIS_CLUSTER_URL", RedisCluster::start(&nodes_in)),
    )?;
    let mut variables = Vec::new();
    variables.extend(postgres.as_ref().map(|server| ("TEST_DATABASE_URL", server.url())));
    variables.extend(redis.as_ref().map(|server| ("TEST_REDIS_URL", server.url())));
    let cluster_url = redis_cluster.as_ref().map(RedisCluster::url);
    variables.extend(cluster_url.map(|url| ("TEST_REDIS_CLUSTER_URL", url)));
    if let Some(server) = &rabbitmq {
        variables.push(("TEST_RABBITMQ_URL", server.url()));
        variables.push(("TEST_RABBITMQ_MANAGEMENT_URL", server.management_url()));
    }
    Ok(Started {
        variables,
        _postgres: postgres,
        _rabbitmq: rabbitmq,
        _redis: redis,
        _redis_cluster: redis_cluster,
    })
}
