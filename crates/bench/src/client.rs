//! A client of Sluice.

use std::time::Instant;

use anyhow::Context;
use reqwest::{Client as Http, RequestBuilder, Response};
use serde_json::{Value, json};

/// Somebody with an account and many chats.
#[derive(Clone)]
pub struct Client {
    http: Http,
    url: String,
    token: String,
}

impl Client {
    /// A client with a new account.
    pub async fn register(url: &str, name: &str) -> anyhow::Result<Self> {
        let http = crate::direct::http()?;
        let mut client = Self { http, url: url.to_owned(), token: String::new() };
        let email = format!("{name}@example.org");
        let account = json!({"email": email, "password": "correct horse battery"});
        let session = client.post("/api/auth/register", &account).await?;
        client.token = text(&session, "accessToken")?;
        Ok(client)
    }

    /// The same account at another address.
    #[must_use]
    pub fn at(self, url: &str) -> Self {
        Self { url: url.to_owned(), ..self }
    }

    /// Makes a chat, and returns its id.
    pub async fn chat(&self) -> anyhow::Result<String> {
        text(&self.post("/api/chats", &json!({})).await?, "id")
    }

    /// Asks for an answer; returns when it was asked and the generation's id.
    pub async fn generate(&self, chat: &str, model: &str) -> anyhow::Result<(Instant, String)> {
        let body = json!({"userMessage": "say it", "model": model});
        let asked = Instant::now();
        let accepted = self.post(&format!("/api/chats/{chat}/generations"), &body).await?;
        Ok((asked, text(&accepted, "generationId")?))
    }

    /// Opens the stream of a generation.
    pub async fn stream(&self, generation: &str) -> anyhow::Result<Response> {
        let url = format!("{}/api/generations/{generation}/stream", self.url);
        let response = self.http.get(url).bearer_auth(&self.token).send().await?;
        Ok(response.error_for_status()?)
    }

    /// Asks to stop.
    pub async fn cancel(&self, generation: &str) -> anyhow::Result<()> {
        self.post(&format!("/api/generations/{generation}/cancel"), &json!({})).await?;
        Ok(())
    }

    /// GETs JSON.
    pub async fn get(&self, path: &str) -> anyhow::Result<Value> {
        let request = self.http.get(format!("{}{path}", self.url)).bearer_auth(&self.token);
        Ok(request.send().await?.error_for_status()?.json().await?)
    }

    async fn post(&self, path: &str, body: &Value) -> anyhow::Result<Value> {
        let request: RequestBuilder = self.http.post(format!("{}{path}", self.url)).json(body);
        let response = request.bearer_auth(&self.token).send().await?;
        let status = response.status();
        let answer: Value = response.json().await?;
        anyhow::ensure!(status.is_success(), "{path}: {status} {answer}");
        Ok(answer)
    }
}

fn text(value: &Value, member: &str) -> anyhow::Result<String> {
    Ok(value[member].as_str().with_context(|| format!("no {member} in {value}"))?.to_owned())
}
