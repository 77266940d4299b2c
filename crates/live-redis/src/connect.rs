//! The adapter as its owner sees it.

use std::sync::Arc;

use crate::{
    connection::{self, Connection},
    names::Names,
    options::Options,
    script::Scripts,
};

pub use crate::error::ConnectError;

/// The live side on Redis: all its ports in one. Clones share everything.
#[derive(Clone)]
pub struct RedisLive {
    pub(crate) connection: Connection,
    pub(crate) names: Names,
    pub(crate) scripts: Arc<Scripts>,
    pub(crate) options: Arc<Options>,
}

impl RedisLive {
    /// Connects to Redis.
    ///
    /// Once connected, it stays usable whatever becomes of the server: calls fail while it is away, and
    /// succeed again when it is back.
    pub async fn connect(options: Options) -> Result<Self, ConnectError> {
        let client = connection::client(&options.url, options.response_timeout)?;
        let connection = Connection::open(client, options.response_timeout).await?;
        Ok(Self {
            connection,
            names: Names::new(&options.prefix),
            scripts: Arc::new(Scripts::load()),
            options: Arc::new(options),
        })
    }
}
