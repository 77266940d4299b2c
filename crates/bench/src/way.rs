//! Ways to an answer that know nothing of Sluice.

use std::time::Instant;

use reqwest::{Client as Http, Response};

use crate::{bare, direct};

/// Which one.
#[derive(Debug, Clone)]
pub enum Way {
    /// From the client to the provider at this address.
    Direct(String),
    /// Through the bare chain at this address.
    Bare(String),
}

impl Way {
    /// Asks `model`; returns when it was asked and the streamed answer.
    pub async fn ask(&self, http: &Http, model: &str) -> anyhow::Result<(Instant, Response)> {
        match self {
            Self::Direct(base_url) => direct::ask(http, base_url, model).await,
            Self::Bare(url) => bare::ask(http, url, model).await,
        }
    }
}
