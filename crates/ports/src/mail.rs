//! Letters to people, by e-mail.

use std::{error::Error, fmt};

use async_trait::async_trait;
use domain::email::Email;

/// A letter to somebody.
#[derive(Clone, PartialEq, Eq)]
pub struct Letter {
    /// To whom.
    pub to: Email,
    /// What it is about, in one line.
    pub subject: String,
    /// What it says, in lines that end with a line feed.
    pub text: String,
}

impl fmt::Debug for Letter {
    // What a letter says can let somebody in.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Letter")
    }
}

/// The letter was not taken, or nobody knows whether it was. Says what went wrong, and neither what the
/// letter says nor by which secret the other side knows us.
#[derive(Debug, thiserror::Error)]
#[error("the letter could not be handed over")]
pub struct MailError {
    /// Whether the same letter may be taken in a while: nobody was there to take it, or it was not the time for it.
    pub is_passing: bool,
    /// What went wrong.
    pub source: Box<dyn Error + Send + Sync>,
}

/// Letters to people, by e-mail.
#[async_trait]
pub trait Mail: Send + Sync {
    /// Hands a letter over to whoever carries it to its recipient, and to nobody else; from then on it is
    /// theirs. Its subject and its text arrive as they are written, and nothing in them becomes more than
    /// that: no other recipient, no other header, no end of the letter.
    ///
    /// A letter that is refused is an error. So is one that is not taken in a bounded time. Handed over again after an error
    /// it may arrive twice.
    async fn send(&self, letter: &Letter) -> Result<(), MailError>;
}
