//! What goes wrong, without what servers say: some repeat what was said to them, and that may be a password.

use std::time::Duration;

use lettre::transport::smtp::{self, response::Severity};

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
    /// Whether the same letter may be taken in a while: a server that is busy, or wants to see whether a stranger comes
    /// again, says so with a code that begins with 4 (RFC 5321, 4.2.1).
    pub(crate) fn is_passing(&self) -> bool {
        match self {
            Self::Refused(code) => code.severity == Severity::TransientNegativeCompletion,
            Self::Late(_) | Self::Unusable(_) => true,
            Self::Recipient | Self::Form(_) | Self::Unintelligible => false,
        }
    }

    pub(crate) fn of(error: &smtp::Error) -> Self {
        match error.status() {
            Some(code) => Self::Refused(code),
            None if error.is_response() => Self::Unintelligible,
            // Words of the library, of TLS and of the system; none of the server's.
            None => Self::Unusable(error.to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use lettre::transport::smtp::response::{Category, Code, Detail};

    use super::*;

    #[test]
    fn what_passes_is_told_from_what_stays() {
        let refused =
            |severity| SendError::Refused(Code::new(severity, Category::MailSystem, Detail::One));
        for (error, is_passing) in [
            (refused(Severity::TransientNegativeCompletion), true),
            (refused(Severity::PermanentNegativeCompletion), false),
            (SendError::Late(Duration::from_secs(30)), true),
            (SendError::Unusable("connection refused".to_owned()), true),
            (SendError::Unintelligible, false),
            (SendError::Recipient, false),
        ] {
            assert_eq!(error.is_passing(), is_passing, "{error}");
        }
    }
}
