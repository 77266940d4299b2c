//! Somebody who uses the service over HTTP.

use reqwest::{Method, RequestBuilder, header::HeaderMap};
use serde_json::{Value, json};

use super::Stream;

/// Somebody who uses the service.
#[derive(Clone)]
pub struct Client {
    http: reqwest::Client,
    base: String,
    /// What they got when they signed in.
    pub session: Value,
}

/// What they were answered.
#[derive(Debug)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body; null if it is not JSON.
    pub body: Value,
    /// The body as it came.
    pub text: String,
}

impl Answer {
    /// Fails unless the status is this one.
    #[track_caller]
    pub fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}", self.text);
        self
    }

    /// Fails unless it is this problem.
    #[track_caller]
    pub fn problem(self, status: u16, code: &str) -> Self {
        let answer = self.expect(status);
        assert_eq!(answer.body["code"], code, "{}", answer.text);
        assert_eq!(answer.headers["content-type"], "application/problem+json");
        answer
    }

    /// Fails unless it is an invalid request whose first fault is at `pointer`.
    #[track_caller]
    pub fn fault(self, pointer: &str) -> Self {
        let answer = self.problem(422, "invalid_request");
        assert_eq!(answer.body["errors"][0]["pointer"], pointer, "{}", answer.text);
        answer
    }

    /// A text of the body.
    #[track_caller]
    pub fn get(&self, name: &str) -> String {
        self.body[name].as_str().unwrap_or_else(|| panic!("no {name} in {}", self.text)).to_owned()
    }
}

impl Client {
    pub(super) fn new(base: &str) -> Self {
        // To read whom this machine trusts takes a tenth of a second.
        let http = reqwest::Client::builder().no_proxy().tls_certs_only([]).build().unwrap();
        Self { http, base: base.to_owned(), session: Value::Null }
    }

    /// The same one, who asks another process.
    pub fn at(&self, base: &str) -> Self {
        Self { base: base.to_owned(), ..self.clone() }
    }

    /// Makes an account, and signs in.
    pub async fn register(&mut self, email: &str, password: &str) {
        let body = json!({ "email": email, "password": password });
        self.session = self.post("/api/auth/register", body).await.expect(201).body;
    }

    /// A program with a key of theirs.
    pub async fn program(&self) -> Self {
        let made = self.post("/api/auth/keys", json!({ "name": "program" })).await.expect(201);
        Self { session: json!({ "accessToken": made.get("key") }), ..self.clone() }
    }

    /// Their id.
    pub fn id(&self) -> &str {
        self.session["user"]["id"].as_str().unwrap()
    }

    /// A request with their access token, if they have one.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self.http.request(method, format!("{}{path}", self.base));
        match self.session["accessToken"].as_str() {
            Some(token) => request.bearer_auth(token),
            None => request,
        }
    }

    /// Sends a request, and reads the whole answer.
    pub async fn send(&self, request: RequestBuilder) -> Answer {
        let response = request.send().await.unwrap();
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let text = response.text().await.unwrap();
        let body = serde_json::from_str(&text).unwrap_or(Value::Null);
        Answer { status, headers, body, text }
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.send(self.request(Method::GET, path)).await
    }

    pub async fn post(&self, path: &str, body: Value) -> Answer {
        self.send(self.request(Method::POST, path).json(&body)).await
    }

    pub async fn patch(&self, path: &str, body: Value) -> Answer {
        self.send(self.request(Method::PATCH, path).json(&body)).await
    }

    pub async fn delete(&self, path: &str) -> Answer {
        self.send(self.request(Method::DELETE, path)).await
    }

    /// A new chat's id.
    pub async fn chat(&self) -> String {
        self.post("/api/chats", json!({})).await.expect(201).get("id")
    }

    /// Asks in `chat`.
    pub async fn ask(&self, chat: &str, body: Value) -> Answer {
        self.post(&format!("/api/chats/{chat}/generations"), body).await
    }

    /// Asks in a chat of its own; the id of the generation.
    pub async fn generation(&self) -> String {
        let chat = self.chat().await;
        self.ask(&chat, json!({ "userMessage": "hello" })).await.expect(202).get("generationId")
    }

    /// The messages of a chat, newest first.
    pub async fn messages(&self, chat: &str) -> Vec<Value> {
        let answer = self.get(&format!("/api/chats/{chat}/messages")).await.expect(200);
        answer.body["items"].as_array().unwrap().clone()
    }

    /// Follows a generation from behind `after`.
    pub async fn follow(&self, generation: &str, after: Option<u64>) -> Stream {
        let path = format!("/api/generations/{generation}/stream");
        let mut request = self.request(Method::GET, &path);
        if let Some(after) = after {
            request = request.header("Last-Event-ID", after.to_string());
        }
        Stream::new(request.send().await.unwrap())
    }

    /// Opens a stream from behind `after`.
    pub async fn open(&self, path: &str, after: Option<&str>) -> Stream {
        let mut request = self.request(Method::GET, path);
        if let Some(after) = after {
            request = request.header("Last-Event-ID", after);
        }
        Stream::new(request.send().await.unwrap())
    }

    /// Everything a viewer who comes now, having seen `after`, is sent until the stream ends.
    pub async fn watch(&self, generation: &str, after: u64) -> Vec<(u64, Value)> {
        self.follow(generation, Some(after)).await.events().await
    }
}
