//! What a request can fail with. The only place where a status code is chosen.
//!
//! Every failure is answered as problem+json (RFC 9457) with a stable `code`. What surprises us is
//! logged once, here, with the `instance` that the caller sees; the caller is told nothing else.

mod fault;
mod problem;
mod words;

use std::{error::Error, time::Duration};

use domain::{account::Role, id::GenerationId, model::UnknownModel, time::Timestamp};
use ports::{live::LiveError, mail::MailError, queue::QueueError, store::StoreError};

pub(crate) use fault::{Fault, Faults};
pub(crate) use problem::Problem;

/// What a request can fail with.
#[derive(Debug)]
pub(crate) enum ApiError {
    /// No, or no good, access token.
    Unauthenticated,
    /// The e-mail address or the password is wrong; which one is not told.
    WrongCredentials,
    /// The refresh token is not, or no longer, good.
    RefreshRefused,
    /// The one-time token is wrong or was used.
    WelcomeRefused,
    /// A cookie came along with a request from another site.
    CrossSite,
    /// Signed in, and not allowed to.
    Forbidden(Role),
    /// The role may not ask for this, as the words say.
    NotForRole(String),
    /// Only admins make accounts here.
    RegistrationClosed,
    /// Accounts are made by links that are mailed.
    RegistrationByMail,
    /// No letters are sent here.
    MailNotSetUp,
    /// The link is not, or no longer, good; why is not told.
    LinkRefused,
    /// An API key cannot do this, nor a token that was given for somebody; who signs in can.
    NotForKeys,
    /// An API key that may only read.
    ReadOnlyKey,
    /// The account has as many API keys as allowed.
    TooManyKeys,
    /// There is no such thing, or it is somebody else's.
    NotFound,
    /// There is no such route.
    NoSuchRoute,
    /// The route does not do this.
    MethodNotAllowed,
    /// The generation is not waiting for a retry.
    NotWaiting,
    /// Another account has this address.
    EmailTaken,
    /// The user has as many generations under way as allowed, among them this one.
    InFlight(GenerationId),
    /// There is room, but generations of the user wait for it already, this one first, and are not passed.
    Behind(GenerationId),
    /// As many generations of the user wait for their turn as allowed.
    QueueFull,
    /// The same request id came before, with another body.
    RequestIdReused,
    /// The body or the query is not as it should be.
    Invalid(Faults),
    /// The position in the stream is not one.
    BadLastEventId,
    /// The same in a stream of more than one generation.
    BadPlace,
    /// The headers are larger than this, in bytes.
    HeadersTooLarge(usize),
    /// The body is larger than this.
    TooLarge(usize),
    /// The body did not arrive in time.
    BodyTimeout,
    /// The body is not JSON.
    NotJson,
    /// Too often.
    TooMany(Wait),
    /// The user has no tokens left today.
    BudgetSpent(Wait),
    /// The user has as many streams open as allowed.
    TooManyStreams,
    /// This process serves as many streams as it can.
    StreamsFull,
    /// The queue takes nothing, and as many messages wait for it as may.
    QueueAway,
    /// Too many passwords are being checked right now.
    Busy,
    /// Something behind us does not answer.
    Unavailable(Box<dyn Error + Send + Sync>),
    /// A surprise.
    Internal(Box<dyn Error + Send + Sync>),
}

/// How long to wait.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Wait {
    /// This long.
    pub(crate) after: Duration,
    /// Until then.
    pub(crate) until: Timestamp,
}

impl ApiError {
    /// One field is not as it should be.
    pub(crate) fn invalid(pointer: &str, detail: impl Into<String>) -> Self {
        Self::Invalid(Faults::one(pointer, detail))
    }
}

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Unavailable(_) => Self::Unavailable(error.into()),
            StoreError::Inconsistent(_) => Self::Internal(error.into()),
        }
    }
}

impl From<LiveError> for ApiError {
    fn from(error: LiveError) -> Self {
        Self::Unavailable(error.into())
    }
}

impl From<MailError> for ApiError {
    fn from(error: MailError) -> Self {
        Self::Unavailable(error.into())
    }
}

impl From<QueueError> for ApiError {
    fn from(error: QueueError) -> Self {
        Self::Unavailable(error.into())
    }
}

impl From<UnknownModel> for ApiError {
    fn from(unknown: UnknownModel) -> Self {
        Self::invalid("/model", unknown.to_string())
    }
}

/// An error with everything that caused it, for the log.
pub(crate) fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}

#[cfg(test)]
mod tests;
