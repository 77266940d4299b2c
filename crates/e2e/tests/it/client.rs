//! A client as an integrator would write it: HTTP, JSON, SSE.

use std::sync::Mutex;

use bytes::{Buf, BytesMut};
use domain::{
    event::{Event, SeqEvent},
    transcript::Transcript,
};
use reqwest::{Method, RequestBuilder, Response};
use serde_json::{Value, json};
use simulated_provider::Record;
use tokio::{io::AsyncWriteExt, net::TcpStream};
use uuid::Uuid;

use crate::{
    checker::{History, Seen},
    notes::Notes,
    stack::CANARY,
    within,
};

/// Somebody with an account.
pub struct Client {
    http: reqwest::Client,
    url: String,
    token: String,
    /// Where what becomes of its questions is written down, if it is.
    notes: Option<Notes>,
}

/// The passwords and tokens of all accounts that were made here, with the address where.
static SECRETS: Mutex<Vec<(String, String)>> = Mutex::new(Vec::new());

/// Those of accounts that were made at one of `urls`.
pub fn secrets_at(urls: &[String]) -> Vec<String> {
    let secrets = SECRETS.lock().unwrap();
    let there = secrets.iter().filter(|(url, _)| urls.contains(url));
    there.map(|(_, secret)| secret.clone()).collect()
}

/// An answered request.
#[derive(Debug)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The body; null when it is empty.
    pub body: Value,
    /// When to come again, if that is said.
    pub retry_after: Option<String>,
}

impl Client {
    /// A client with a new account at `url`.
    pub async fn register(url: &str) -> Self {
        let client = Self::nobody(url);
        let name = Uuid::new_v5(&Uuid::NAMESPACE_URL, &unique());
        let password = format!("the {CANARY} password of {name}");
        let account = json!({"email": format!("{name}@example.org"), "password": password});
        let answer = client.post("/api/auth/register", &account).await;
        assert_eq!(answer.status, 201, "{answer:?}");
        let token = |name: &str| answer.body[name].as_str().unwrap().to_owned();
        let (access, refresh) = (token("accessToken"), token("refreshToken"));
        let secrets = [password, access.clone(), refresh].map(|secret| (url.to_owned(), secret));
        SECRETS.lock().unwrap().extend(secrets);
        Self { token: access, ..client }
    }

    /// The same, with everything that becomes of its questions written down in `history`, and when nobody waits for
    /// them any more in `record`.
    pub fn recorded(self, history: &History, record: Record) -> Self {
        Self { notes: Some(Notes::new(history, record)), ..self }
    }

    /// Whoever has `token`.
    pub fn with_token(url: &str, token: &str) -> Self {
        Self { http: http(), url: url.to_owned(), token: token.to_owned(), notes: None }
    }

    /// Whoever runs the installation.
    pub fn operator(url: &str) -> Self {
        Self::with_token(url, crate::stack::OPS_TOKEN)
    }

    /// What the requests carry.
    pub fn token(&self) -> &str {
        &self.token
    }

    /// Somebody without an account.
    pub fn nobody(url: &str) -> Self {
        Self::with_token(url, "")
    }

    /// Opens the stream at `path` from behind the event called `after`.
    pub async fn pieces(&self, path: &str, after: Option<&str>) -> Pieces {
        let request = self.request(Method::GET, path);
        let request = match after {
            Some(after) => request.header("last-event-id", after),
            None => request,
        };
        let response = within("the stream's head", request.send()).await.unwrap();
        assert_eq!(response.status(), 200);
        Pieces { response, buffer: BytesMut::new() }
    }

    /// The same person, asking another process of the installation, or the same after a restart.
    pub fn at(&self, url: &str) -> Self {
        let (http, token) = (self.http.clone(), self.token.clone());
        Self { http, url: url.to_owned(), token, notes: self.notes.clone() }
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self.http.request(method, format!("{}{path}", self.url));
        if self.token.is_empty() { request } else { request.bearer_auth(&self.token) }
    }

    async fn answer(&self, request: RequestBuilder) -> Answer {
        self.try_answer(request).await.unwrap()
    }

    async fn try_answer(&self, request: RequestBuilder) -> reqwest::Result<Answer> {
        let response = within("an answer", request.send()).await?;
        let status = response.status().as_u16();
        let retry_after = response.headers().get("retry-after");
        let retry_after = retry_after.map(|wait| wait.to_str().unwrap().to_owned());
        let text = within("a body", response.text()).await?;
        // What a proxy says of its own is not JSON.
        let body = if text.is_empty() { Value::Null } else { parsed(text) };
        Ok(Answer { status, body, retry_after })
    }

    /// GETs JSON.
    pub async fn get(&self, path: &str) -> Answer {
        self.answer(self.request(Method::GET, path)).await
    }

    /// POSTs JSON.
    pub async fn post(&self, path: &str, body: &Value) -> Answer {
        self.answer(self.request(Method::POST, path).json(body)).await
    }

    /// Changes with JSON.
    pub async fn patch(&self, path: &str, body: &Value) -> Answer {
        self.answer(self.request(Method::PATCH, path).json(body)).await
    }

    /// POSTs JSON; what happened instead if no answer came, or only the word that there will be none now.
    pub async fn try_post(&self, path: &str, body: &Value) -> Result<Answer, String> {
        match self.try_answer(self.request(Method::POST, path).json(body)).await {
            Ok(answer) if answer.status < 500 => Ok(answer),
            other => Err(format!("{path}: {other:?}")),
        }
    }

    /// Makes a chat, and returns its id.
    pub async fn chat(&self) -> String {
        let answer = self.post("/api/chats", &json!({})).await;
        assert_eq!(answer.status, 201, "{answer:?}");
        answer.body["id"].as_str().unwrap().to_owned()
    }

    /// Asks for an answer in `chat`, with `extra` members beside the message. Unless that is among them, it has words of
    /// its own.
    pub async fn try_generate(&self, chat: &str, extra: Value) -> Answer {
        let mut body = json!({"userMessage": format!("say it, number {}", next_number())});
        body.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
        let answer = self.post(&format!("/api/chats/{chat}/generations"), &body).await;
        if let Some(notes) = self.notes.as_ref().filter(|_| answer.status == 202) {
            notes.accepted(&self.token, &body, &answer);
        }
        answer
    }

    /// Asks for an answer by `model`, and returns the generation's id.
    pub async fn generate(&self, chat: &str, model: &str) -> String {
        let answer = self.try_generate(chat, json!({ "model": model })).await;
        assert_eq!(answer.status, 202, "{answer:?}");
        answer.body["generationId"].as_str().unwrap().to_owned()
    }

    /// Asks to stop.
    pub async fn cancel(&self, generation: &str) -> Answer {
        let answer = self.post(&format!("/api/generations/{generation}/cancel"), &json!({})).await;
        if let Some(notes) = self.notes.as_ref().filter(|_| answer.status == 202) {
            notes.stopped(generation, &answer);
        }
        answer
    }

    /// The messages of a chat, oldest first, as pairs of role and content.
    pub async fn messages(&self, chat: &str) -> Vec<(String, String)> {
        let answer = self.get(&format!("/api/chats/{chat}/messages")).await;
        let items = answer.body["items"].as_array().unwrap().clone();
        let text = |item: &Value, member: &str| item[member].as_str().unwrap().to_owned();
        items.iter().rev().map(|item| (text(item, "role"), text(item, "content"))).collect()
    }

    /// Opens a stream behind the event numbered `after`.
    pub async fn open(&self, generation: &str, after: Option<u64>) -> Response {
        self.try_open(generation, after).await.unwrap()
    }

    async fn try_open(&self, generation: &str, after: Option<u64>) -> reqwest::Result<Response> {
        let request = self.stream(generation);
        let request = match after {
            Some(after) => request.header("last-event-id", after),
            None => request,
        };
        within("the stream's head", request.send()).await
    }

    fn stream(&self, generation: &str) -> RequestBuilder {
        self.request(Method::GET, &format!("/api/generations/{generation}/stream"))
    }

    /// Asks for a stream behind whatever `position` means; the status of the answer.
    pub async fn position(&self, generation: &str, position: &str) -> u16 {
        let request = self.stream(generation).header("last-event-id", position);
        within("an answer", request.send()).await.unwrap().status().as_u16()
    }

    /// Asks for a stream, and has gone before the first byte of it can come.
    pub async fn breaks_off(&self, generation: &str) {
        let request = self.stream(generation).build().unwrap();
        let (url, token) = (request.url(), &self.token);
        let (host, port) = (url.host_str().unwrap(), url.port().unwrap());
        let head = format!(
            "GET {} HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {token}\r\n\r\n",
            url.path()
        );
        let mut connection = TcpStream::connect((host, port)).await.unwrap();
        connection.write_all(head.as_bytes()).await.unwrap();
    }

    /// Follows a generation behind the event numbered `after`.
    pub async fn follow(&self, generation: &str, after: Option<u64>) -> Viewer {
        let response = self.open(generation, after).await;
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        let mut viewer = Viewer::of(response, generation, after);
        viewer.notes.clone_from(&self.notes);
        viewer
    }

    /// The same, whatever is broken.
    pub async fn try_follow(&self, generation: &str, after: Option<u64>) -> Entrance {
        let response = match self.try_open(generation, after).await {
            Ok(response) => response,
            Err(error) => return Entrance::Later(format!("the stream of {generation}: {error:?}")),
        };
        match response.status().as_u16() {
            200 => Entrance::Open(Box::new(Viewer::of(response, generation, after))),
            204 => Entrance::Over,
            status => {
                assert!(status >= 500, "{generation} behind {after:?}: {status}");
                Entrance::Later(format!("the stream of {generation}: {status}"))
            }
        }
    }

    /// Follows a generation from its beginning to its end.
    pub async fn watch(&self, generation: &str) -> Vec<SeqEvent> {
        self.follow(generation, None).await.rest().await
    }
}

fn parsed(text: String) -> Value {
    serde_json::from_str(&text).unwrap_or(Value::String(text))
}

/// One that nobody else in this process has.
fn next_number() -> u64 {
    use std::sync::atomic::{AtomicU64, Ordering};
    static COUNT: AtomicU64 = AtomicU64::new(0);
    COUNT.fetch_add(1, Ordering::Relaxed)
}

fn unique() -> Vec<u8> {
    format!("{}/{}", std::process::id(), next_number()).into_bytes()
}

/// One open stream of any vocabulary.
pub struct Pieces {
    response: Response,
    buffer: BytesMut,
}

impl Pieces {
    /// The next event with its id; none when the stream has ended.
    pub async fn next(&mut self) -> Option<(String, Value)> {
        loop {
            while let Some(end) = self.buffer.windows(2).position(|pair| pair == b"\n\n") {
                let block = self.buffer.split_to(end);
                self.buffer.advance(2);
                let block = std::str::from_utf8(&block).unwrap();
                let field = |name| block.lines().find_map(|line| line.strip_prefix(name));
                if let (Some(id), Some(data)) = (field("id: "), field("data: ")) {
                    return Some((id.to_owned(), serde_json::from_str(data).unwrap()));
                }
            }
            let bytes = within("the next bytes", self.response.chunk()).await.ok().flatten()?;
            self.buffer.extend_from_slice(&bytes);
        }
    }
}

/// What came of opening a stream.
pub enum Entrance {
    /// It is open.
    Open(Box<Viewer>),
    /// There is nothing more to see.
    Over,
    /// There is none to be had now, and why.
    Later(String),
}

/// One open stream.
pub struct Viewer {
    response: Response,
    buffer: BytesMut,
    last: u64,
    seen: Seen,
    /// Where what it has seen is written down, if it is.
    notes: Option<Notes>,
}

impl Drop for Viewer {
    fn drop(&mut self) {
        if let Some(notes) = &self.notes {
            notes.saw(self.seen.clone());
        }
    }
}

impl Viewer {
    fn of(response: Response, generation: &str, after: Option<u64>) -> Self {
        let (generation, after) = (generation.to_owned(), after.unwrap_or_default());
        let seen = Seen { generation, after, events: Vec::new(), has_left: false };
        Self { response, buffer: BytesMut::new(), last: after, seen, notes: None }
    }

    /// The next event; none when the stream has ended. Fails when a number does not rise.
    pub async fn next(&mut self) -> Option<SeqEvent> {
        loop {
            if let Some(end) = self.buffer.windows(2).position(|pair| pair == b"\n\n") {
                let block = self.buffer.split_to(end);
                self.buffer.advance(2);
                match parse(std::str::from_utf8(&block).unwrap()) {
                    Some(entry) => {
                        assert!(entry.seq > self.last, "{} after {}", entry.seq, self.last);
                        self.last = entry.seq;
                        self.seen.events.push(entry.clone());
                        return Some(entry);
                    }
                    None => continue,
                }
            }
            // A connection that was cut ends the stream as well as an orderly end does.
            let bytes = within("the next bytes", self.response.chunk()).await.ok().flatten()?;
            self.buffer.extend_from_slice(&bytes);
        }
    }

    /// Reads on until `count` deltas have come.
    pub async fn deltas(&mut self, count: usize) -> Vec<SeqEvent> {
        let mut events: Vec<SeqEvent> = Vec::new();
        while events.iter().filter(|e| matches!(e.event, Event::Delta { .. })).count() < count {
            events.push(self.next().await.expect("the stream ended too soon"));
        }
        events
    }

    /// Reads to the end.
    pub async fn rest(mut self) -> Vec<SeqEvent> {
        let mut events = Vec::new();
        while let Some(entry) = self.next().await {
            events.push(entry);
        }
        events
    }
}

fn parse(block: &str) -> Option<SeqEvent> {
    let field = |name| block.lines().find_map(|line| line.strip_prefix(name));
    let (seq, data) = (field("id: ")?, field("data: ")?);
    let event = Event::from_json(data.as_bytes()).unwrap();
    Some(SeqEvent { seq: seq.parse().unwrap(), event })
}

/// The text that a viewer of `events` has on the screen.
pub fn text(events: &[SeqEvent]) -> String {
    events.iter().collect::<Transcript>().into_text()
}

/// The status that the last event tells.
pub fn end(events: &[SeqEvent]) -> String {
    match &events.last().expect("there are events").event {
        Event::Done { status, .. } => status.as_str().to_owned(),
        other => panic!("the last event is {other:?}"),
    }
}

/// A client that goes straight to this machine, and trusts nobody elsewhere: to read whom this machine trusts takes a tenth
/// of a second, for each client.
pub fn http() -> reqwest::Client {
    reqwest::Client::builder().no_proxy().tls_certs_only([]).build().unwrap()
}
