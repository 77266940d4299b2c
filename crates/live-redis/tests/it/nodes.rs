//! What becomes of calls when a node of a cluster is away, or gives some of its keys to another.

use std::time::Duration;

use cluster::servers::RedisCluster;
use domain::{
    id::GenerationId,
    key::{KeyId, NoKeyReason},
    model::ProviderName,
};
use ports::live::{EventLog, KeyPool, KeySpec, Lending, LogWriter};
use tempfile::TempDir;
use testkit::{clock::epoch, keys::wish};
use tokio::time::{Instant, timeout};

use crate::{
    installation::{Prefix, Process, connect, options},
    worker::{Worker, followed, request},
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

    /// The number of the slot that `key` lies in, and which node has it.
    async fn slot(&self, key: &str) -> (u16, usize) {
        let slot = self.command(0, &["CLUSTER", "KEYSLOT", key]).await.unwrap();
        (slot, SLOTS_TO.iter().position(|last| slot <= *last).unwrap())
    }

    /// A generation whose log lies at `node`.
    async fn generation_at(&self, node: usize) -> GenerationId {
        loop {
            let generation = GenerationId::generate(epoch());
            if self.slot(&format!("{{{generation}}}")).await.1 == node {
                return generation;
            }
        }
    }

    /// Begins to move a slot from one node to another.
    async fn begin_move(&self, slot: u16, from: usize, to: usize) {
        let (from_id, to_id) = (self.id(from).await, self.id(to).await);
        let slot = slot.to_string();
        let set = ["CLUSTER", "SETSLOT", &*slot];
        let () = self.command(to, &[&set[..], &["IMPORTING", &from_id]].concat()).await.unwrap();
        let () = self.command(from, &[&set[..], &["MIGRATING", &to_id]].concat()).await.unwrap();
    }

    /// Moves one key to another node.
    async fn move_key(&self, key: &str, from: usize, to: usize) {
        let nodes = self.nodes();
        let (host, port) = nodes[to].split_once(':').unwrap();
        let () = self.command(from, &["MIGRATE", host, port, key, "0", "5000"]).await.unwrap();
    }

    /// Moves what is left, and lets all nodes know.
    async fn end_move(&self, slot: u16, from: usize, to: usize) {
        let (slot, to_id) = (slot.to_string(), self.id(to).await);
        let left = ["CLUSTER", "GETKEYSINSLOT", &*slot, "1000"];
        for key in self.command::<Vec<String>>(from, &left).await.unwrap() {
            self.move_key(&key, from, to).await;
        }
        let others = (0..SLOTS_TO.len()).filter(|node| *node != to);
        for node in std::iter::once(to).chain(others) {
            let set = ["CLUSTER", "SETSLOT", &*slot, "NODE", &*to_id];
            let () = self.command(node, &set).await.unwrap();
        }
    }

    async fn id(&self, node: usize) -> String {
        self.command(node, &["CLUSTER", "MYID"]).await.unwrap()
    }
}

/// The last slot of each node.
const SLOTS_TO: [u16; 3] = [5460, 10922, 16383];

#[tokio::test]
async fn a_script_new_to_a_node_runs_there_while_another_node_is_away() {
    for away in [&["SHUTDOWN", "NOSAVE"][..], &["CLIENT", "PAUSE", "60000", "ALL"]] {
        let cluster = Cluster::start().await;
        let url = cluster.cluster.url();
        let prefix = Prefix::new(&url);
        let live = connect(&url, &prefix).await;
        // One that is shut down gives no answer.
        let _: redis::RedisResult<redis::Value> = cluster.command(2, away).await;
        for node in [0, 1] {
            let generation = cluster.generation_at(node).await;
            let opened = live.open(&request(generation)).await;
            assert!(opened.is_ok(), "{away:?}: {opened:?}");
        }
    }
}

/// As when its link to the node that has the log is broken.
#[tokio::test]
async fn a_node_that_does_not_tell_what_is_told_elsewhere_is_left_for_another() {
    let cluster = Cluster::start().await;
    let url = cluster.cluster.url();
    let prefix = Prefix::new(&url);
    let Process { live, .. } = &Process::start(options(&url, &prefix)).await;
    let generation = cluster.generation_at(1).await;
    let mut worker = Worker::begin(live, generation).await;
    let mut batches = live.follow(generation, 0).await.unwrap();
    worker.say().await;
    followed(&mut batches, 1).await;
    let subscribed = async |node| {
        let channels = cluster.command::<Vec<String>>(node, &["PUBSUB", "CHANNELS"]).await;
        channels.is_ok_and(|channels| !channels.is_empty())
    };
    assert!(subscribed(0).await && !subscribed(1).await);
    let first = cluster.id(0).await;
    for node in [1, 2] {
        let whole = ["CONFIG", "SET", "cluster-require-full-coverage", "no"];
        let () = cluster.command(node, &whole).await.unwrap();
        let () = cluster.command(node, &["CLUSTER", "FORGET", &first]).await.unwrap();
    }
    let moved = async {
        while !subscribed(1).await {
            worker.say().await;
            followed(&mut batches, 1).await;
        }
    };
    timeout(Duration::from_secs(30), moved).await.expect("the next node is asked");
    let began = Instant::now();
    for _ in 0..10 {
        worker.say().await;
        followed(&mut batches, 1).await;
    }
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}: told at once", began.elapsed());
}

/// Its loans are still where they were when the pool itself has come to the next node.
#[tokio::test]
async fn a_pool_that_moves_to_another_node_lends_nothing_before_all_of_it_is_there() {
    let cluster = Cluster::start().await;
    let url = cluster.cluster.url();
    let prefix = Prefix::new(&url);
    let (live, other) = (connect(&url, &prefix).await, connect(&url, &prefix).await);
    let provider = ProviderName::parse("simulated").unwrap();
    let specs = [KeySpec::plain(KeyId::new("a"), Some(1))];
    for live in [&live, &other] {
        live.register(&provider, &specs).await.unwrap();
    }
    let lent = live.lend(&wish(&provider, "any")).await.unwrap();
    assert!(matches!(lent, Lending::Lent(_)), "{lent:?}");
    let (slot, from) = cluster.slot("{simulated}").await;
    let to = (from + 1) % SLOTS_TO.len();
    cluster.begin_move(slot, from, to).await;
    let pool = format!("{}pool:{{simulated}}", prefix.text);
    for key in ["", ":order"] {
        let early = other.lend(&wish(&provider, "any")).await;
        assert!(early.is_err(), "{early:?}");
        cluster.move_key(&format!("{pool}{key}"), from, to).await;
    }
    let early = other.lend(&wish(&provider, "any")).await;
    assert!(early.is_err(), "{early:?}");
    cluster.end_move(slot, from, to).await;
    let late = other.lend(&wish(&provider, "any")).await.unwrap();
    assert!(matches!(late, Lending::NoneFor(_, NoKeyReason::RateLimited)), "{late:?}");
}
