//! The measured installation: servers, several processes of each service, and nginx.

use std::{collections::BTreeMap, fs, path::Path, time::Duration};

use anyhow::Context;
use cluster::installation::{Installation as Cluster, Wish};
use sqlx::{Connection, PgConnection};
use tempfile::TempDir;

use crate::{process::SETTINGS, usage};

/// How often to look whether something has happened.
const LOOK: Duration = Duration::from_millis(20);

const FILL: &str = "INSERT INTO messages (id, chat_id, role, content, created_at) \
     SELECT gen_random_uuid(), $1::uuid, 'user', 'message number ' || n, \
     now() - (n || ' seconds')::interval FROM generate_series(1, $2) AS n";

const DAYS: &str = "SELECT user_id::text, sum(input_tokens)::bigint, sum(output_tokens)::bigint \
     FROM daily_usage GROUP BY 1";

/// A running installation in a folder of its own.
pub struct Installation {
    cluster: Cluster,
    folder: TempDir,
    /// Where nginx listens.
    pub url: String,
    /// Where the first api process listens.
    pub edge_url: String,
    /// The broker.
    pub rabbitmq_url: String,
    database_url: String,
}

impl Installation {
    /// Starts the services in `binaries`, asking the provider at `base_url`.
    pub async fn start(binaries: &Path, base_url: &str) -> anyhow::Result<Self> {
        let folder = tempfile::tempdir()?;
        let own = SETTINGS.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let mut environment: BTreeMap<String, String> = own.collect();
        environment.insert("OPENAI_BASE_URL".to_owned(), base_url.to_owned());
        let cluster = Cluster::start(Wish {
            folder: folder.path().to_owned(),
            // Nobody's file of settings changes what is measured.
            project: folder.path().to_owned(),
            binaries: binaries.to_owned(),
            apis: 3,
            workers: 2,
            accounting: 1,
            port: None,
            environment,
        });
        let cluster = cluster.await?;
        let urls: BTreeMap<_, _> = cluster.urls().into_iter().collect();
        let url = urls.get("NGINX_URL").context("no nginx")?.clone();
        let apis = urls.get("API_URLS").context("no api")?;
        let edge_url = apis.split(',').next().context("no api")?.to_owned();
        let rabbitmq_url = urls.get("RABBITMQ_URL").context("no broker")?.clone();
        let database_url = urls.get("DATABASE_URL").context("no store")?.clone();
        Ok(Self { cluster, folder, url, edge_url, rabbitmq_url, database_url })
    }

    /// Processor time so far: of our processes, and of the servers beside them.
    pub fn cpu(&self) -> anyhow::Result<(Duration, Duration)> {
        let mut sum = (Duration::ZERO, Duration::ZERO);
        for (name, pid) in self.pids()? {
            let is_ours = is_ours(&name);
            // The servers' own children do their work.
            for pid in with_children(pid)? {
                let of_it = usage::cpu(pid).unwrap_or_default();
                *if is_ours { &mut sum.0 } else { &mut sum.1 } += of_it;
            }
        }
        Ok(sum)
    }

    /// Resident memory of our processes, in KiB.
    pub fn memory_kib(&self) -> anyhow::Result<u64> {
        let ours = self.pids()?.into_iter().filter(|(name, _)| is_ours(name));
        ours.map(|(_, pid)| usage::memory_kib(pid)).sum()
    }

    /// Resident memory of the first api process, in KiB.
    pub fn edge_memory_kib(&self) -> anyhow::Result<u64> {
        let pids = self.pids()?;
        let (_, pid) = pids.into_iter().find(|(name, _)| name == "api-1").context("no api-1")?;
        usage::memory_kib(pid)
    }

    /// Ends the process called `name` as a power cut would.
    pub fn kill(&self, name: &str) -> anyhow::Result<()> {
        self.signal(name, "KILL")
    }

    /// Lets the broker die and starts it again; returns when it is up.
    pub async fn restart_broker(&mut self) -> anyhow::Result<()> {
        self.cluster.restart_broker().await
    }

    /// Writes `messages` messages into a chat.
    pub async fn fill_chat(&self, chat: &str, messages: usize) -> anyhow::Result<()> {
        let mut store = PgConnection::connect(&self.database_url).await?;
        sqlx::query(FILL).bind(chat).bind(i64::try_from(messages)?).execute(&mut store).await?;
        sqlx::query("ANALYZE messages").execute(&mut store).await?;
        Ok(())
    }

    /// Waits until the usage book has so many entries; answers how many it has.
    pub async fn until_booked(&self, entries: usize) -> anyhow::Result<usize> {
        let mut store = PgConnection::connect(&self.database_url).await?;
        loop {
            let (count,): (i64,) =
                sqlx::query_as("SELECT count(*) FROM usage_events").fetch_one(&mut store).await?;
            let count = usize::try_from(count)?;
            if count >= entries {
                return Ok(count);
            }
            tokio::time::sleep(LOOK).await;
        }
    }

    /// Waits until nothing is left in `queue`.
    pub async fn until_idle(&self, queue: &str) -> anyhow::Result<()> {
        let properties = lapin::ConnectionProperties::default();
        let connection = lapin::Connection::connect(&self.rabbitmq_url, properties).await?;
        let channel = connection.create_channel().await?;
        let options = lapin::options::QueueDeclareOptions { passive: true, ..Default::default() };
        while channel
            .queue_declare(queue.into(), options, lapin::types::FieldTable::default())
            .await?
            .message_count()
            > 0
        {
            tokio::time::sleep(LOOK).await;
        }
        Ok(())
    }

    /// Tokens of prompts and answers by user, as the days have them.
    pub async fn daily_usage(&self) -> anyhow::Result<BTreeMap<String, (i64, i64)>> {
        let mut store = PgConnection::connect(&self.database_url).await?;
        let rows: Vec<(String, i64, i64)> = sqlx::query_as(DAYS).fetch_all(&mut store).await?;
        Ok(rows.into_iter().map(|(user, input, output)| (user, (input, output))).collect())
    }

    /// Sends the process called `name` a signal.
    pub fn signal(&self, name: &str, signal: &str) -> anyhow::Result<()> {
        let pids = self.pids()?;
        let (_, pid) =
            pids.into_iter().find(|(known, _)| known == name).context("no such process")?;
        let killed =
            std::process::Command::new("kill").args(["-s", signal, &pid.to_string()]).status()?;
        anyhow::ensure!(killed.success(), "{name} got no {signal}");
        Ok(())
    }

    fn pids(&self) -> anyhow::Result<Vec<(String, u32)>> {
        let entries = fs::read_dir(self.folder.path().join("pids"))?;
        let read = |entry: std::io::Result<fs::DirEntry>| {
            let entry = entry?;
            let name = entry.file_name().to_string_lossy().into_owned();
            Ok((name, fs::read_to_string(entry.path())?.trim().parse()?))
        };
        entries.map(read).collect()
    }

    /// Ends it.
    pub async fn stop(self) -> anyhow::Result<()> {
        self.cluster.stop().await
    }
}

/// Whether the process called `name` is one of ours; the provider is part of the load.
fn is_ours(name: &str) -> bool {
    ["api-", "provider-worker-", "accounting-worker-"].iter().any(|ours| name.starts_with(ours))
}

fn with_children(pid: u32) -> anyhow::Result<Vec<u32>> {
    let children = fs::read_to_string(format!("/proc/{pid}/task/{pid}/children"))?;
    let mut all = vec![pid];
    all.extend(children.split_whitespace().flat_map(str::parse::<u32>));
    Ok(all)
}
