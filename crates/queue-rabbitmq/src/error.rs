//! What can go wrong between this process and the broker.

use std::time::Duration;

use lapin::protocol::{AMQPError, AMQPErrorKind, AMQPSoftError};
use ports::queue::QueueError;

/// Why the broker did not do it.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Trouble {
    #[error("no connection to the broker")]
    Connection(#[from] deadpool_lapin::PoolError),
    #[error(transparent)]
    Broker(#[from] lapin::Error),
    #[error("there was no {0} a moment ago, and this account may not declare it")]
    Missing(String),
    #[error("no queue takes {0}: it was deleted")]
    Unroutable(String),
    #[error("the broker did not take the message: its queue is full or has lost its majority")]
    Refused,
    #[error("the broker did not answer within {0:?}; what was asked for may have happened")]
    Silent(Duration),
    #[error("the delivery went back to the queue before it ended: its channel was closed")]
    GivenBack,
    #[error("the broker ended the subscription to {0}")]
    Cancelled(String),
    #[error("the process ended before it was done")]
    Stopped,
    #[error("other processes look at {0} without end")]
    Held(String),
    #[error("the management interface does not answer (RABBITMQ_MANAGEMENT_URL)")]
    Management(#[source] reqwest::Error),
}

impl Trouble {
    /// The broker's own words, if something exists there with other settings.
    pub(crate) fn differs(&self) -> Option<String> {
        self.soft(&AMQPSoftError::PRECONDITIONFAILED)
    }

    /// Whether something does not exist.
    pub(crate) fn is_missing(&self) -> bool {
        matches!(self, Self::Missing(_)) || self.soft(&AMQPSoftError::NOTFOUND).is_some()
    }

    /// Whether this account may not, or somebody else has it for himself.
    pub(crate) fn is_refused(&self) -> bool {
        self.soft(&AMQPSoftError::ACCESSREFUSED).is_some()
    }

    /// Whether the broker closed a channel for it.
    pub(crate) fn is_of_a_channel(&self) -> bool {
        let kind = self.kind();
        matches!(kind, Some(lapin::ErrorKind::ProtocolError(error)) if is_soft(error))
    }

    /// Whether the connection has no room for another channel.
    pub(crate) fn is_out_of_channels(&self) -> bool {
        matches!(self.kind(), Some(lapin::ErrorKind::ChannelsLimitReached))
    }

    /// Whether there is no connection (any more), so that the next one may lead to another broker.
    pub(crate) fn is_of_the_connection(&self) -> bool {
        match self {
            Self::Connection(_) => true,
            Self::Broker(error) => match error.kind() {
                lapin::ErrorKind::ProtocolError(error) => !is_soft(error),
                _ => true,
            },
            _ => false,
        }
    }

    fn soft(&self, code: &AMQPSoftError) -> Option<String> {
        let lapin::ErrorKind::ProtocolError(error) = self.kind()? else { return None };
        let is = matches!(error.kind(), AMQPErrorKind::Soft(soft) if soft == code);
        is.then(|| error.get_message().to_string())
    }

    fn kind(&self) -> Option<&lapin::ErrorKind> {
        if let Self::Broker(error) = self { Some(error.kind()) } else { None }
    }
}

fn is_soft(error: &AMQPError) -> bool {
    matches!(error.kind(), AMQPErrorKind::Soft(_))
}

impl From<Trouble> for QueueError {
    fn from(trouble: Trouble) -> Self {
        let has_no_place = trouble.is_missing() || matches!(trouble, Trouble::Unroutable(_));
        if has_no_place {
            Self::NoSuchQueue(Box::new(trouble))
        } else {
            Self::Unavailable(Box::new(trouble))
        }
    }
}
