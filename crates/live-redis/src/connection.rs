//! The one connection over which all calls go, and how long they may take.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use redis::{
    Client, FromRedisValue, IntoConnectionInfo, ScriptInvocation,
    aio::{ConnectionManager, ConnectionManagerConfig},
    io::tcp::TcpSettings,
};
use secrecy::{ExposeSecret, SecretString};
use tokio::time::{Instant, timeout_at};

use crate::{
    error::{ConnectError, Error},
    lock::lock,
};

/// How many calls may wait to be sent; beyond that they wait in their tasks.
const BUFFERED_CALLS: usize = 1024;

/// A connection that is made again when it breaks, or leads to a server that no longer takes writes.
/// Clones share it.
#[derive(Clone)]
pub(crate) struct Connection {
    client: Client,
    current: Arc<Mutex<Numbered>>,
    /// How long a call may take.
    patience: Duration,
}

/// What keeps the connection, and how many did so before it.
type Numbered = (u64, ConnectionManager);

/// A client for `url`, which has not connected yet.
pub(crate) fn client(url: &SecretString, patience: Duration) -> Result<Client, ConnectError> {
    let info = url.expose_secret().into_connection_info().map_err(ConnectError::Url)?;
    // A call must not wait for the acknowledgement of the one before, and a peer that vanished
    // without a word must be noticed soon.
    let tcp = TcpSettings::default().set_nodelay(true).set_user_timeout(2 * patience);
    Client::open(info.set_tcp_settings(tcp)).map_err(ConnectError::Url)
}

/// How a connection is kept.
fn config(patience: Duration) -> ConnectionManagerConfig {
    ConnectionManagerConfig::new()
        // Every call that finds no connection starts the next attempt, so none has to wait long.
        .set_number_of_retries(0)
        .set_connection_timeout(Some(patience))
        .set_response_timeout(Some(patience))
        .set_pipeline_buffer_size(BUFFERED_CALLS)
}

impl Connection {
    /// Connects, and fails if nobody answers within `patience`.
    pub(crate) async fn open(client: Client, patience: Duration) -> Result<Self, ConnectError> {
        let connecting = ConnectionManager::new_with_config(client.clone(), config(patience));
        let connected = tokio::time::timeout(patience, connecting).await;
        let manager = connected
            .map_err(|_| ConnectError::Silent(patience))?
            .map_err(ConnectError::Unreachable)?;
        Ok(Self { client, current: Arc::new(Mutex::new((0, manager))), patience })
    }

    /// Runs a script and reads its answer.
    ///
    /// If the connection is found broken, or to lead to a server that no longer takes writes, the call
    /// is made once more on a new one: every script can be run again with the same arguments.
    pub(crate) async fn run<T: FromRedisValue>(
        &self,
        script: &ScriptInvocation<'_>,
    ) -> Result<T, Error> {
        let until = Instant::now() + self.patience;
        let number = lock(&self.current).0;
        match self.run_until(until, script).await {
            Err(error) if error.is_of_a_copy() => self.leave(number)?,
            Err(error) if error.is_disconnection() => {}
            answer => return answer,
        }
        self.run_until(until, script).await
    }

    async fn run_until<T: FromRedisValue>(
        &self,
        until: Instant,
        script: &ScriptInvocation<'_>,
    ) -> Result<T, Error> {
        let mut manager = lock(&self.current).1.clone();
        let answer = timeout_at(until, script.invoke_async(&mut manager)).await;
        Ok(answer.map_err(|_| Error::Timeout(self.patience))??)
    }

    /// Gives the connection with this `number` up, unless somebody else has done so.
    ///
    /// The driver keeps a connection on which every write is refused: to it, that is an answer.
    fn leave(&self, number: u64) -> Result<(), Error> {
        let mut current = lock(&self.current);
        if current.0 == number {
            let config = config(self.patience);
            let next = ConnectionManager::new_lazy_with_config(self.client.clone(), config)?;
            *current = (number + 1, next);
        }
        Ok(())
    }
}
