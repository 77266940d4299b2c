//! A provider at the other end of an HTTP connection, whatever its dialect.

use std::{convert::Infallible, sync::Arc, time::Duration};

use ::http::{HeaderValue, header};
use async_trait::async_trait;
use domain::failure::{CallFailure, ErrorClass};
use futures_util::{StreamExt, stream};
use ports::{
    Clock,
    provider::{Call, Chunks, ProbeCall, Provider, Sent},
};
use reqwest::{Body, Response, Url};
use secrecy::{ExposeSecret, SecretString};
use tokio::time::timeout;

use super::{
    answer::{Answer, late},
    anthropic::Anthropic,
    clients::Clients,
    deadline::Watch,
    dialect::Dialect,
    gemini::Gemini,
    openai::OpenAi,
};
use crate::config::{self, Deadlines, ProviderConfig};

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

/// A provider that is spoken to over HTTP.
pub struct HttpProvider {
    clients: Clients,
    base: Url,
    dialect: Box<dyn Dialect>,
    deadlines: Deadlines,
    clock: Arc<dyn Clock>,
}

impl HttpProvider {
    async fn send(&self, call: &Call<'_>) -> Result<Response, CallFailure> {
        let body = self.dialect.request(call).map_err(|error| {
            CallFailure::new(ErrorClass::BadRequest, format!("the request has no JSON: {error}"))
        })?;
        let (name, before) = self.dialect.key_header();
        let client = self.clients.through(call.proxy)?;
        let mut request = client
            .post(self.dialect.endpoint(&self.base, call.model))
            .header(name, signed(before, call.key)?)
            .header(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))
            .header(header::ACCEPT, HeaderValue::from_static("text/event-stream"))
            .header(header::CONTENT_LENGTH, body.len())
            .body(noted(body, call.sent.clone()));
        if let Some((name, version)) = self.dialect.version() {
            request = request.header(name, version);
        }
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
        let now = self.clock.now();
        let refusal = self.dialect.refusal(status, response.headers(), &body, now);
        refusal.into_failure(Some(status), key)
    }
}

/// Where a provider answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BaseUrl(Url);

impl BaseUrl {
    /// Reads an address that ends with the version, for example `https://host/v1`.
    pub fn parse(text: &str) -> Result<Self, InvalidBaseUrl> {
        let mut url = Url::parse(text.trim()).map_err(|_| InvalidBaseUrl)?;
        let is_plain = url.username().is_empty()
            && url.password().is_none()
            && url.query().is_none()
            && url.fragment().is_none();
        if !is_plain || !matches!(url.scheme(), "http" | "https") || url.host().is_none() {
            return Err(InvalidBaseUrl);
        }
        let path = url.path().trim_end_matches('/').to_owned();
        url.set_path(&path);
        Ok(Self(url))
    }

    /// The provider there, which is as `config` says; its own address is not looked at.
    pub fn provider(
        self,
        config: &ProviderConfig,
        clock: Arc<dyn Clock>,
    ) -> Result<HttpProvider, reqwest::Error> {
        let deadlines = config.deadlines;
        let clients = Clients::new(config.name.clone(), &self.0, deadlines.connect)?;
        let dialect: Box<dyn Dialect> = match config.dialect {
            config::Dialect::OpenAi => Box::new(OpenAi {
                usage_option: config.usage_option.unwrap_or_else(|| has_usage_option(&self.0)),
            }),
            config::Dialect::Gemini => Box::new(Gemini),
            config::Dialect::Anthropic => Box::new(Anthropic),
        };
        Ok(HttpProvider { clients, base: self.0, dialect, deadlines, clock })
    }
}

#[async_trait]
impl Provider for HttpProvider {
    async fn stream(&self, call: Call<'_>) -> Result<Chunks, CallFailure> {
        let mut watch = Watch::start(self.deadlines.of_model(call.model));
        let response = tokio::select! {
            biased;
            response = self.send(&call) => response?,
            passed = watch.passed() => return Err(late(passed)),
        };
        if !response.status().is_success() {
            call.sent.refused();
            return Err(self.refusal(response, call.key).await);
        }
        let body = response.bytes_stream().boxed();
        let reading = self.dialect.reading();
        Ok(Answer::new(body, reading, watch, call.key.clone()).into_chunks())
    }

    async fn probe(&self, call: ProbeCall<'_>) -> Result<(), CallFailure> {
        let mut url = self.base.clone();
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty().push(seen_by_keys_only(&self.base));
        }
        let (name, before) = self.dialect.key_header();
        let client = self.clients.through(call.proxy)?;
        let mut request = client.get(url).header(name, signed(before, call.key)?);
        if let Some((name, version)) = self.dialect.version() {
            request = request.header(name, version);
        }
        let sent = timeout(self.deadlines.first_token, request.send()).await;
        let response = sent
            .map_err(|_| CallFailure::new(ErrorClass::Timeout, "no answer came in time"))?
            .map_err(|error| unsent(&error))?;
        if response.status().is_success() {
            return Ok(());
        }
        Err(self.refusal(response, call.key).await)
    }
}

/// `body`, of which it is noted in `sent` when it goes out: it is asked for once there is a connection.
fn noted(body: Vec<u8>, sent: Sent) -> Body {
    Body::wrap_stream(stream::once(async move {
        sent.note();
        Ok::<_, Infallible>(body)
    }))
}

/// Whether the provider at `base` may be asked to tell what an answer has cost. Mistral refuses every request that asks
/// for it, and tells it unasked.
fn has_usage_option(base: &Url) -> bool {
    let host = base.host_str().unwrap_or_default();
    host != "mistral.ai" && !host.ends_with(".mistral.ai")
}

/// What only somebody with a valid key may see, below `base`: by it a key is looked at.
fn seen_by_keys_only(base: &Url) -> &'static str {
    let host = base.host_str().unwrap_or_default();
    let is_openrouter = host == "openrouter.ai" || host.ends_with(".openrouter.ai");
    // Its list of models is for everybody, whatever key they show.
    if is_openrouter { "key" } else { "models" }
}

/// The value of the header that shows the key.
fn signed(before: &str, key: &SecretString) -> Result<HeaderValue, CallFailure> {
    let mut value = HeaderValue::from_str(&format!("{before}{}", key.expose_secret()))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_looked_at_where_others_see_nothing() {
        for (base, place) in [
            ("https://openrouter.ai/api/v1", "key"),
            ("https://eu.openrouter.ai/api/v1", "key"),
            ("https://api.openai.com/v1", "models"),
            ("https://notopenrouter.ai/v1", "models"),
            ("https://openrouter.ai.example.org/v1", "models"),
        ] {
            assert_eq!(seen_by_keys_only(&Url::parse(base).unwrap()), place, "{base}");
        }
    }

    #[test]
    fn who_refuses_to_be_asked_for_usage_is_not_asked() {
        for (base, expected) in [
            ("https://api.mistral.ai/v1", false),
            ("https://codestral.mistral.ai/v1", false),
            ("https://api.openai.com/v1", true),
            ("https://notmistral.ai/v1", true),
            ("https://api.mistral.ai.example.org/v1", true),
        ] {
            assert_eq!(has_usage_option(&Url::parse(base).unwrap()), expected, "{base}");
        }
    }

    #[test]
    fn the_address_is_checked_before_it_is_used() {
        for (text, base) in [
            ("https://api.openai.com/v1", "https://api.openai.com/v1"),
            (" http://127.0.0.1:9/v1/", "http://127.0.0.1:9/v1"),
            ("http://host", "http://host/"),
        ] {
            assert_eq!(BaseUrl::parse(text).unwrap().0.as_str(), base);
        }
        for text in ["", "host/v1", "ftp://host", "https://user:pw@host/v1", "https://h/v1?key=1"] {
            assert_eq!(BaseUrl::parse(text), Err(InvalidBaseUrl), "{text}");
        }
    }
}
