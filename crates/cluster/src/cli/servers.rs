//! A command beside servers of its own.

use std::{env, os::unix::process::ExitStatusExt, path::Path, process::ExitCode};

use anyhow::Context;
use clap::Args;
use cluster::servers::{Durability, Postgres, RabbitMq, Redis, RedisCluster};
use tokio::process::Command;

/// Names the broker's management interface.
const MANAGEMENT: &str = "TEST_RABBITMQ_MANAGEMENT_URL";

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

/// Where the management interface of the broker at `url` is, if nobody has moved it, with the same account.
fn management_of(url: &str) -> anyhow::Result<String> {
    let wrong = "TEST_RABBITMQ_URL: must be an amqp URL";
    let rest = url.strip_prefix("amqp://").context(wrong)?;
    let place = rest.split(['/', '?']).next().unwrap_or(rest);
    let (account, host) = place.rsplit_once('@').unwrap_or(("guest:guest", place));
    // The port, if there is one, stands behind the brackets of an address.
    let host = match host.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => host,
        _ => host,
    };
    anyhow::ensure!(!host.is_empty(), wrong);
    Ok(format!("http://{account}@{host}:15672"))
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
        variables.push((MANAGEMENT, server.management_url()));
    } else if env::var_os(MANAGEMENT).is_none() {
        variables.push((MANAGEMENT, management_of(&env::var("TEST_RABBITMQ_URL")?)?));
    }
    Ok(Started {
        variables,
        _postgres: postgres,
        _rabbitmq: rabbitmq,
        _redis: redis,
        _redis_cluster: redis_cluster,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_management_interface_is_beside_its_broker() {
        for (url, expected) in [
            ("amqp://ada:p%40ss@host:5673/vhost", "http://ada:p%40ss@host:15672"),
            ("amqp://host", "http://guest:guest@host:15672"),
            ("amqp://[::1]:5672/%2f?heartbeat=4", "http://guest:guest@[::1]:15672"),
            ("amqp://[::1]", "http://guest:guest@[::1]:15672"),
        ] {
            assert_eq!(management_of(url).unwrap(), expected);
        }
        assert!(management_of("host:5672").is_err());
        assert!(management_of("amqp://").is_err());
    }
}
