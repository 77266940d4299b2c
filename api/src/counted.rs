//! What users do that costs more than to look something up, and how often they may.

use std::time::Duration;

use domain::{id::UserId, time::Timestamp};

use crate::{
    app::App,
    error::ApiError,
    quota::{self, Quota},
};

/// What is counted, each kind for itself: whoever reads much can still ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Counted {
    /// A message, with or without a wish for an answer.
    Messages,
    /// A chat that is made, named or deleted.
    Chats,
    /// A search, which reads every message.
    Searches,
    /// An export, which reads a whole chat.
    Exports,
    /// An API key that is made. Nobody is kept from ending one.
    Keys,
}

impl Counted {
    /// What callers are told of the quota for a second, and of that for a minute.
    const fn names(self) -> [&'static str; 2] {
        match self {
            Self::Messages => ["generations-per-second", "generations"],
            Self::Chats => ["chats-per-second", "chats"],
            Self::Searches => ["searches-per-second", "searches"],
            Self::Exports => ["exports-per-second", "exports"],
            Self::Keys => ["keys-per-second", "keys"],
        }
    }
}

/// Counts one more of `what`; too often is an error that says for how long, and is not counted.
pub(crate) async fn count(
    app: &App,
    user: UserId,
    what: Counted,
    at: Timestamp,
) -> Result<(), ApiError> {
    let per_second = Quota { times: app.config.requests_per_second, per: Duration::from_secs(1) };
    let per_minute = Quota { times: app.config.requests_per_minute, per: Duration::from_mins(1) };
    let [second, minute] = what.names();
    let buckets = [(second, per_second), (minute, per_minute)];
    quota::check_all(app, &user.to_string(), &buckets, at).await
}
