//! What an installation may choose.

use std::time::Duration;

use secrecy::SecretString;

/// How to reach the broker, and how things are called there.
#[derive(Debug, Clone)]
pub struct Options {
    /// Where the broker is: `amqp://user:password@host:port/vhost`, or `amqps://` for TLS.
    pub url: SecretString,
    /// Where its management interface is, `http://host:15672`, with the same account unless the URL
    /// names another; `None` for the broker's host and the standard port, by TLS if the broker is. Only
    /// [`depth`](ports::queue::QueueOperations::depth) asks it.
    pub management: Option<SecretString>,
    /// What operators know this process by; connections and consumers are named after it.
    pub service: String,
    /// How the queues of jobs are called, before the provider's name.
    pub request_queue: String,
    /// How the queue of reports is called.
    pub response_queue: String,
    /// The steps of the retry ladder, ascending and in whole seconds: a delay is rounded up to one.
    pub rungs: Vec<Duration>,
    /// How long a publish may take, with connecting. One that took longer may have happened.
    pub publish_timeout: Duration,
    /// How often each side shows that it is there; who shows nothing twice as long is gone.
    pub heartbeat: Duration,
}

impl Options {
    /// The broker at `url` with the standard names, for the process called `service`.
    #[must_use]
    pub fn new(url: SecretString, service: &str) -> Self {
        Self {
            url,
            management: None,
            service: service.to_owned(),
            request_queue: "generation.requests".to_owned(),
            response_queue: "generation.responses".to_owned(),
            rungs: [60, 600, 3600, 86_400].map(Duration::from_secs).to_vec(),
            publish_timeout: Duration::from_secs(10),
            heartbeat: Duration::from_secs(5),
        }
    }
}
