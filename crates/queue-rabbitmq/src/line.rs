//! One connection to the broker, made again when it is lost.

use std::{
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use deadpool_lapin::{Manager, Object, Pool, Runtime, Timeouts};
use lapin::{Channel, Connection, ConnectionProperties};
use secrecy::{ExposeSecret, SecretString};
use tokio::time::timeout;
use url::Url;

use crate::{error::Trouble, options::Options};

/// How long connecting may take.
const CONNECT_TIME: Duration = Duration::from_secs(10);

/// A connection with as many channels as are needed.
///
/// Publishing and consuming have a line each: a broker short of memory stops reading from connections
/// that publish, and acknowledgements must not wait for that.
pub(crate) struct Line {
    /// Holds one connection, and tells a lost one from a good one when it is asked for.
    pool: Pool,
    /// Whether some of its channels are lost for good.
    loses: AtomicBool,
}

impl Line {
    /// A line that operators see as `options.service` with its `purpose`. Connects when it is needed.
    pub(crate) fn new(options: &Options, purpose: &str) -> Result<Self, InvalidUrl> {
        let address = address(&options.url, options.heartbeat)?;
        let name = format!("{} {purpose}", options.service);
        let properties =
            move || ConnectionProperties::default().with_connection_name(name.as_str().into());
        let runtime = lapin::runtime::default_runtime().map_err(|_| InvalidUrl)?;
        let timeouts = Timeouts {
            wait: Some(CONNECT_TIME),
            create: Some(CONNECT_TIME),
            recycle: Some(CONNECT_TIME),
        };
        let pool = Pool::builder(Manager::new(address, properties, runtime))
            .max_size(1)
            .timeouts(timeouts)
            .runtime(Runtime::Tokio1)
            .build()
            .map_err(|_| InvalidUrl)?;
        Ok(Self { pool, loses: AtomicBool::default() })
    }

    /// A new channel. The connection stays open when the channel is closed, unless all its channels are lost.
    pub(crate) async fn channel(&self) -> Result<Channel, Trouble> {
        let connection = self.pool.get().await?;
        match self.open(&connection).await {
            // Otherwise all are in use, and would be again on the next one.
            Err(trouble) if trouble.is_out_of_channels() && self.loses() => leave(connection),
            opened => return opened,
        }
        self.loses.store(false, Ordering::Relaxed);
        let connection = self.pool.get().await?;
        self.open(&connection).await
    }

    /// The client keeps why the broker closed a channel, and says it once more to who opens the next one of that number. Then it
    /// takes the number for one in use, for good.
    async fn open(&self, connection: &Connection) -> Result<Channel, Trouble> {
        for _ in 0..connection.configuration().channel_max() {
            let opening = timeout(CONNECT_TIME, connection.create_channel()).await;
            let opened = opening.map_err(|_| Trouble::Silent(CONNECT_TIME))?;
            match opened.map_err(Trouble::from) {
                // The broker itself refuses no channel in this way.
                Err(trouble) if trouble.is_of_a_channel() => {
                    self.loses.store(true, Ordering::Relaxed);
                }
                opened => return opened,
            }
        }
        Err(lapin::Error::from(lapin::ErrorKind::ChannelsLimitReached).into())
    }

    fn loses(&self) -> bool {
        self.loses.load(Ordering::Relaxed)
    }
}

/// Takes a connection out of use and closes it, since the channels it has lost keep it open. What is under way on it fails, as
/// with any other that is lost.
fn leave(connection: Object) {
    tracing::info!("connecting anew: the broker closed too many channels of this connection");
    let connection = Object::take(connection);
    #[expect(clippy::disallowed_methods, reason = "ends by itself, with the connection")]
    tokio::spawn(async move {
        let closing = connection.close(200, "no channel is left".into());
        if !matches!(timeout(CONNECT_TIME, closing).await, Ok(Ok(()))) {
            tracing::debug!("the connection was gone before it was closed");
        }
    });
}

/// The broker's URL cannot be read.
#[derive(Debug)]
pub(crate) struct InvalidUrl;

/// The URL with a heartbeat, unless it names one.
fn address(url: &SecretString, heartbeat: Duration) -> Result<String, InvalidUrl> {
    let mut url = Url::parse(url.expose_secret()).map_err(|_| InvalidUrl)?;
    if !url.query_pairs().any(|(name, _)| name == "heartbeat") {
        let seconds = heartbeat.as_secs().max(1).to_string();
        url.query_pairs_mut().append_pair("heartbeat", &seconds);
    }
    Ok(url.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_url_s_own_heartbeat_is_kept() {
        let five = Duration::from_secs(5);
        let cases = [
            ("amqp://a:b@host:1/x", "amqp://a:b@host:1/x?heartbeat=5"),
            ("amqp://host/%2f?heartbeat=30", "amqp://host/%2f?heartbeat=30"),
        ];
        for (url, expected) in cases {
            assert_eq!(address(&url.into(), five).unwrap(), expected);
        }
    }
}
