use std::{
    io::{Read, Write},
    net::TcpListener,
    thread,
};

use instruments::trace::{self, TraceContext};
use tracing_subscriber::layer::SubscriberExt;

use super::*;

/// A collector that takes one request, and the body it gets.
fn collector() -> (String, thread::JoinHandle<Vec<u8>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let taken = thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let (mut taken, mut piece) = (Vec::new(), [0; 4096]);
        loop {
            let read = stream.read(&mut piece).unwrap();
            taken.extend_from_slice(&piece[..read]);
            let text = String::from_utf8_lossy(&taken).to_lowercase();
            let Some((head, _)) = text.split_once("\r\n\r\n") else { continue };
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
            let length: usize = length.unwrap().trim().parse().unwrap();
            let body_at = taken.windows(4).position(|four| four == b"\r\n\r\n").unwrap() + 4;
            if taken.len() >= body_at + length {
                stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").unwrap();
                return taken;
            }
        }
    });
    (url, taken)
}

#[test]
fn spans_reach_the_collector_in_the_trace_of_their_parent() {
    let (url, taken) = collector();
    let export = Export::start("a-service", &format!("{url}/v1/traces")).unwrap();
    let subscriber = tracing_subscriber::registry().with(export.layer());
    let parent = TraceContext::fresh();
    tracing::subscriber::with_default(subscriber, || {
        let span = tracing::debug_span!(target: "provider_worker", "a-call", key = "a-key");
        trace::follow(&span, &parent);
        assert_eq!(trace::of(&span).unwrap().trace_id(), parent.trace_id());
        span.in_scope(|| {});
    });
    drop(export);
    let taken = taken.join().unwrap();
    let holds = |bytes: &[u8]| taken.windows(bytes.len()).any(|window| window == bytes);
    for word in ["POST /v1/traces", "a-service", "a-call", "a-key"] {
        assert!(holds(word.as_bytes()), "{word}");
    }
    let digits = parent.trace_id().as_bytes().chunks(2);
    let byte = |two: &[u8]| u8::from_str_radix(std::str::from_utf8(two).unwrap(), 16).unwrap();
    assert!(holds(&digits.map(byte).collect::<Vec<u8>>()), "the trace");
}
