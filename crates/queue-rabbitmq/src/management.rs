//! The broker's management interface: what AMQP does not tell.

use std::{collections::HashMap, time::Duration};

use reqwest::Client;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use url::Url;

use crate::{error::Trouble, line::InvalidUrl, options::Options};

const ANSWER_TIME: Duration = Duration::from_secs(10);

/// The management interface.
pub(crate) struct Management {
    client: Client,
    /// Of the queues of our virtual host.
    queues: Url,
    user: String,
    password: SecretString,
}

#[derive(Deserialize)]
struct QueueReport {
    name: String,
    #[serde(flatten)]
    known: Known,
}

/// What is known of a queue: of one that has not been counted yet, nothing.
#[derive(Deserialize)]
pub(crate) struct Known {
    /// Messages ready to be delivered.
    #[serde(default, rename = "messages_ready")]
    pub(crate) ready: u64,
    /// Messages that are out.
    #[serde(default, rename = "messages_unacknowledged")]
    pub(crate) unsettled: u64,
}

impl Management {
    pub(crate) fn new(options: &Options) -> Result<Self, InvalidUrl> {
        let broker = Url::parse(options.url.expose_secret()).map_err(|_| InvalidUrl)?;
        let mut url = match &options.management {
            Some(url) => Url::parse(url.expose_secret()).map_err(|_| InvalidUrl)?,
            None => beside(&broker)?,
        };
        let of = if url.username().is_empty() { &broker } else { &url };
        let (user, password) = account(of);
        url.set_username("").and_then(|()| url.set_password(None)).map_err(|()| InvalidUrl)?;
        let queues = queues(url, &broker)?;
        let client = Client::builder().timeout(ANSWER_TIME).no_proxy();
        // Whom this machine trusts need not be read then.
        let is_plain = queues.scheme() == "http";
        let client = if is_plain { client.tls_certs_only([]) } else { client };
        let client = client.build().map_err(|_| InvalidUrl)?;
        Ok(Self { client, queues, user, password })
    }

    /// Every queue there is. Counted by the broker every few seconds.
    pub(crate) async fn queues(&self) -> Result<HashMap<String, Known>, Trouble> {
        let mut url = self.queues.clone();
        let columns = "name,messages_ready,messages_unacknowledged";
        url.query_pairs_mut().append_pair("columns", columns);
        let request =
            self.client.get(url).basic_auth(&self.user, Some(self.password.expose_secret()));
        let trouble = |error: reqwest::Error| Trouble::Management(error.without_url());
        let response =
            request.send().await.map_err(trouble)?.error_for_status().map_err(trouble)?;
        let reports: Vec<QueueReport> = response.json().await.map_err(trouble)?;
        Ok(reports.into_iter().map(|report| (report.name, report.known)).collect())
    }
}

/// Where it is by itself: the account is not shown to a network that the broker's own connections are kept from.
fn beside(broker: &Url) -> Result<Url, InvalidUrl> {
    let host = broker.host_str().ok_or(InvalidUrl)?;
    let (scheme, port) =
        if broker.scheme() == "amqps" { ("https", 15671) } else { ("http", 15672) };
    Url::parse(&format!("{scheme}://{host}:{port}")).map_err(|_| InvalidUrl)
}

/// RabbitMQ's own account where none is named.
fn account(url: &Url) -> (String, SecretString) {
    let plain = |text: &str| percent_decoded(text);
    match url.username() {
        "" => ("guest".to_owned(), "guest".into()),
        user => (plain(user), plain(url.password().unwrap_or_default()).into()),
    }
}

/// `/api/queues/<virtual host>` below `url`.
fn queues(mut url: Url, broker: &Url) -> Result<Url, InvalidUrl> {
    let host = match broker.path().trim_start_matches('/') {
        "" => "/".to_owned(),
        host => percent_decoded(host),
    };
    url.path_segments_mut()
        .map_err(|()| InvalidUrl)?
        .pop_if_empty()
        .extend(["api", "queues", &host]);
    Ok(url)
}

fn percent_decoded(text: &str) -> String {
    percent_encoding::percent_decode_str(text).decode_utf8_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_interface_is_beside_the_broker_unless_it_is_named() {
        let mut options = Options::new("amqp://ada:p%40ss@host:1/a%2Fb".into(), "api");
        let management = Management::new(&options).unwrap();
        assert_eq!(management.queues.as_str(), "http://host:15672/api/queues/a%2Fb");
        assert_eq!((&*management.user, management.password.expose_secret()), ("ada", "p@ss"));
        options.management = Some("https://bob:x@other/rabbit/".into());
        let management = Management::new(&options).unwrap();
        assert_eq!(management.queues.as_str(), "https://other/rabbit/api/queues/a%2Fb");
        assert_eq!((&*management.user, management.password.expose_secret()), ("bob", "x"));
        let plain = Management::new(&Options::new("amqp://host".into(), "api")).unwrap();
        assert_eq!(plain.queues.as_str(), "http://host:15672/api/queues/%2F");
        let by_tls = Management::new(&Options::new("amqps://host:1".into(), "api")).unwrap();
        assert_eq!(by_tls.queues.as_str(), "https://host:15671/api/queues/%2F");
    }
}
