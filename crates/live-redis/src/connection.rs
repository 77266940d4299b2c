//! The one connection over which all calls go, and how long they may take.

use std::time::Duration;

use redis::{
    Client, ConnectionInfo, FromRedisValue, RedisResult, ScriptInvocation,
    aio::{ConnectionManager, ConnectionManagerConfig},
    cluster::ClusterClient,
    cluster_async::ClusterConnection,
};
use tokio::time::{Instant, timeout_at};

use crate::{
    error::{ConnectError, Error},
    place::{Place, tcp},
};

/// How many calls may wait to be sent; beyond that they wait in their tasks.
const BUFFERED_CALLS: usize = 1024;

/// A connection that is made again when it breaks. Clones share it.
#[derive(Clone)]
pub(crate) struct Connection {
    way: Way,
    /// How long a call may take.
    patience: Duration,
}

#[derive(Clone)]
enum Way {
    /// To one server.
    One(ConnectionManager),
    /// To the nodes of a cluster, each call to the one that has its keys.
    Nodes(ClusterConnection),
}

impl Connection {
    /// Connects, and fails if nobody answers within `patience`.
    pub(crate) async fn open(place: &Place, patience: Duration) -> Result<Self, ConnectError> {
        let connecting = async {
            Ok(match place.nodes.as_slice() {
                [server] if !place.is_cluster => Way::One(one(server.clone(), patience).await?),
                nodes => Way::Nodes(cluster(nodes, patience).await?),
            })
        };
        let connected = tokio::time::timeout(patience, connecting).await;
        let way = connected
            .map_err(|_| ConnectError::Silent(patience))?
            .map_err(ConnectError::Unreachable)?;
        Ok(Self { way, patience })
    }

    /// Runs a script and reads its answer.
    ///
    /// If the connection is found broken the call is made once more on a new one: every script can be
    /// run again with the same arguments.
    pub(crate) async fn run<T: FromRedisValue>(
        &self,
        script: &ScriptInvocation<'_>,
    ) -> Result<T, Error> {
        let until = Instant::now() + self.patience;
        match self.run_until(until, script).await {
            Err(error) if error.is_disconnection() => self.run_until(until, script).await,
            answer => answer,
        }
    }

    async fn run_until<T: FromRedisValue>(
        &self,
        until: Instant,
        script: &ScriptInvocation<'_>,
    ) -> Result<T, Error> {
        let answer = async {
            match self.way.clone() {
                Way::One(mut server) => script.invoke_async(&mut server).await,
                Way::Nodes(mut nodes) => script.invoke_async(&mut nodes).await,
            }
        };
        let answer = timeout_at(until, answer).await;
        Ok(answer.map_err(|_| Error::Timeout(self.patience))??)
    }
}

async fn one(server: ConnectionInfo, patience: Duration) -> RedisResult<ConnectionManager> {
    let config = ConnectionManagerConfig::new()
        // Every call that finds no connection starts the next attempt, so none has to wait long.
        .set_number_of_retries(0)
        .set_connection_timeout(Some(patience))
        .set_response_timeout(Some(patience))
        .set_pipeline_buffer_size(BUFFERED_CALLS);
    ConnectionManager::new_with_config(Client::open(server)?, config).await
}

async fn cluster(nodes: &[ConnectionInfo], patience: Duration) -> RedisResult<ClusterConnection> {
    let client = ClusterClient::builder(nodes.iter().cloned())
        .connection_timeout(patience)
        .response_timeout(patience)
        .overall_response_timeout(Some(patience))
        .tcp_settings(tcp(patience));
    client.build()?.get_async_connection().await
}
