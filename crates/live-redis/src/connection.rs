//! The one connection over which all calls go, and how long they may take.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use redis::{
    Client, ConnectionInfo, FromRedisValue, RedisResult,
    aio::{ConnectionManager, ConnectionManagerConfig},
    cluster::ClusterClient,
    cluster_async::ClusterConnection,
};
use tokio::time::{Instant, timeout_at};

use crate::{
    error::{ConnectError, Error},
    lock::lock,
    place::{Place, tcp},
    run::Run,
};

/// How many calls may wait to be sent; beyond that they wait in their tasks.
const BUFFERED_CALLS: usize = 1024;

/// A connection that is made again when it breaks, or leads to a server that no longer takes writes.
/// Clones share it.
#[derive(Clone)]
pub(crate) struct Connection {
    place: Arc<Place>,
    current: Arc<Mutex<Numbered>>,
    /// How long a call may take.
    patience: Duration,
}

/// What keeps the connection, and how many did so before it.
type Numbered = (u64, Way);

#[derive(Clone)]
enum Way {
    /// To one server.
    One(ConnectionManager),
    /// To the nodes of a cluster, each call to the one that has its keys.
    Nodes(ClusterConnection),
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
    pub(crate) async fn open(place: Place, patience: Duration) -> Result<Self, ConnectError> {
        let connecting = async {
            Ok(match place.nodes.as_slice() {
                [server] if !place.is_cluster => Way::One(one(server, patience).await?),
                nodes => Way::Nodes(cluster(nodes, patience).await?),
            })
        };
        let connected = tokio::time::timeout(patience, connecting).await;
        let way = connected
            .map_err(|_| ConnectError::Silent(patience))?
            .map_err(ConnectError::Unreachable)?;
        Ok(Self { place: Arc::new(place), current: Arc::new(Mutex::new((0, way))), patience })
    }

    /// Runs a script and reads its answer.
    ///
    /// If the connection is found broken, or to lead to a server that no longer takes writes, the call
    /// is made once more on a new one: every script can be run again with the same arguments; one that counts may
    /// count twice.
    pub(crate) async fn run<T: FromRedisValue + Send>(&self, script: &Run<'_>) -> Result<T, Error> {
        let until = Instant::now() + self.patience;
        match self.run_until(until, script).await {
            Err(error) if error.is_disconnection() || error.is_kept() => {}
            answer => return answer,
        }
        self.run_until(until, script).await
    }

    async fn run_until<T: FromRedisValue + Send>(
        &self,
        until: Instant,
        script: &Run<'_>,
    ) -> Result<T, Error> {
        let (number, way) = lock(&self.current).clone();
        let answer = async {
            match way {
                Way::One(mut server) => script.over(&mut server).await,
                Way::Nodes(mut nodes) => script.over(&mut nodes).await,
            }
        };
        let answer = timeout_at(until, answer).await;
        let answer = answer.map_err(|_| Error::Timeout(self.patience))?.map_err(Error::from);
        if answer.as_ref().is_err_and(Error::is_kept) {
            self.leave(number)?;
        }
        answer
    }

    /// Gives the connection with this `number` up, unless somebody else has done so.
    fn leave(&self, number: u64) -> Result<(), Error> {
        let mut current = lock(&self.current);
        // A cluster's connection follows its nodes by itself.
        if current.0 == number
            && let (Way::One(_), [server]) = (&current.1, self.place.nodes.as_slice())
        {
            let client = Client::open(server.clone())?;
            let next = ConnectionManager::new_lazy_with_config(client, config(self.patience))?;
            *current = (number + 1, Way::One(next));
        }
        Ok(())
    }
}

async fn one(server: &ConnectionInfo, patience: Duration) -> RedisResult<ConnectionManager> {
    ConnectionManager::new_with_config(Client::open(server.clone())?, config(patience)).await
}

async fn cluster(nodes: &[ConnectionInfo], patience: Duration) -> RedisResult<ClusterConnection> {
    let client = ClusterClient::builder(nodes.iter().cloned())
        .connection_timeout(patience)
        .response_timeout(patience)
        .overall_response_timeout(Some(patience))
        .tcp_settings(tcp(patience));
    client.build()?.get_async_connection().await
}
