//! What goes wrong, without what servers say: some repeat what was said to them, and that may be a password.

use std::time::Duration;

use lettre::transport::smtp;

/// Letters cannot be sent with these options.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The URL names no server.
    #[error("the URL must be smtps://USER:PASSWORD@HOST:PORT or smtp://HOST:PORT")]
    Url,
    /// Nothing can be sent from there.
    #[error("the sender has no address that letters can come from")]
    Sender,
    /// Nobody's certificates could be checked.
    #[error("connections cannot be encrypted")]
    Encryption(#[source] smtp::Error),
}

/// A letter was not taken.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SendError {
    #[error("nothing can be written to this address")]
    Recipient,
    #[error("the letter has no form in which it could travel")]
    Form(#[source] lettre::error::Error),
    #[error("the server did not take it within {0:?}")]
    Late(Duration),
    #[error("the server answered {0}")]
    Refused(smtp::response::Code),
    #[error("the server speaks no SMTP")]
    Unintelligible,
    #[error("the server cannot be used: {0}")]
    Unusable(String),
}

impl SendError {
    pub(crate) fn of(error: &smtp::Error) -> Self {
        match error.status() {
            Some(code) => Self::Refused(code),
            None if error.is_response() => Self::Unintelligible,
            // Words of the library, of TLS and of the system; none of the server's.
            None => Self::Unusable(error.to_string()),
        }
    }
}
