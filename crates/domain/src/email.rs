//! E-mail addresses as account names.

mod name;

use std::fmt;

use idna::uts46::{AsciiDenyList, DnsLength, Hyphens, Uts46};
use serde::{Deserialize, Serialize};

/// The longest address SMTP can carry (RFC 5321, 4.5.3.1.3, less the angle brackets).
const MAX_BYTES: usize = 254;

/// An address by which an account is found.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Email(String);

/// Why a text is not an e-mail address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidEmail {
    /// More than 254 bytes.
    #[error("must not be longer than {MAX_BYTES} bytes")]
    TooLong,
    /// Not `name@host`.
    #[error("must look like name@example.org")]
    Malformed,
    /// Its letters are of alphabets that nobody writes together, or look like others.
    #[error("must not look like another address")]
    Confusable,
}

impl Email {
    /// Reads an address, in the one form in which a new account is called: composed, in small letters, its host as
    /// the DNS has it. What nobody sees, or takes for another address, is refused.
    pub fn parse(text: &str) -> Result<Self, InvalidEmail> {
        let (name, host) = parts(text)?;
        let host = host.strip_suffix('.').unwrap_or(host).as_bytes();
        let host =
            Uts46::new().to_ascii(host, AsciiDenyList::URL, Hyphens::Allow, DnsLength::Verify);
        let host = host.map_err(|_| InvalidEmail::Malformed)?;
        let address = format!("{}@{host}", name::kept(name)?);
        if address.len() > MAX_BYTES {
            return Err(InvalidEmail::TooLong);
        }
        Ok(Self(address))
    }

    /// The address of an account that is there: trimmed, in small letters, and else as it is written. Accounts have
    /// addresses that no new one may have.
    pub fn of_account(text: &str) -> Result<Self, InvalidEmail> {
        parts(text)?;
        Ok(Self(text.trim().to_lowercase()))
    }

    /// The accounts that somebody may mean by `text`, the nearest first: the one that is called just so, and the one
    /// that would be, were it made now.
    pub fn meant(text: &str) -> Result<Vec<Self>, InvalidEmail> {
        let (as_it_is, now) = (Self::of_account(text)?, Self::parse(text));
        let now = now.ok().filter(|now| *now != as_it_is);
        Ok([as_it_is].into_iter().chain(now).collect())
    }

    /// The address of a new account for `text`, and the accounts that somebody may mean by it. If there is one of those,
    /// a new one could not be signed in to.
    pub fn of_new(text: &str) -> Result<(Self, Vec<Self>), InvalidEmail> {
        Ok((Self::parse(text)?, Self::meant(text)?))
    }

    /// The address as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Email {
    type Error = InvalidEmail;

    fn try_from(text: String) -> Result<Self, InvalidEmail> {
        Self::of_account(&text)
    }
}

impl From<Email> for String {
    fn from(email: Email) -> Self {
        email.0
    }
}

impl fmt::Display for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What stands before and behind the `@`.
fn parts(text: &str) -> Result<(&str, &str), InvalidEmail> {
    let text = text.trim();
    if text.len() > MAX_BYTES {
        return Err(InvalidEmail::TooLong);
    }
    let (name, host) = text.rsplit_once('@').ok_or(InvalidEmail::Malformed)?;
    let is_plain = |c: char| !c.is_whitespace() && !c.is_control();
    if name.is_empty() || host.is_empty() || !text.chars().all(is_plain) {
        return Err(InvalidEmail::Malformed);
    }
    Ok((name, host))
}

#[cfg(test)]
mod tests;
