//! Viewers that do not read.

use std::time::Duration;

use domain::event::Event;
use serde_json::Value;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpSocket, TcpStream},
};

use crate::harness::{Client, TestApp, testing_with};

/// More than all buffers between two processes on one machine hold.
const PIECES: usize = 400;
const PIECE: usize = 64 * 1024;

async fn stalled_viewer(app: &TestApp, user: &Client, id: &str) -> TcpStream {
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(4096).unwrap();
    let address = app.base.strip_prefix("http://").unwrap().parse().unwrap();
    let mut stream = socket.connect(address).await.unwrap();
    let token = user.session["accessToken"].as_str().unwrap();
    let request = format!(
        "GET /api/generations/{id}/stream HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {token}\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut first = [0; 16];
    stream.read_exact(&mut first).await.unwrap();
    assert_eq!(&first[..15], b"HTTP/1.1 200 OK");
    stream
}

async fn streams(user: &Client) -> Value {
    user.get("/readyz").await.body["streams"].clone()
}

/// Security case 83.
#[tokio::test]
async fn a_viewer_that_never_reads_is_cut_off_and_others_are_not_affected() {
    testing_with(
        |config| config.write_stall = Duration::from_millis(300),
        async |app| {
            let user = app.user().await;
            let id = user.generation().await;
            let mut holding = app.worker().await.start().await;
            let mut stalled = stalled_viewer(app, &user, &id).await;
            let mut healthy = user.follow(&id, None).await;
            assert_eq!(healthy.event().await.unwrap().0, 1);
            assert_eq!(streams(&user).await, 2);
            let text = "a".repeat(PIECE);
            for seq in 2..2 + PIECES as u64 {
                holding.write(vec![Event::Delta { delta: text.clone() }]).await;
                assert_eq!(healthy.event().await.unwrap().0, seq);
            }
            app.eventually(async || (streams(&user).await == 1).then_some(())).await;
            // What the kernel still held comes, then nothing: the connection was closed early.
            let mut rest = Vec::new();
            let _ = stalled.read_to_end(&mut rest).await;
            assert!(rest.len() < PIECES * PIECE, "{} bytes were kept for it", rest.len());
            holding.succeed().await;
            assert_eq!(healthy.events().await.last().unwrap().1["type"], "done");
        },
    )
    .await;
}

/// Security case 81.
#[tokio::test]
async fn headers_that_arrive_a_byte_at_a_time_are_cut_off() {
    testing_with(
        |config| config.first_answer = Duration::from_millis(300),
        async |app| {
            let address = app.base.strip_prefix("http://").unwrap();
            let (mut reading, mut writing) =
                TcpStream::connect(address).await.unwrap().into_split();
            let dribble = async {
                writing.write_all(b"GET / HTTP/1.1\r\nx-slow: ").await.unwrap();
                while writing.write_all(b"a").await.is_ok() {
                    tokio::time::sleep(Duration::from_millis(20)).await;
                }
            };
            let mut answer = Vec::new();
            tokio::select! {
                () = dribble => {}
                _ = reading.read_to_end(&mut answer) => {}
            }
            assert_eq!(answer, b"", "it is cut off without a word");
        },
    )
    .await;
}

/// On a connection that had an answer before, so that nobody waits for its first one.
///
/// Security case 82.
#[tokio::test]
async fn a_body_that_arrives_a_byte_at_a_time_is_cut_off() {
    testing_with(
        |config| config.body_time = Duration::from_millis(300),
        async |app| {
            let address = app.base.strip_prefix("http://").unwrap();
            let mut connection = TcpStream::connect(address).await.unwrap();
            connection.write_all(b"GET /api/health HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
            let mut first = [0; 15];
            connection.read_exact(&mut first).await.unwrap();
            assert_eq!(&first, b"HTTP/1.1 200 OK");
            let (mut reading, mut writing) = connection.into_split();
            let dribble = async {
                let head = "POST /api/auth/login HTTP/1.1\r\nhost: x\r\n\
                            content-type: application/json\r\ncontent-length: 100000\r\n\r\n";
                writing.write_all(head.as_bytes()).await.unwrap();
                while writing.write_all(b" ").await.is_ok() {
                    tokio::time::sleep(Duration::from_millis(20)).await;
                }
            };
            let mut answer = Vec::new();
            tokio::select! {
                () = dribble => {}
                _ = reading.read_to_end(&mut answer) => {}
            }
            let answer = String::from_utf8_lossy(&answer);
            assert!(answer.contains("HTTP/1.1 408 "), "{answer}");
            assert!(answer.contains("body_timeout"), "{answer}");
        },
    )
    .await;
}

/// Security case 85.
#[tokio::test]
async fn an_idle_connection_is_cut_off_and_a_quiet_stream_is_not() {
    testing_with(
        |config| {
            config.idle = Duration::from_millis(300);
            config.heartbeat = Duration::from_millis(50);
        },
        async |app| {
            let user = app.user().await;
            let id = user.generation().await;
            let mut viewer = user.follow(&id, None).await;
            let address = app.base.strip_prefix("http://").unwrap();
            let mut idle = TcpStream::connect(address).await.unwrap();
            idle.write_all(b"GET /health HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
            let mut answer = Vec::new();
            // Ends when the server closes.
            idle.read_to_end(&mut answer).await.unwrap();
            assert!(answer.starts_with(b"HTTP/1.1 200"));
            for _ in 0..10 {
                viewer.next().await.unwrap();
            }
            app.worker().await.answer(&["x"]).await;
            assert_eq!(viewer.events().await.last().unwrap().1["type"], "done");
        },
    )
    .await;
}
