//! A Redis server of a test's own, which it may break.

use cluster::servers::{Redis, Server as _};
use tempfile::TempDir;

/// A server without a copy on disk, on a port of its own; ends with the test.
pub struct Server {
    redis: Redis,
    _folder: TempDir,
}

impl Server {
    pub async fn start() -> Self {
        let folder = TempDir::new().unwrap();
        let redis = Redis::start(folder.path()).await.unwrap();
        Self { redis, _folder: folder }
    }

    pub fn url(&self) -> String {
        self.redis.url()
    }

    /// As a power cut does it.
    pub async fn kill(&mut self) {
        self.redis.kill().await.unwrap();
    }

    /// The server comes back, with nothing of what it held.
    pub async fn start_again(&mut self) {
        self.redis.restart().await.unwrap();
    }

    /// From now on it copies `other`, and takes no writes but its.
    pub async fn copy(&self, other: &Self) {
        let other = other.url();
        let (_, port) = other.rsplit_once(':').unwrap();
        self.command(&["REPLICAOF", "127.0.0.1", port]).await;
    }

    /// Nobody can connect to it any more; who is connected stays so.
    pub async fn hide(&self) {
        self.command(&["CONFIG", "SET", "port", "0"]).await;
    }

    /// Listens where `other` did.
    pub async fn take_the_place_of(&mut self, other: &Self) {
        self.redis.take_the_place_of(&other.redis).await.unwrap();
    }

    /// What the server answers to a command.
    pub async fn command(&self, words: &[&str]) -> redis::Value {
        let client = redis::Client::open(self.url()).unwrap();
        let mut connection = client.get_multiplexed_async_connection().await.unwrap();
        redis::cmd(words[0]).arg(&words[1..]).query_async(&mut connection).await.unwrap()
    }
}
