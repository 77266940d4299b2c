//! The client that speaks HTTP to providers.

use std::time::{Duration, Instant};

use ::http::Extensions;
use async_trait::async_trait;
use domain::model::ProviderName;
use reqwest::{NoProxy, Proxy, Request, Response, Url, redirect, retry};
use reqwest_middleware::{ClientBuilder, ClientWithMiddleware, Middleware, Next};
use secrecy::{ExposeSecret, SecretString};

/// How long a connection is kept for the next call; below the idle time of common proxies.
const KEEP_IDLE: Duration = Duration::from_secs(50);

/// A client for one provider, which goes through `proxy` or where the environment says.
///
/// HTTP/1.1 only: dropping an answer then closes its connection, which every provider understands,
/// and one lost connection takes no other answer along. Not compressed, since that would hold text
/// back. Redirects are not followed, lest the key goes to a stranger.
pub(super) fn client(
    provider: ProviderName,
    endpoint: &Url,
    connect: Duration,
    proxy: Option<&SecretString>,
) -> Result<ClientWithMiddleware, reqwest::Error> {
    let builder = reqwest::Client::builder();
    // A proxy of the environment is somewhere else, and could not reach this machine's own ports.
    let builder = match proxy {
        Some(proxy) => builder.proxy(Proxy::all(proxy.expose_secret())?),
        // Whom this machine trusts need not be read then, either.
        None if is_local(endpoint) && endpoint.scheme() == "http" => {
            builder.no_proxy().tls_certs_only([])
        }
        None if is_local(endpoint) => builder.no_proxy(),
        None => match for_all(|name| std::env::var(name).ok()) {
            Some(proxy) => builder.proxy(of_environment(&proxy)?),
            None => builder,
        },
    };
    let client = builder
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

/// The proxy that `HTTP_PROXY` names, if it is the only variable that names one: then it is meant for every address,
/// also for those with https, which nearly all providers have and which by custom ask `HTTPS_PROXY` or `ALL_PROXY`.
fn for_all(variable: impl Fn(&str) -> Option<String>) -> Option<String> {
    let given = |name: &str| {
        let values = [variable(name), variable(&name.to_lowercase())].into_iter().flatten();
        values.map(|value| value.trim().to_owned()).find(|value| !value.is_empty())
    };
    let is_alone = given("HTTPS_PROXY").or_else(|| given("ALL_PROXY")).is_none();
    given("HTTP_PROXY").filter(|_| is_alone)
}

/// The way through `proxy`, but not to those that `NO_PROXY` names.
fn of_environment(proxy: &str) -> Result<Proxy, reqwest::Error> {
    Ok(Proxy::all(proxy)?.no_proxy(NoProxy::from_env()))
}

/// Whether `endpoint` is on this machine, as its name says.
fn is_local(endpoint: &Url) -> bool {
    let host = endpoint.host_str().unwrap_or_default().trim_matches(['[', ']']);
    host == "localhost" || host.parse().is_ok_and(|ip: std::net::IpAddr| ip.is_loopback())
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

#[cfg(test)]
mod tests {
    use tokio::{
        io::{AsyncReadExt, AsyncWriteExt},
        net::TcpListener,
    };

    use super::*;

    #[test]
    fn this_machine_is_known_by_its_names() {
        for (url, expected) in [
            ("http://127.0.0.1:8080/v1", true),
            ("http://[::1]:8080/v1", true),
            ("http://localhost/v1", true),
            ("https://api.openai.com/v1", false),
            ("http://10.0.0.1/v1", false),
            ("http://localhost.example.org/v1", false),
        ] {
            assert_eq!(is_local(&url.parse().unwrap()), expected, "{url}");
        }
    }

    #[test]
    fn a_proxy_that_alone_is_named_is_for_every_address() {
        let of = |variables: &[(&str, &str)]| {
            let variable = |name: &str| {
                let found = variables.iter().find(|(other, _)| *other == name);
                found.map(|(_, value)| (*value).to_owned())
            };
            for_all(variable)
        };
        let http = ("HTTP_PROXY", "http://p");
        for variables in [
            &[http][..],
            &[("http_proxy", "http://p")],
            &[http, ("HTTPS_PROXY", ""), ("ALL_PROXY", " ")],
        ] {
            assert_eq!(of(variables).as_deref(), Some("http://p"), "{variables:?}");
        }
        for others in ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"] {
            assert_eq!(of(&[http, (others, "http://q")]), None, "{others}");
        }
        assert_eq!(of(&[("HTTPS_PROXY", "http://q")]), None);
        assert_eq!(of(&[("HTTP_PROXY", "")]), None);
    }

    /// Security case 78.
    #[tokio::test]
    async fn nobody_is_led_elsewhere() {
        let listen = async || TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (provider, elsewhere) = (listen().await, listen().await);
        let url = |listener: &TcpListener| format!("http://{}/", listener.local_addr().unwrap());
        let here = Url::parse(&url(&provider)).unwrap();
        let name = ProviderName::parse("openai").unwrap();
        let client = client(name, &here, Duration::from_secs(5), None).unwrap();
        let answer = format!(
            "HTTP/1.1 307 Temporary Redirect\r\nlocation: {}\r\ncontent-length: 0\r\n\r\n",
            url(&elsewhere)
        );
        let answering = async {
            let mut caller = provider.accept().await.unwrap().0;
            let mut head = [0; 4096];
            assert!(caller.read(&mut head).await.unwrap() > 0);
            caller.write_all(answer.as_bytes()).await.unwrap();
            caller
        };
        let asking = client.post(here.clone()).bearer_auth("key").body("?").send();
        let asked = async { tokio::join!(answering, asking).1 };
        tokio::select! {
            biased;
            _ = elsewhere.accept() => panic!("somebody came"),
            response = asked => assert_eq!(response.unwrap().status(), 307),
        }
    }
}
