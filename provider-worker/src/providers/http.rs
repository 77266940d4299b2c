//! The client that speaks HTTP to providers.

use std::time::{Duration, Instant};

use ::http::Extensions;
use async_trait::async_trait;
use domain::model::ProviderName;
use reqwest::{Request, Response, redirect, retry};
use reqwest_middleware::{ClientBuilder, ClientWithMiddleware, Middleware, Next};

/// How long a connection is kept for the next call; below the idle time of common proxies.
const KEEP_IDLE: Duration = Duration::from_secs(50);

/// A client for one provider.
///
/// HTTP/1.1 only: dropping an answer then closes its connection, which every provider understands,
/// and one lost connection takes no other answer along. Not compressed, since that would hold text
/// back. Redirects are not followed, lest the key goes to a stranger.
pub(super) fn client(
    provider: ProviderName,
    connect: Duration,
) -> Result<ClientWithMiddleware, reqwest::Error> {
    let client = reqwest::Client::builder()
        .http1_only()
        .no_gzip()
        .redirect(redirect::Policy::none())
        .referer(false)
        .retry(retry::never())
        .connect_timeout(connect)
        .tcp_nodelay(true)
        .pool_idle_timeout(KEEP_IDLE)
        .user_agent(concat!("sluice/", env!("CARGO_PKG_VERSION")))
        .build()?;
    Ok(ClientBuilder::new(client).with(Trace { provider }).build())
}

/// Notes how each request went, without its address, headers or body.
struct Trace {
    provider: ProviderName,
}

#[async_trait]
impl Middleware for Trace {
    async fn handle(
        &self,
        request: Request,
        extensions: &mut Extensions,
        next: Next<'_>,
    ) -> reqwest_middleware::Result<Response> {
        let begun = Instant::now();
        let answer = next.run(request, extensions).await;
        let status = answer.as_ref().ok().map(|response| response.status().as_u16());
        let elapsed = begun.elapsed();
        tracing::debug!(provider = %self.provider, status, ?elapsed, "provider began to answer");
        answer
    }
}
