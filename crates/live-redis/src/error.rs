//! What can go wrong, and what of it a service is told.

use std::time::Duration;

use ports::live::LiveError;
use redis::{ErrorKind, ParsingError, RedisError, ServerErrorKind};

/// Redis could not be reached at the start.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// The URL says nothing that can be reached.
    #[error("the URL of Redis is not valid: {0}")]
    Url(#[source] RedisError),
    /// Nobody answers there, or refuses.
    #[error("Redis cannot be reached: {0}")]
    Unreachable(#[source] RedisError),
    /// Nobody answers there in time.
    #[error("Redis does not answer within {0:?}")]
    Silent(Duration),
}

/// What surprised a call.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// Redis, or the way to it, failed.
    #[error(transparent)]
    Driver(#[from] RedisError),
    /// No answer came in time; whether the call had an effect is unknown.
    #[error("Redis does not answer within {0:?}")]
    Timeout(Duration),
    /// The connection has ended.
    #[error("the connection to Redis has ended")]
    Closed,
    /// What others are told does not come over the connection.
    #[error("the connection to Redis does not bring what is told")]
    Unheard,
    /// A key or an answer holds what it should not.
    #[error("Redis holds an unknown {what}: {value:?}")]
    Unknown {
        /// What it should be.
        what: &'static str,
        /// What it is.
        value: String,
    },
}

impl Error {
    /// A value that no type of the house has.
    pub(crate) fn unknown(what: &'static str, value: impl Into<String>) -> Self {
        Self::Unknown { what, value: value.into() }
    }

    /// Whether the connection was gone, so that the same call may go through on the next one.
    pub(crate) fn is_disconnection(&self) -> bool {
        matches!(self, Self::Driver(error) if error.is_unrecoverable_error() || error.is_io_error())
    }

    /// Whether every further call on the same connection would end like this, as the driver sees nothing wrong with
    /// it, or keeps what it was told when it connected: that the login or the database was refused, say. After
    /// troubles of the network it connects again by itself.
    pub(crate) fn is_kept(&self) -> bool {
        let Self::Driver(error) = self else { return false };
        let is_answer = error.clone().into_server_errors().is_some();
        self.is_of_a_copy() || !is_answer && !error.is_io_error()
    }

    /// Whether the server only copies another one: after a failover, the address leads elsewhere.
    fn is_of_a_copy(&self) -> bool {
        let Self::Driver(error) = self else { return false };
        let ErrorKind::Server(kind) = error.kind() else { return false };
        matches!(kind, ServerErrorKind::ReadOnly | ServerErrorKind::MasterDown)
    }
}

impl From<ParsingError> for Error {
    fn from(error: ParsingError) -> Self {
        Self::Driver(error.into())
    }
}

impl From<Error> for LiveError {
    fn from(error: Error) -> Self {
        Self(Box::new(error))
    }
}

#[cfg(test)]
mod tests {
    use std::io;

    use redis::{Value, parse_redis_value};

    use super::*;

    fn answer(text: &str) -> RedisError {
        let answer = parse_redis_value(format!("-{text}\r\n").as_bytes()).unwrap();
        let Value::ServerError(error) = answer else { panic!("no error: {answer:?}") };
        error.into()
    }

    #[test]
    fn a_connection_is_given_up_that_the_driver_would_keep_and_no_other() {
        let refused = (ErrorKind::AuthenticationFailed, "Password authentication failed");
        let database = (ServerErrorKind::ResponseError.into(), "refused to switch database");
        for (error, expected) in [
            (refused.into(), true),
            (database.into(), true),
            (answer("READONLY You can't write against a read only replica."), true),
            (answer("MASTERDOWN Link with MASTER is down"), true),
            (answer("ERR unknown command"), false),
            (answer("OOM command not allowed"), false),
            (answer("NOPERM this user has no permissions"), false),
            (answer("BUSY Redis is busy running a script."), false),
            (io::Error::from(io::ErrorKind::ConnectionReset).into(), false),
            (io::Error::from(io::ErrorKind::TimedOut).into(), false),
        ] {
            let error = Error::Driver(error);
            assert_eq!(error.is_kept(), expected, "{error}");
        }
        assert!(!Error::Timeout(Duration::ZERO).is_kept());
    }
}
