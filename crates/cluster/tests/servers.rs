//! Every server starts, answers, dies, comes back, and leaves nothing behind.
#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

use std::path::Path;

use cluster::servers::{Disk, Durability, Nginx, Postgres, RabbitMq, Redis, Server};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

/// Whether a process with this id is there.
fn runs(id: u32) -> bool {
    // One that has ended and was not waited for is still listed, as a zombie.
    let stat = std::fs::read_to_string(format!("/proc/{id}/stat")).unwrap_or_default();
    !stat.is_empty() && !stat.contains(") Z ")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn redis_dies_and_comes_back() {
    let folder = tempfile::tempdir().unwrap();
    let mut redis = Redis::start(folder.path()).await.unwrap();
    let url = redis.url();
    redis.kill().await.unwrap();
    assert!(redis.process().is_over());
    redis.restart().await.unwrap();
    assert_eq!(redis.url(), url);
    let id = redis.process().id().unwrap();
    drop(redis);
    gone(id).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn postgres_keeps_its_data() {
    let folder = tempfile::tempdir().unwrap();
    let mut postgres = Postgres::start(folder.path(), Durability::Volatile).await.unwrap();
    let id = postgres.process().id().unwrap();
    postgres.stop().await.unwrap();
    assert!(!runs(id));
    postgres.restart().await.unwrap();
    assert!(folder.path().join("data/PG_VERSION").exists());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_disk_fills_and_goes() {
    let folder = tempfile::tempdir().unwrap();
    let disk = Disk::make(folder.path(), 1).await.unwrap();
    let room = disk.room();
    disk.fill().unwrap();
    let full = std::fs::write(room.join("file"), "more").unwrap_err();
    assert_eq!(full.kind(), std::io::ErrorKind::StorageFull);
    disk.clear().unwrap();
    std::fs::write(room.join("file"), "more").unwrap();
    drop(disk);
    assert!(!folder.path().join("mount/room").exists(), "nobody else ever saw it");
    while room.exists() {
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rabbitmq_answers_clients_and_operators() {
    let folder = tempfile::tempdir().unwrap();
    let mut rabbitmq = RabbitMq::start(folder.path()).await.unwrap();
    let queues = format!("{}/api/queues", rabbitmq.management_url());
    let answer = reqwest::get(&queues).await.unwrap();
    assert_eq!(answer.status(), 200);
    rabbitmq.control(&["add_vhost", "other"]).await.unwrap();
    let id = rabbitmq.process().id().unwrap();
    rabbitmq.stop().await.unwrap();
    assert!(!runs(id));
}

/// Security case 90.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nginx_hands_on_and_hides_what_is_for_operators() {
    let (folder, page) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let backend = Nginx::start(page.path(), &[]).await;
    assert!(backend.is_err(), "an upstream without a server is refused");
    let nginx = Nginx::start(folder.path(), &["http://127.0.0.1:1".to_owned()]).await.unwrap();
    let status = |path: &'static str| {
        let url = format!("{}{path}", nginx.url());
        async move { reqwest::get(url).await.unwrap().status().as_u16() }
    };
    assert_eq!(status("/api/models").await, 502, "nobody is behind it");
    for hidden in ["/metrics", "/api/ops/keys", "/readyz"] {
        assert_eq!(status(hidden).await, 404, "{hidden}");
    }
    assert!(Path::new(&folder.path().join("nginx.pid")).exists());
}

/// Whoever resets streams by the thousand cannot open one: there is no HTTP/2 to do it with.
///
/// Security case 86.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nginx_speaks_no_http_2() {
    let folder = tempfile::tempdir().unwrap();
    let nginx = Nginx::start(folder.path(), &["http://127.0.0.1:1".to_owned()]).await.unwrap();
    let address = nginx.url().trim_start_matches("http://").to_owned();
    let mut connection = TcpStream::connect(address).await.unwrap();
    // What an HTTP/2 client begins with, and empty settings.
    connection.write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0").await.unwrap();
    let mut answer = Vec::new();
    connection.read_to_end(&mut answer).await.unwrap();
    let answer = String::from_utf8_lossy(&answer);
    assert!(
        ["HTTP/1.1 400 ", "HTTP/1.1 505 "].iter().any(|refusal| answer.starts_with(refusal)),
        "{answer}"
    );
}

/// A killed process is gone in a moment, but not at once.
async fn gone(id: u32) {
    let waiting = async {
        while runs(id) {
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(10), waiting).await.unwrap();
}
