//! What can be set.

use std::time::Duration;

use secrecy::SecretString;

/// How to reach Redis, and how patiently.
#[derive(Debug, Clone)]
pub struct Options {
    /// Where Redis is: `redis://user:password@host:port/database`, or `rediss://` for TLS, with a certificate that the
    /// machine trusts or that `SSL_CERT_FILE` vouches for; a cluster is `redis+cluster://user:password@host:port`, with
    /// `?nodes=host:port,host:port` for more of its nodes.
    pub url: SecretString,
    /// What the names of all keys and channels begin with, so that installations can share a server.
    pub prefix: String,
    /// How long a writer keeps its log without a word, or up to a sixteenth less.
    pub lease: Duration,
    /// How long a call may take altogether before it fails.
    pub response_timeout: Duration,
    /// After how long a silence a follower looks into the log, in case a message was lost.
    pub poll: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            url: SecretString::from("redis://127.0.0.1:6379"),
            prefix: String::new(),
            // Long enough for a busy machine, short enough for whoever waits for a dead worker's answer.
            lease: Duration::from_secs(15),
            response_timeout: Duration::from_secs(1),
            poll: Duration::from_secs(1),
        }
    }
}
