//! Letters by SMTP (RFC 5321): each on a connection of its own, since they are few and far between, and a
//! server closes what is silent.

mod error;
mod message;
mod server;

use std::{fmt, time::Duration};

use async_trait::async_trait;
use domain::mailbox::Mailbox;
use lettre::{
    AsyncSmtpTransport, AsyncTransport, Tokio1Executor, transport::smtp::extension::ClientId,
};
use ports::mail::{Letter, Mail, MailError};
use secrecy::SecretString;
use tokio::time::timeout;

pub use error::OpenError;
use error::SendError;
use message::Sender;
use server::Server;

/// How letters are sent.
#[derive(Debug, Clone)]
pub struct Options {
    /// Which server, and by whose account: `smtps://user:password@host:465`, or `smtp://host:25`.
    ///
    /// With `smtps` everything is encrypted. With `smtp` it is when the server offers that; where an
    /// account goes to another machine, nothing is said before it is.
    pub url: SecretString,
    /// Whom the letters come from.
    pub from: Mailbox,
    /// How long one letter may take, from the connection to the server's last word.
    pub patience: Duration,
}

impl Options {
    /// The usual ones.
    #[must_use]
    pub fn new(url: SecretString, from: Mailbox) -> Self {
        Self { url, from, patience: Duration::from_secs(30) }
    }
}

/// Letters by SMTP.
pub struct SmtpMail {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    sender: Sender,
    patience: Duration,
}

/// Whether `url` is one that [`Options`] can have.
#[must_use]
pub fn is_server(url: &SecretString) -> bool {
    Server::parse(url).is_ok()
}

impl SmtpMail {
    /// Makes ready to send; the server is asked for with the first letter.
    pub fn new(options: &Options) -> Result<Self, OpenError> {
        let sender = Sender::new(&options.from)?;
        let server = Server::parse(&options.url)?;
        let transport = server.transport()?.timeout(Some(options.patience));
        let transport = transport.hello_name(ClientId::Domain(sender.host().to_owned())).build();
        Ok(Self { transport, sender, patience: options.patience })
    }

    async fn hand_over(&self, letter: &Letter) -> Result<(), SendError> {
        let message = self.sender.message(letter)?;
        // The library's own limit holds for the connection alone.
        let sent = timeout(self.patience, self.transport.send(message)).await;
        sent.map_err(|_| SendError::Late(self.patience))?.map_err(|error| SendError::of(&error))?;
        Ok(())
    }
}

#[async_trait]
impl Mail for SmtpMail {
    async fn send(&self, letter: &Letter) -> Result<(), MailError> {
        let failure =
            |error: SendError| MailError { is_passing: error.is_passing(), source: error.into() };
        self.hand_over(letter).await.map_err(failure)
    }
}

impl fmt::Debug for SmtpMail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SmtpMail").finish_non_exhaustive()
    }
}
