//! The adapter as its owner sees it.

use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use crate::{
    connection::Connection, keys::Memory, log::Leases, names::Names, options::Options,
    place::Place, script::Scripts, subscription::Subscriptions,
};

pub use crate::error::ConnectError;

/// The live side on Redis: all its ports in one. Clones share everything.
#[derive(Clone)]
pub struct RedisLive {
    pub(crate) connection: Connection,
    pub(crate) names: Names,
    pub(crate) subscriptions: Arc<Subscriptions>,
    pub(crate) scripts: Arc<Scripts>,
    pub(crate) memory: Arc<Memory>,
    pub(crate) leases: Arc<Leases>,
    pub(crate) options: Arc<Options>,
}

impl RedisLive {
    /// Connects to Redis.
    ///
    /// Once connected, it stays usable whatever becomes of the server: calls fail while it is away, and
    /// succeed again when it is back.
    pub async fn connect(options: Options) -> Result<Self, ConnectError> {
        let place = Place::read(&options.url, options.response_timeout)?;
        let nodes = place.nodes.clone();
        let connection = Connection::open(place, options.response_timeout).await?;
        let names = Names::new(&options.prefix);
        let calls = [names.cancels(), names.notices()];
        let subscriptions = Subscriptions::new(nodes, options.response_timeout, calls);
        Ok(Self {
            connection,
            names,
            subscriptions: Arc::new(subscriptions),
            scripts: Arc::new(Scripts::load()),
            memory: Arc::default(),
            leases: Arc::new(Leases::of(options.lease)),
            options: Arc::new(options),
        })
    }

    /// Keeps the one subscription of this process until `shutdown`. Without it, followers learn what is
    /// new only by looking into the log, and nobody hears of a wish to stop.
    pub async fn run(&self, shutdown: CancellationToken) {
        self.subscriptions.run(shutdown).await;
    }
}
