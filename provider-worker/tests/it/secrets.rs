//! No key in logs, reports, events or errors, whatever the provider says.

use std::{
    io::Write,
    sync::{Arc, Mutex},
};

use domain::attempt::Outcome;
use tracing_subscriber::fmt::MakeWriter;

use crate::world::{World, config};

const CANARY: &str = "sk-canary-0123456789abcdef";

/// Everything that was logged.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

/// A provider that repeats the key in all it says.
async fn parrot(status: u16, body: &'static str) -> std::net::SocketAddr {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    #[expect(clippy::disallowed_methods, reason = "ends with the runtime of its test")]
    tokio::spawn(async move {
        while let Ok((mut socket, _)) = listener.accept().await {
            let mut request = [0; 8192];
            let _ = socket.read(&mut request).await;
            let answer = format!(
                "HTTP/1.1 {status} X\r\ncontent-type: application/json\r\nx-echo: {CANARY}\r\n\
                 connection: close\r\ncontent-length: {}\r\n\r\n{body}",
                body.len()
            );
            let _ = socket.write_all(answer.as_bytes()).await;
        }
    });
    address
}

/// Security case 72.
#[tokio::test]
async fn no_key_is_ever_told() {
    let log = Log::default();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_writer(log.clone())
        .finish();
    // For all threads: with one for this thread only, a place in the code that another test reaches
    // first would count as switched off for ever.
    tracing::subscriber::set_global_default(subscriber).expect("no other test sets one");
    let told = r#"{"error":{"message":"bad key sk-canary-0123456789abcdef at http://10.1.2.3/x","type":"invalid_request_error","code":"invalid_api_key"}}"#;
    let in_band = "data: {\"error\":{\"message\":\"sk-canary-0123456789abcdef\",\"type\":\"invalid_request_error\"}}\n\n";
    let no_json = "data: sk-canary-0123456789abcdef\n\n";
    let odd_json = "data: {\"choices\":\"sk-canary-0123456789abcdef\"}\n\n";
    for (status, body) in
        [(400, told), (401, told), (500, told), (200, in_band), (200, no_json), (200, odd_json)]
    {
        let address = parrot(status, body).await;
        let mut world = World::real().await;
        let config = config(format!("http://{address}/v1"), &[CANARY]);
        assert!(!format!("{config:?}").contains(CANARY));
        world.start(config);
        let job = world.ask("m").await;
        let ended = world.finished().await;
        assert!(matches!(ended.outcome, Outcome::Failed(_)), "{ended:?}");
        let shown = serde_json::to_string(&ended).unwrap();
        assert!(!shown.contains("canary"), "{shown}");
        assert!(!shown.contains("10.1.2.3"), "{shown}");
        let events = format!("{:?}", world.events(job.generation_id).await);
        assert!(!events.contains("canary"), "{events}");
        world.idle().await;
        assert!(!format!("{:?}", world.dead_letters().await).contains("canary"));
        world.stop_softly().await;
    }
    let logged = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    assert!(logged.contains("a call failed"), "the log was caught");
    let line = logged.lines().find(|line| line.contains("canary"));
    assert_eq!(line, None);
}
