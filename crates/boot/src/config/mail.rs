//! Letters: which server takes them, whom they come from, where their links lead.

use domain::mailbox::Mailbox;
use secrecy::{ExposeSecret, SecretString};

use super::{reader::Reader, sections::origin};

/// How letters are sent.
#[derive(Debug, Clone)]
pub struct Mail {
    /// Which server takes them, and by whose account.
    pub url: SecretString,
    /// Whom they come from.
    pub from: Mailbox,
}

/// Under which address people reach the page, without a slash at its end.
pub(super) fn public_url(reader: &Reader<'_>) -> Option<String> {
    reader.parse("PUBLIC_URL", |text| match text {
        "" => Some(None),
        text => origin(text.strip_suffix('/').unwrap_or(text)).map(Some),
    })
}

/// How letters are sent, if they are. Links in them have to lead somewhere.
pub(super) fn read(reader: &Reader<'_>, public_url: Option<&str>) -> Option<Mail> {
    let url = reader.parse("MAIL_URL", |text| {
        let url = SecretString::from(text);
        (text.is_empty() || mail_smtp::is_server(&url)).then_some(url)
    });
    let from = reader.parse("MAIL_FROM", |text| match text {
        "" => Some(None),
        text => Mailbox::parse(text).map(Some),
    });
    if url.expose_secret().is_empty() {
        return None;
    }
    for name in ["MAIL_FROM", "PUBLIC_URL"] {
        if reader.text(name).is_empty() {
            reader.refuse(name, Some(NEEDED.to_owned()));
        }
    }
    public_url.and(from).map(|from| Mail { url, from })
}

const NEEDED: &str =
    "must be set where MAIL_URL is: letters have a sender, and links that lead to the page";
