//! One HTTP client for each way out.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use domain::{
    failure::{CallFailure, ErrorClass},
    model::ProviderName,
};
use reqwest::Url;
use reqwest_middleware::ClientWithMiddleware;
use secrecy::{ExposeSecret, SecretString};

use super::http;

/// One HTTP client for each way out, made when it is first needed: a key always goes the same way.
pub(super) struct Clients {
    provider: ProviderName,
    endpoint: Url,
    connect: Duration,
    /// The way that the environment says.
    usual: ClientWithMiddleware,
    proxied: Mutex<HashMap<String, ClientWithMiddleware>>,
}

impl Clients {
    /// Clients for `provider` at `endpoint`.
    pub(super) fn new(
        provider: ProviderName,
        endpoint: &Url,
        connect: Duration,
    ) -> Result<Self, reqwest::Error> {
        let usual = http::client(provider.clone(), endpoint, connect, None)?;
        let (endpoint, proxied) = (endpoint.clone(), Mutex::default());
        Ok(Self { provider, endpoint, connect, usual, proxied })
    }

    /// The client whose calls go through `proxy`.
    pub(super) fn through(
        &self,
        proxy: Option<&SecretString>,
    ) -> Result<ClientWithMiddleware, CallFailure> {
        let Some(proxy) = proxy else { return Ok(self.usual.clone()) };
        // Nothing panics while holding it.
        let mut proxied = self.proxied.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(client) = proxied.get(proxy.expose_secret()) {
            return Ok(client.clone());
        }
        let client = http::client(self.provider.clone(), &self.endpoint, self.connect, Some(proxy))
            // The error's own text may hold the proxy's password.
            .map_err(|_| CallFailure::new(ErrorClass::Network, "the proxy cannot be used"))?;
        proxied.insert(proxy.expose_secret().to_owned(), client.clone());
        Ok(client)
    }
}
