//! What becomes of calls when a node of a cluster is away, or gives some of its keys to another.

use cluster::servers::RedisCluster;
use domain::id::GenerationId;
use ports::live::LogWriter;
use tempfile::TempDir;
use testkit::clock::epoch;

use crate::{
    installation::{Prefix, connect},
    worker::request,
};

/// A cluster of a test's own, which it may break.
struct Cluster {
    cluster: RedisCluster,
    _folder: TempDir,
}

impl Cluster {
    async fn start() -> Self {
        let folder = TempDir::new().unwrap();
        let cluster = RedisCluster::start(folder.path()).await.unwrap();
        Self { cluster, _folder: folder }
    }

    /// Its nodes, as `host:port`.
    fn nodes(&self) -> Vec<String> {
        let url = self.cluster.url();
        let (_, nodes) = url.split_once("://").unwrap();
        nodes.split(['?', ',']).map(|node| node.trim_start_matches("nodes=").to_owned()).collect()
    }

    /// What a node answers to a command, if it does.
    async fn command<T: redis::FromRedisValue>(
        &self,
        node: usize,
        words: &[&str],
    ) -> redis::RedisResult<T> {
        let client = redis::Client::open(format!("redis://{}", self.nodes()[node]))?;
        let mut connection = client.get_multiplexed_async_connection().await?;
        redis::cmd(words[0]).arg(&words[1..]).query_async(&mut connection).await
    }

    /// The number of the slot that `key` lies in.
    async fn slot(&self, key: &str) -> u16 {
        self.command(0, &["CLUSTER", "KEYSLOT", key]).await.unwrap()
    }
}

/// Of three nodes the last has the slots from this one on.
const LAST_NODE_FROM: u16 = 10923;

#[tokio::test]
async fn a_script_new_to_a_node_runs_there_while_another_node_is_away() {
    let cluster = Cluster::start().await;
    let url = cluster.cluster.url();
    let prefix = Prefix::new(&url);
    let live = connect(&url, &prefix).await;
    let _: redis::RedisResult<()> = cluster.command(2, &["SHUTDOWN", "NOSAVE"]).await;
    let mut opened = 0;
    while opened < 5 {
        let generation = GenerationId::generate(epoch());
        if cluster.slot(&format!("{{{generation}}}")).await >= LAST_NODE_FROM {
            continue;
        }
        live.open(&request(generation)).await.unwrap();
        opened += 1;
    }
}
