//! The start: connections, and a first look at what is there.

use std::sync::Arc;

use ports::{Clock, queue::Topic};
use secrecy::ExposeSecret;

use crate::{
    confirm::ConfirmChannels,
    desk::Desk,
    error::Trouble,
    line::{InvalidUrl, Line},
    management::Management,
    options::Options,
    place::Place,
    publish::Publisher,
    queue::RabbitQueue,
    topology::Topology,
};

/// Why there is no queue.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// The URL of the broker or of its management interface cannot be read.
    #[error("the URL of the broker, or of its management interface, cannot be read")]
    Url,
    /// The URL wants TLS, which this build does not know.
    #[error("amqps:// takes a build with `--features amqps`, as the images are")]
    NoTls,
    /// A queue or an exchange exists with other settings than Sluice gives it.
    #[error("the broker has it with other settings; delete it or rename ours: {0}")]
    Differs(String),
    /// The broker cannot be reached, or refuses the account.
    #[error("the broker cannot be used")]
    Unusable(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl From<InvalidUrl> for ConnectError {
    fn from(InvalidUrl: InvalidUrl) -> Self {
        Self::Url
    }
}

impl From<Trouble> for ConnectError {
    fn from(trouble: Trouble) -> Self {
        match trouble.differs() {
            Some(words) => Self::Differs(words),
            None => Self::Unusable(Box::new(trouble)),
        }
    }
}

pub(crate) async fn connect(
    options: Options,
    clock: Arc<dyn Clock>,
) -> Result<RabbitQueue, ConnectError> {
    let wants_tls = options.url.expose_secret().starts_with("amqps:");
    if wants_tls && !cfg!(feature = "amqps") {
        return Err(ConnectError::NoTls);
    }
    let publishing = Line::new(&options, "publish")?;
    let consuming = Arc::new(Line::new(&options, "consume")?);
    let management = Management::new(&options)?;
    let channels = ConfirmChannels::new(publishing);
    let publisher = Publisher { options, channels, topology: Topology::default(), clock };
    for topic in [Topic::Responses, Topic::UsageEvents, Topic::AuditEvents] {
        let place = Place::of(&topic, &publisher.options);
        match publisher.topology.ensure(publisher.channels.line(), &place, None).await {
            // Not ours to declare, and whoever declares it has not started yet.
            Err(trouble) if trouble.is_missing() => {}
            done => done?,
        }
    }
    let publisher = Arc::new(publisher);
    let desk = Desk::new(Arc::clone(&consuming), Arc::clone(&publisher));
    Ok(RabbitQueue { publisher, consuming, management, desk })
}
