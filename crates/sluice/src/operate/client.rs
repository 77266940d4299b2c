//! Asking a running Sluice.

use std::{collections::BTreeMap, fs, time::Duration};

use boot::{
    config,
    failure::{Denied, NotFound, Unavailable, Usage},
};
use reqwest::{Method, RequestBuilder, Response, StatusCode};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;

use crate::{place, serve::OPS_SECRET};

/// Longer than any healthy answer takes.
const PATIENCE: Duration = Duration::from_secs(30);

/// How long a stream may say nothing: it gives a sign of life several times as often.
const SILENCE: Duration = Duration::from_secs(90);

/// A running Sluice, and what opens its doors.
#[derive(Clone)]
pub struct Client {
    url: String,
    token: SecretString,
}

impl Client {
    /// The one that flags, environment, settings and data directory name.
    pub fn find(flags: BTreeMap<String, String>) -> anyhow::Result<Self> {
        let environment = config::process_environment();
        let named = |name: &str| environment.get(name).filter(|text| !text.is_empty()).cloned();
        let token = named("SLUICE_TOKEN");
        let url = place::find(&flags, &environment)?;
        if let Some(token) = token {
            // Nothing else of this machine's settings is asked for.
            return Ok(Self { url, token: checked(&token)? });
        }
        let settings = config::load_without_keys(flags, environment)?;
        let token = settings.auth.ops_token.clone().or_else(|| {
            if !place::is_its_own(&url, &settings) {
                return None;
            }
            let path = settings.data_dir.join("secrets").join(OPS_SECRET);
            let token = fs::read_to_string(path).ok()?.trim().to_owned();
            // A start that was cut off may have left an empty file.
            Some(token).filter(|token| !token.is_empty()).map(SecretString::from)
        });
        let token = token.ok_or_else(|| {
            Denied("no token: set SLUICE_TOKEN, or DATA_DIR to that of the running sluice".into())
        })?;
        Ok(Self { url, token })
    }

    /// What `GET path` answers.
    pub fn get(&self, path: &str) -> anyhow::Result<Value> {
        self.ask(Method::GET, path, None)
    }

    /// What `POST path` answers.
    pub fn post(&self, path: &str, body: Option<&Value>) -> anyhow::Result<Value> {
        self.ask(Method::POST, path, body)
    }

    /// What `PATCH path` answers.
    pub fn patch(&self, path: &str, body: &Value) -> anyhow::Result<Value> {
        self.ask(Method::PATCH, path, Some(body))
    }

    fn ask(&self, method: Method, path: &str, body: Option<&Value>) -> anyhow::Result<Value> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        runtime.block_on(self.send(method, path, body))
    }

    /// The same Sluice, with another token.
    pub fn with(&self, token: SecretString) -> Self {
        Self { url: self.url.clone(), token }
    }

    /// What `method path` answers.
    pub async fn send(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> anyhow::Result<Value> {
        let mut request = self.request(method, path)?.timeout(PATIENCE);
        if let Some(body) = body {
            request = request.json(body);
        }
        let answer = self.answered(request).await?.text().await;
        let answer = answer.map_err(|error| self.unreachable(error))?;
        // What is only asked for has no answer yet.
        if answer.is_empty() { Ok(Value::Null) } else { Ok(serde_json::from_str(&answer)?) }
    }

    /// The stream at `path` from behind the event `seen`; none where it is over.
    pub async fn stream(&self, path: &str, seen: u64) -> anyhow::Result<Option<Response>> {
        let request = self.request(Method::GET, path)?.header("last-event-id", seen);
        let response = self.answered(request).await?;
        Ok(Some(response).filter(|response| response.status() != StatusCode::NO_CONTENT))
    }

    fn request(&self, method: Method, path: &str) -> anyhow::Result<RequestBuilder> {
        // Asked directly, whatever HTTP_PROXY says: a proxy would read the token.
        let client = reqwest::Client::builder().no_proxy().connect_timeout(PATIENCE);
        let client = client.read_timeout(SILENCE).build()?;
        let url = format!("{}{path}", self.url);
        Ok(client.request(method, url).bearer_auth(self.token.expose_secret()))
    }

    /// What is answered to `request`, if it is no refusal.
    async fn answered(&self, request: RequestBuilder) -> anyhow::Result<Response> {
        let response = request.send().await.map_err(|error| self.unreachable(error))?;
        let status = response.status();
        if status.is_success() {
            return Ok(response);
        }
        let answer = response.text().await.map_err(|error| self.unreachable(error))?;
        let problem: Value = serde_json::from_str(&answer).unwrap_or_default();
        let detail = problem["detail"].as_str().unwrap_or(&answer);
        Err(failure(status, &with_facts(detail, &problem), &problem["errors"]))
    }

    fn unreachable(&self, error: reqwest::Error) -> Unavailable {
        let at = error.url().map_or_else(|| self.url.clone(), ToString::to_string);
        Unavailable(format!("{at}: {:#}", anyhow::Error::from(error.without_url())))
    }
}

/// `token`, if it can be sent.
fn checked(token: &str) -> anyhow::Result<SecretString> {
    let token = token.trim();
    if !token.bytes().all(|byte| byte.is_ascii_graphic() || byte == b' ') {
        return Err(Usage("SLUICE_TOKEN: must be visible ASCII".to_owned()).into());
    }
    Ok(token.into())
}

/// What `problem` says: its `detail`, and the facts that this speaks of.
fn with_facts(detail: &str, problem: &Value) -> String {
    let facts = ["retryAt", "generationId"].into_iter().filter_map(|name| {
        let fact = problem[name].as_str()?;
        Some(format!("{name}: {fact}"))
    });
    let facts = facts.collect::<Vec<_>>().join(", ");
    if facts.is_empty() { detail.to_owned() } else { format!("{detail} ({facts})") }
}

fn failure(status: StatusCode, detail: &str, faults: &Value) -> anyhow::Error {
    let faults = faults.as_array().map(Vec::as_slice).unwrap_or_default().iter();
    let faults = faults.map(|fault| {
        let text = |name: &str| fault[name].as_str().unwrap_or_default().to_owned();
        format!("{} {}", text("pointer").trim_start_matches('/'), text("detail"))
    });
    let faults = faults.collect::<Vec<_>>();
    let told = if faults.is_empty() { detail.to_owned() } else { faults.join("; ") };
    match status {
        StatusCode::NOT_FOUND => NotFound(told).into(),
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => Denied(told).into(),
        StatusCode::UNPROCESSABLE_ENTITY => Usage(told).into(),
        StatusCode::SERVICE_UNAVAILABLE | StatusCode::BAD_GATEWAY | StatusCode::GATEWAY_TIMEOUT => {
            Unavailable(told).into()
        }
        _ => anyhow::anyhow!(told),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_that_cannot_be_sent_is_named_and_not_shown() {
        for given in ["canary", " canary\r\n"] {
            assert_eq!(checked(given).unwrap().expose_secret(), "canary");
        }
        for given in ["can\nary", "can\u{7}ary", "canäry"] {
            let refused = checked(given).unwrap_err();
            assert!(refused.is::<Usage>());
            let told = refused.to_string();
            assert!(told.starts_with("SLUICE_TOKEN") && !told.contains("ary"), "{told}");
        }
    }
}
