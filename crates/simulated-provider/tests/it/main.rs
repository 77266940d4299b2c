//! The simulated provider as its callers meet it: over HTTP.
#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

mod control;
mod faults;
mod wire;

use std::time::Duration;

use reqwest::{Client, RequestBuilder, Response};
use serde_json::json;
use simulated_provider::{Options, Running, SimulatedProvider};

/// No case needs longer; one that hangs fails here.
const PATIENCE: Duration = Duration::from_secs(20);

async fn start() -> Running {
    let options =
        Options { demo_ttft: Duration::ZERO, demo_gap: Duration::ZERO, ..Options::default() };
    SimulatedProvider::start(options).await.unwrap()
}

fn request(provider: &Running, key: &str, body: &serde_json::Value) -> RequestBuilder {
    let client = Client::builder().no_proxy().tls_certs_only([]).timeout(PATIENCE).build().unwrap();
    client.post(format!("{}/chat/completions", provider.base_url())).bearer_auth(key).json(body)
}

async fn ask(provider: &Running, model: &str) -> Response {
    let body = json!({
        "model": model,
        "messages": [{"role": "user", "content": "say it"}],
        "stream": true,
        "stream_options": {"include_usage": true},
    });
    request(provider, "sim-1", &body).send().await.unwrap()
}

/// The text of a streamed body, put together from its chunks.
fn text_of(body: &str) -> String {
    let chunks = body.lines().filter_map(|line| line.strip_prefix("data: {"));
    let chunk = |rest: &str| serde_json::from_str::<serde_json::Value>(&format!("{{{rest}")).ok();
    let text = |chunk: serde_json::Value| {
        chunk["choices"][0]["delta"]["content"].as_str().map(str::to_owned)
    };
    chunks.filter_map(chunk).filter_map(text).collect()
}
