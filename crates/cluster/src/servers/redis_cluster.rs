//! A Redis cluster of three nodes.

use std::{ops::RangeInclusive, path::Path};

use anyhow::{Context, ensure};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::{Instant, sleep},
};

use super::{LOOK_AGAIN, PATIENCE, Redis, free_port};

/// The part of all keys that each node has.
const SLOTS: [RangeInclusive<u16>; 3] = [0..=5460, 5461..=10922, 10923..=16383];

/// Three nodes without replicas, which keep nothing on disk.
#[derive(Debug)]
pub struct RedisCluster {
    nodes: Vec<Redis>,
}

impl RedisCluster {
    /// Starts one in `folder`, on free ports, and waits until every node knows every other.
    pub async fn start(folder: &Path) -> anyhow::Result<Self> {
        let (mut nodes, mut buses) = (Vec::new(), Vec::new());
        for number in 1..=SLOTS.len() {
            let bus = free_port()?;
            let folder = folder.join(format!("node-{number}"));
            nodes.push(Redis::start_node(&folder, free_port()?, bus).await?);
            buses.push(bus);
        }
        let first = nodes.first().context("no node")?.port();
        for (node, slots) in nodes.iter().zip(SLOTS) {
            let (from, to) = slots.into_inner();
            ask(node.port(), &format!("CLUSTER ADDSLOTSRANGE {from} {to}")).await?;
        }
        for (node, bus) in nodes.iter().zip(&buses).skip(1) {
            ask(first, &format!("CLUSTER MEET 127.0.0.1 {} {bus}", node.port())).await?;
        }
        for node in &nodes {
            until_whole(node.port()).await?;
        }
        Ok(Self { nodes })
    }

    /// Where clients find it.
    #[must_use]
    pub fn url(&self) -> String {
        let ports: Vec<_> =
            self.nodes.iter().map(|node| format!("127.0.0.1:{}", node.port())).collect();
        let (first, others) = (&ports[0], ports[1..].join(","));
        format!("redis+cluster://{first}?nodes={others}")
    }
}

async fn until_whole(port: u16) -> anyhow::Result<()> {
    let deadline = Instant::now() + PATIENCE;
    let whole = format!("cluster_known_nodes:{}", SLOTS.len());
    loop {
        let state = ask(port, "CLUSTER INFO").await?;
        if state.contains("cluster_state:ok") && state.contains(&whole) {
            return Ok(());
        }
        ensure!(Instant::now() < deadline, "the cluster is not whole after {PATIENCE:?}: {state}");
        sleep(LOOK_AGAIN).await;
    }
}

/// What the node at `port` answers to one command.
async fn ask(port: u16, command: &str) -> anyhow::Result<String> {
    let mut connection = TcpStream::connect(("127.0.0.1", port)).await?;
    connection.write_all(format!("{command}\r\nQUIT\r\n").as_bytes()).await?;
    let mut answer = String::new();
    connection.read_to_string(&mut answer).await?;
    ensure!(!answer.starts_with('-'), "{command}: {}", answer.trim());
    Ok(answer)
}
