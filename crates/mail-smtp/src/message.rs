//! A letter in the form in which it travels.

use domain::{email::Email, mailbox::Mailbox};
use lettre::{
    Address, Message,
    message::{
        Mailbox as Header,
        header::{ContentType, HeaderName, HeaderValue},
    },
};
use ports::mail::Letter;

use crate::error::{OpenError, SendError};

/// Whom letters come from.
pub(crate) struct Sender(Header);

impl Sender {
    pub(crate) fn new(mailbox: &Mailbox) -> Result<Self, OpenError> {
        let address = address(&mailbox.address).filter(|address| address.domain().is_ascii());
        Ok(Self(Header::new(mailbox.name.clone(), address.ok_or(OpenError::Sender)?)))
    }

    /// The host of the address: what else should we be called?
    pub(crate) fn host(&self) -> &str {
        self.0.email.domain()
    }

    /// `letter`, with everything that receivers look for.
    pub(crate) fn message(&self, letter: &Letter) -> Result<Message, SendError> {
        let to = address(&letter.to).ok_or(SendError::Recipient)?;
        let id = format!("<{:032x}@{}>", rand::random::<u128>(), self.host());
        let subject = letter.subject.replace(char::is_control, " ");
        Message::builder()
            .from(self.0.clone())
            .to(Header::new(None, to))
            .subject(subject)
            .message_id(Some(id))
            // RFC 3834: who is on holiday does not have to tell us.
            .raw_header(HeaderValue::new(
                HeaderName::new_from_ascii_str("Auto-Submitted"),
                "auto-generated".to_owned(),
            ))
            .header(ContentType::TEXT_PLAIN)
            .body(letter.text.clone())
            .map_err(SendError::Form)
    }
}

fn address(email: &Email) -> Option<Address> {
    let (name, host) = email.as_str().rsplit_once('@')?;
    Address::new(name, host).ok()
}
