//! A Redis server of a test's own, which it may break.

use std::{
    net::TcpListener,
    process::{Child, Command, Stdio},
    time::Duration,
};

use tempfile::TempDir;
use tokio::time::{sleep, timeout};

/// A server without a copy on disk, on a port of its own; ends with the test.
pub struct Server {
    child: Child,
    port: u16,
    folder: TempDir,
}

impl Server {
    pub async fn start() -> Self {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let folder = TempDir::new().unwrap();
        let child = spawn(port, &folder);
        let server = Self { child, port, folder };
        server.until_it_answers().await;
        server
    }

    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// As a power cut does it.
    pub fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// The server comes back, with nothing of what it held.
    pub async fn start_again(&mut self) {
        self.child = spawn(self.port, &self.folder);
        self.until_it_answers().await;
    }

    async fn until_it_answers(&self) {
        let answers = async {
            while self.try_command(&["PING"]).await.is_err() {
                sleep(Duration::from_millis(5)).await;
            }
        };
        timeout(Duration::from_secs(10), answers).await.expect("redis-server starts");
    }

    /// From now on it copies `other`, and takes no writes but its.
    pub async fn copy(&self, other: &Self) {
        self.command(&["REPLICAOF", "127.0.0.1", &other.port.to_string()]).await;
    }

    /// Nobody can connect to it any more; who is connected stays so.
    pub async fn hide(&self) {
        self.command(&["CONFIG", "SET", "port", "0"]).await;
    }

    /// Listens where `other` did.
    pub async fn take_the_place_of(&mut self, other: &Self) {
        self.command(&["CONFIG", "SET", "port", &other.port.to_string()]).await;
        self.port = other.port;
    }

    /// What the server answers to a command.
    pub async fn command(&self, words: &[&str]) -> redis::Value {
        self.try_command(words).await.unwrap()
    }

    async fn try_command(&self, words: &[&str]) -> redis::RedisResult<redis::Value> {
        let client = redis::Client::open(self.url())?;
        let mut connection = client.get_multiplexed_async_connection().await?;
        redis::cmd(words[0]).arg(&words[1..]).query_async(&mut connection).await
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn spawn(port: u16, folder: &TempDir) -> Child {
    Command::new("redis-server")
        .args(["--port", &port.to_string(), "--bind", "127.0.0.1", "--save", "", "--dir"])
        .arg(folder.path())
        .stdout(Stdio::null())
        .spawn()
        .expect("redis-server is installed: apt-get install redis-server")
}
