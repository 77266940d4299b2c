//! The same load without Sluice: a client that asks the provider itself.

use std::time::Instant;

use reqwest::{Client as Http, Response};
use serde_json::json;

/// A client set up like Sluice's own: one connection per stream, no delay.
pub fn http() -> anyhow::Result<Http> {
    Ok(Http::builder().no_proxy().http1_only().tcp_nodelay(true).build()?)
}

/// Asks `model` of the provider at `base_url`; returns when it was asked and the streamed answer.
pub async fn ask(http: &Http, base_url: &str, model: &str) -> anyhow::Result<(Instant, Response)> {
    let body = json!({
        "model": model,
        "stream": true,
        "messages": [{"role": "user", "content": "say it"}],
    });
    let asked = Instant::now();
    let request = http.post(format!("{base_url}/chat/completions")).bearer_auth("sim-direct");
    Ok((asked, request.json(&body).send().await?.error_for_status()?))
}
