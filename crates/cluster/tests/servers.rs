//! Every server starts, answers, dies, comes back, and leaves nothing behind.
#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

use std::path::Path;

use cluster::servers::{Disk, Durability, Nginx, Postgres, RabbitMq, Redis, Server, free_port};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
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

/// Security cases 90, 93.
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
    let answer = reqwest::get(nginx.url()).await.unwrap();
    assert_eq!(answer.headers()["server"], "nginx", "no version");
    for hidden in [
        "/metrics",
        "/metrics/more",
        "/api/ops",
        "/api/ops/keys",
        "/API/../api/ops/keys",
        "/console",
        "/console/",
        "/readyz",
        "/healthz",
        "/api/docs",
        "/api/docs/",
        "/api/docs/swagger-ui.css",
        "/openapi.json",
    ] {
        assert_eq!(status(hidden).await, 404, "{hidden}");
    }
    assert!(Path::new(&folder.path().join("nginx.pid")).exists());
}

/// Security case 63.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_nginx_says_itself_is_as_the_api_would_say_it() {
    let folder = tempfile::tempdir().unwrap();
    let (nobody, us) = (["http://127.0.0.1:1".to_owned()], "set_real_ip_from 127.0.0.1;");
    let port = free_port().unwrap();
    let nginx = Nginx::start_at(folder.path(), port, &nobody, us).await.unwrap();
    let client = reqwest::Client::builder().build().unwrap();
    for (path, body, status, code) in [
        ("/console", 0, 404, "no_such_route"),
        ("/api/ops/keys", 0, 404, "no_such_route"),
        // What the api refuses by itself gets as far as there, where nobody is.
        ("/api/chats", (1 << 20) + 1, 502, "unavailable"),
        ("/api/chats", (2 << 20) + 1, 413, "body_too_large"),
    ] {
        for scheme in ["http", "https"] {
            let asked = client.post(format!("{}{path}", nginx.url())).body(vec![b' '; body]);
            let asked = asked.header("X-Forwarded-For", "203.0.113.7");
            let answer = asked.header("X-Forwarded-Proto", scheme).send().await.unwrap();
            assert_eq!(answer.status(), status, "{path}, {body} bytes");
            let only_by_https = (scheme == "https").then_some("max-age=31536000");
            for (name, value) in [
                ("content-type", Some("application/problem+json")),
                ("cache-control", Some("no-store")),
                ("x-content-type-options", Some("nosniff")),
                ("x-frame-options", Some("DENY")),
                ("referrer-policy", Some("no-referrer")),
                ("strict-transport-security", only_by_https),
            ] {
                let values: Vec<_> = answer.headers().get_all(name).iter().collect();
                assert_eq!(values, value.as_slice(), "{name} at {path}, by {scheme}");
            }
            let said: serde_json::Value = answer.json().await.unwrap();
            assert_eq!((&said["code"], &said["status"]), (&code.into(), &status.into()));
        }
    }
}

/// What nginx makes of bytes on a connection, as a line, when nobody is behind it.
async fn refusal(address: &str, bytes: &str) -> String {
    let mut connection = TcpStream::connect(address).await.unwrap();
    connection.write_all(bytes.as_bytes()).await.unwrap();
    let mut answer = String::new();
    connection.read_to_string(&mut answer).await.unwrap();
    answer.lines().next().unwrap_or_default().to_owned()
}

/// Two readers of one connection must agree where a request ends.
///
/// Security case 57.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nginx_passes_no_request_on_of_which_the_end_is_in_doubt() {
    let folder = tempfile::tempdir().unwrap();
    let nginx = Nginx::start(folder.path(), &["http://127.0.0.1:1".to_owned()]).await.unwrap();
    let address = nginx.url().trim_start_matches("http://").to_owned();
    for (headers, body, refused) in [
        ("Content-Length: 1\r\n", "1", "502"),
        ("Content-Length: 6\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\nG", "400"),
        ("Content-Length: 1\r\nContent-Length: 2\r\n", "12", "400"),
        ("Content-Length: +1\r\n", "1", "400"),
        ("Transfer-Encoding: xchunked\r\n", "0\r\n\r\n", "501"),
        ("Transfer-Encoding: chunked\r\nTransfer-Encoding: x\r\n", "0\r\n\r\n", "400"),
        ("Transfer-Encoding: chunked\r\n", "1;\nx\r\n1\r\n0x0\r\n\r\n", "400"),
    ] {
        let begin = "POST /api/chats HTTP/1.1\r\nHost: h\r\nConnection: close";
        let request = format!("{begin}\r\n{headers}\r\n{body}");
        let line = refusal(&address, &request).await;
        assert!(line.starts_with(&format!("HTTP/1.1 {refused} ")), "{headers:?}: {line}");
    }
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

/// What an api process is told of a caller who sends the headers `said`, behind an nginx that believes the
/// `trusted`: how they came, and the address that counts.
async fn told(trusted: &str, said: &[&str]) -> (String, String) {
    let api = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", api.local_addr().unwrap());
    let folder = tempfile::tempdir().unwrap();
    let port = free_port().unwrap();
    let _nginx = Nginx::start_at(folder.path(), port, &[url], trusted).await.unwrap();
    let mut caller = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
    let lines = [&["GET / HTTP/1.1", "Host: chat.example.org"], said, &["\r\n"]].concat();
    caller.write_all(lines.join("\r\n").as_bytes()).await.unwrap();
    let mut connection = api.accept().await.unwrap().0;
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(connection.read_u8().await.unwrap());
    }
    let head = String::from_utf8(head).unwrap();
    let last_of = |name: &str| {
        let value = head.lines().find_map(|line| line.strip_prefix(name)).unwrap();
        value.rsplit(", ").next().unwrap().to_owned()
    };
    (last_of("X-Forwarded-Proto: "), last_of("X-Forwarded-For: "))
}

/// Security case 60.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nginx_believes_trusted_proxies_and_nobody_else() {
    let (us, others) = ("set_real_ip_from 127.0.0.1;", "set_real_ip_from 192.0.2.0/24;");
    let both = format!("{us} {others}");
    let https = "X-Forwarded-Proto: https";
    let caller = "X-Forwarded-For: 6.6.6.6, 203.0.113.7";
    for (trusted, said, proto, address) in [
        ("", vec![https, caller], "http", "127.0.0.1"),
        (others, vec![https, caller], "http", "127.0.0.1"),
        (us, vec![https, caller], "https", "203.0.113.7"),
        (us, vec![caller], "http", "203.0.113.7"),
        (us, vec!["X-Forwarded-Proto: gopher", caller], "http", "203.0.113.7"),
        (us, vec![https], "http", "127.0.0.1"),
        (us, vec![https, "X-Forwarded-For: 127.0.0.1"], "https", "127.0.0.1"),
        (us, vec![https, "X-Forwarded-For: 2001:db8::1"], "https", "2001:db8::1"),
        (&both, vec![https, "X-Forwarded-For: 203.0.113.7, 192.0.2.1"], "https", "203.0.113.7"),
    ] {
        let heard = told(trusted, &said).await;
        assert_eq!(heard, (proto.to_owned(), address.to_owned()), "{trusted:?}: {said:?}");
    }
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
