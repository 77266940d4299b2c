//! What nginx makes of requests and answers on their way between clients and api processes.
#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use cluster::servers::Nginx;
use tempfile::TempDir;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::watch,
    task::JoinSet,
    time::timeout,
};

/// Much longer than anything takes here.
const PATIENCE: Duration = Duration::from_secs(30);

/// How an api process of the test answers.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Manner {
    /// With "ok", on a connection that stays open.
    Well,
    /// Not at all: it reads a request, and is gone.
    Dies,
    /// That there is no such thing.
    Lacks,
}

/// A server whose every request is written down: its first line, and the number of its connection.
struct Api {
    url: String,
    asked: Arc<Mutex<Vec<(String, usize)>>>,
    /// Streams end with it.
    release: watch::Sender<bool>,
    _serving: JoinSet<()>,
}

impl Api {
    async fn start(manner: Manner) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let asked: Arc<Mutex<Vec<_>>> = Arc::default();
        let (release, held) = watch::channel(false);
        let (writes, mut serving) = (Arc::clone(&asked), JoinSet::new());
        serving.spawn(async move {
            let mut connections = JoinSet::new();
            for number in 0.. {
                let (connection, _) = listener.accept().await.unwrap();
                let write = {
                    let writes = Arc::clone(&writes);
                    move |line| writes.lock().unwrap().push((line, number))
                };
                connections.spawn(serve(connection, manner, write, held.clone()));
            }
        });
        Self { url, asked, release, _serving: serving }
    }

    /// The first lines of what it was asked, without what follows the path.
    fn asked(&self) -> Vec<String> {
        let of = |(line, _): &(String, usize)| line.trim_end_matches(" HTTP/1.1").to_owned();
        self.asked.lock().unwrap().iter().map(of).collect()
    }

    /// On how many connections that was.
    fn connections(&self) -> usize {
        let asked = self.asked.lock().unwrap();
        asked.iter().map(|(_, number)| number).collect::<std::collections::HashSet<_>>().len()
    }
}

async fn serve(
    mut connection: TcpStream,
    manner: Manner,
    write: impl Fn(String),
    mut release: watch::Receiver<bool>,
) {
    loop {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            match connection.read_u8().await {
                Ok(byte) => head.push(byte),
                Err(_) => return,
            }
        }
        let head = String::from_utf8(head).unwrap();
        let line = head.lines().next().unwrap().to_owned();
        let is_stream = line.contains("/stream");
        write(line);
        if manner == Manner::Dies {
            return;
        }
        if is_stream {
            let begin = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: a\n\n";
            connection.write_all(begin.as_bytes()).await.unwrap();
            let _ = release.wait_for(|released| *released).await;
            return;
        }
        let answer = match manner {
            Manner::Lacks => "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n",
            _ => "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
        };
        connection.write_all(answer.as_bytes()).await.unwrap();
    }
}

async fn nginx(apis: &[&Api]) -> (Nginx, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let urls: Vec<_> = apis.iter().map(|api| api.url.clone()).collect();
    (Nginx::start(folder.path(), &urls).await.unwrap(), folder)
}

fn client() -> reqwest::Client {
    reqwest::Client::builder().no_proxy().timeout(PATIENCE).build().unwrap()
}

/// A question that was sent twice would be asked twice.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_changes_something_is_sent_once_and_what_does_not_is_asked_elsewhere() {
    let (dying, well) = (Api::start(Manner::Dies).await, Api::start(Manner::Well).await);
    let (nginx, _folder) = nginx(&[&dying, &well]).await;
    let client = client();
    for number in 0..10 {
        let url = format!("{}/api/{number}", nginx.url());
        let posted = client.post(&url).send().await.unwrap();
        let (status, heard) = (posted.status(), format!("POST /api/{number}"));
        let by = [&dying, &well].map(|api| api.asked().contains(&heard));
        let expected = if by[0] { (502, [true, false]) } else { (200, [false, true]) };
        assert_eq!((status.as_u16(), by), expected, "{heard}");
        // Two, so that not every question has the same turn.
        for _ in 0..2 {
            assert_eq!(client.get(&url).send().await.unwrap().status(), 200);
        }
    }
    let of = |method: &str| dying.asked().iter().any(|line| line.starts_with(method));
    assert!(of("POST") && of("GET"), "the dying one was asked, too: {:?}", dying.asked());
}

/// While processes are replaced, only some have the parts of the page that one of them has given out.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_part_of_the_page_is_asked_of_all_and_anything_else_of_one() {
    let mut apis = Vec::new();
    for manner in [Manner::Lacks, Manner::Lacks, Manner::Lacks, Manner::Lacks, Manner::Well] {
        apis.push(Api::start(manner).await);
    }
    let (nginx, _folder) = nginx(&apis.iter().collect::<Vec<_>>()).await;
    let client = client();
    let status = async |path: &str| {
        let answer = client.get(format!("{}{path}", nginx.url())).send().await.unwrap();
        answer.status().as_u16()
    };
    for _ in 0..10 {
        assert_eq!(status("/assets/a.js").await, 200);
    }
    let times = || apis.iter().map(|api| api.asked().len()).sum::<usize>();
    let before = times();
    for number in 0..10 {
        let answered = status(&format!("/api/{number}")).await;
        assert!([200, 404].contains(&answered), "{answered}");
    }
    assert_eq!(times() - before, 10);
}

/// What none has is not there.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_part_of_the_page_that_none_has_is_not_there() {
    let (one, other) = (Api::start(Manner::Lacks).await, Api::start(Manner::Lacks).await);
    let (nginx, _folder) = nginx(&[&one, &other]).await;
    let answer = client().get(format!("{}/assets/a.js", nginx.url())).send().await.unwrap();
    assert_eq!((answer.status().as_u16(), one.asked().len(), other.asked().len()), (404, 1, 1));
}

/// Nobody reads a token that waits for others.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_comes_of_an_answer_is_passed_on_at_once() {
    let api = Api::start(Manner::Well).await;
    let (nginx, _folder) = nginx(&[&api]).await;
    let mut streams = Vec::new();
    // What has a time limit for streams, and what has not.
    for path in ["/stream", "/api/generations/g/stream"] {
        let mut stream = client().get(format!("{}{path}", nginx.url())).send().await.unwrap();
        let first = timeout(PATIENCE, stream.chunk()).await.expect("held back").unwrap();
        assert_eq!(first.unwrap(), "data: a\n\n");
        streams.push(stream);
    }
    api.release.send_replace(true);
    for mut stream in streams {
        assert_eq!(stream.chunk().await.unwrap(), None);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_process_with_the_fewest_streams_takes_the_next_request() {
    let (one, other) = (Api::start(Manner::Well).await, Api::start(Manner::Well).await);
    let (nginx, _folder) = nginx(&[&one, &other]).await;
    let mut stream = client().get(format!("{}/stream", nginx.url())).send().await.unwrap();
    stream.chunk().await.unwrap().unwrap();
    let (busy, free) = if one.asked().is_empty() { (&other, &one) } else { (&one, &other) };
    for number in 0..8 {
        // A connection of its own each: any of nginx's workers may take it.
        let answer = client().get(format!("{}/{number}", nginx.url())).send().await.unwrap();
        assert_eq!(answer.text().await.unwrap(), "ok");
    }
    assert_eq!((busy.asked().len(), free.asked().len()), (1, 8));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn connections_to_api_processes_are_used_again() {
    let api = Api::start(Manner::Well).await;
    let (nginx, _folder) = nginx(&[&api]).await;
    // One connection, and so one of nginx's workers, each of which keeps its own.
    let client = client();
    for number in 0..8 {
        let url = format!("{}/{number}", nginx.url());
        assert_eq!(client.get(&url).send().await.unwrap().text().await.unwrap(), "ok");
    }
    assert_eq!((api.asked().len(), api.connections()), (8, 1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn headers_beyond_reason_are_refused() {
    let api = Api::start(Manner::Well).await;
    let (nginx, _folder) = nginx(&[&api]).await;
    for (length, status) in [(12_000, 200), (20_000, 400)] {
        let asked = client().get(nginx.url()).header("X-Long", "a".repeat(length));
        assert_eq!(asked.send().await.unwrap().status(), status, "{length} bytes");
    }
    assert_eq!(api.asked().len(), 1);
}
