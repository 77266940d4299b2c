//! Where Redis is: one server, or the nodes of a cluster.

use redis::{ConnectionInfo, IntoConnectionInfo, RedisError, io::tcp::TcpSettings};
use secrecy::{ExposeSecret, SecretString};
use tokio::time::Duration;

use crate::error::ConnectError;

/// What a scheme ends with that means a cluster.
const CLUSTER: &str = "+cluster://";

/// Where Redis is.
pub(crate) struct Place {
    /// The server, or the nodes of a cluster that are asked for the others.
    pub(crate) nodes: Vec<ConnectionInfo>,
    /// Whether they are a cluster.
    pub(crate) is_cluster: bool,
}

impl Place {
    /// Reads a URL as [`Options::url`](crate::Options) explains it.
    pub(crate) fn read(url: &SecretString, patience: Duration) -> Result<Self, ConnectError> {
        let url = url.expose_secret();
        let is_cluster = url.contains(CLUSTER);
        let addresses = if is_cluster { addresses(url) } else { vec![url.to_owned()] };
        let tcp = tcp(patience);
        let node =
            |url: &String| Ok(url.as_str().into_connection_info()?.set_tcp_settings(tcp.clone()));
        let nodes: Result<_, RedisError> = addresses.iter().map(node).collect();
        Ok(Self { nodes: nodes.map_err(ConnectError::Url)?, is_cluster })
    }
}

/// A call must not wait for the acknowledgement of the one before, and a peer that vanished without a word
/// must be noticed soon.
pub(crate) fn tcp(patience: Duration) -> TcpSettings {
    TcpSettings::default().set_nodelay(true).set_user_timeout(2 * patience)
}

/// A URL for each node that `url` names: the same account everywhere.
fn addresses(url: &str) -> Vec<String> {
    let url = url.replacen(CLUSTER, "://", 1);
    let (first, others) = url.split_once("?nodes=").unwrap_or((&url, ""));
    let first = first.trim_end_matches('/');
    let before = first.rfind(['@', '/']).map_or(0, |end| end + 1);
    let others = others.split(',').filter(|node| !node.is_empty());
    let others = others.map(|node| format!("{}{node}", &first[..before]));
    std::iter::once(first.to_owned()).chain(others).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cluster_is_named_by_some_of_its_nodes() {
        for (url, expected) in [
            ("redis+cluster://one:7000", vec!["redis://one:7000"]),
            (
                "rediss+cluster://ada:p%40ss@one:7000/?nodes=two:7001,three",
                vec![
                    "rediss://ada:p%40ss@one:7000",
                    "rediss://ada:p%40ss@two:7001",
                    "rediss://ada:p%40ss@three",
                ],
            ),
        ] {
            assert_eq!(addresses(url), expected);
        }
    }
}
