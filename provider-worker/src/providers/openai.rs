//! Chat completions, as `OpenAI` and many others speak them.

mod answer;
mod refusal;
mod wire;

use std::{sync::Arc, time::Duration};

use ::http::{HeaderValue, header};
use async_trait::async_trait;
use domain::{
    failure::{CallFailure, ErrorClass},
    model::ProviderName,
};
use futures_util::StreamExt;
use ports::{
    Clock,
    provider::{Call, Chunks, Provider},
};
use reqwest::{Response, Url};
use reqwest_middleware::ClientWithMiddleware;
use secrecy::{ExposeSecret, SecretString};
use tokio::time::timeout;

use self::answer::Answer;
use super::{
    deadline::{Passed, Watch},
    hint, http,
};
use crate::config::Deadlines;

/// How much of a refusal's body is read.
const MAX_REFUSAL_BYTES: usize = 64 << 10;

/// How long the body of a refusal is waited for; its status says most.
const REFUSAL_WAIT: Duration = Duration::from_secs(5);

/// The address of a provider cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "must be like https://host/v1: http or https, a host, and no user, password, query or fragment"
)]
pub struct InvalidBaseUrl;

/// A provider that speaks chat completions.
pub struct OpenAi {
    client: ClientWithMiddleware,
    endpoint: Url,
    deadlines: Deadlines,
    clock: Arc<dyn Clock>,
}

impl OpenAi {
    /// A provider at `base_url`, which ends with the version, for example `https://host/v1`.
    pub fn at(base_url: &str) -> Result<Endpoint, InvalidBaseUrl> {
        let mut url = Url::parse(base_url.trim()).map_err(|_| InvalidBaseUrl)?;
        let is_plain = url.username().is_empty()
            && url.password().is_none()
            && url.query().is_none()
            && url.fragment().is_none();
        if !is_plain || !matches!(url.scheme(), "http" | "https") || url.host().is_none() {
            return Err(InvalidBaseUrl);
        }
        let path = format!("{}/chat/completions", url.path().trim_end_matches('/'));
        url.set_path(&path);
        Ok(Endpoint(url))
    }

    async fn send(&self, call: &Call<'_>) -> Result<Response, CallFailure> {
        let body = wire::request(call).map_err(|error| {
            CallFailure::new(ErrorClass::BadRequest, format!("the request has no JSON: {error}"))
        })?;
        let request = self
            .client
            .post(self.endpoint.clone())
            .header(header::AUTHORIZATION, bearer(call.key)?)
            .header(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))
            .header(header::ACCEPT, HeaderValue::from_static("text/event-stream"))
            .body(body);
        request.send().await.map_err(|error| unsent(&error))
    }

    async fn refusal(&self, mut response: Response, key: &SecretString) -> CallFailure {
        let status = response.status().as_u16();
        let mut body = Vec::new();
        let read = async {
            while let Ok(Some(bytes)) = response.chunk().await
                && body.len() < MAX_REFUSAL_BYTES
            {
                body.extend_from_slice(&bytes);
            }
        };
        let in_time = timeout(REFUSAL_WAIT, read).await.is_ok();
        tracing::trace!(status, in_time, bytes = body.len(), "read a refusal");
        let said = wire::refusal(&body);
        let hint = hint::retry_after(response.headers(), &said.message, self.clock.now());
        refusal::failure(Some(status), &said, hint, key)
    }
}

/// Where a provider answers.
#[derive(Debug, Clone)]
pub struct Endpoint(Url);

impl Endpoint {
    /// The provider `name` there.
    pub fn provider(
        self,
        name: ProviderName,
        deadlines: Deadlines,
        clock: Arc<dyn Clock>,
    ) -> Result<OpenAi, reqwest::Error> {
        let client = http::client(name, &self.0, deadlines.connect)?;
        Ok(OpenAi { client, endpoint: self.0, deadlines, clock })
    }
}

#[async_trait]
impl Provider for OpenAi {
    async fn stream(&self, call: Call<'_>) -> Result<Chunks, CallFailure> {
        let mut watch = Watch::start(self.deadlines);
        let response = tokio::select! {
            biased;
            response = self.send(&call) => response?,
            passed = watch.passed() => return Err(late(passed)),
        };
        if !response.status().is_success() {
            return Err(self.refusal(response, call.key).await);
        }
        let body = response.bytes_stream().boxed();
        Ok(Answer::new(body, watch, call.key.clone()).into_chunks())
    }
}

/// The header that shows the key.
fn bearer(key: &SecretString) -> Result<HeaderValue, CallFailure> {
    let mut value = HeaderValue::from_str(&format!("Bearer {}", key.expose_secret()))
        .map_err(|_| CallFailure::new(ErrorClass::InvalidKey, "the key does not fit a header"))?;
    value.set_sensitive(true);
    Ok(value)
}

/// Why no answer came at all. The error's own text names the address, so it is not used.
fn unsent(error: &reqwest_middleware::Error) -> CallFailure {
    let (class, message) = match error {
        error if error.is_connect() && error.is_timeout() => {
            (ErrorClass::Timeout, "could not connect in time")
        }
        error if error.is_connect() => (ErrorClass::Network, "could not connect"),
        error if error.is_timeout() => (ErrorClass::Timeout, "no answer came in time"),
        error if error.is_builder() => (ErrorClass::Unknown, "the request could not be built"),
        _ => (ErrorClass::Network, "the connection broke before the answer began"),
    };
    CallFailure::new(class, message)
}

fn late(passed: Passed) -> CallFailure {
    CallFailure::new(ErrorClass::Timeout, passed.message())
}

#[cfg(test)]
mod tests;
