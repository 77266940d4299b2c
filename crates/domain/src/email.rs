//! E-mail addresses as account names.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The longest address SMTP can carry (RFC 5321, 4.5.3.1.3, less the angle brackets).
const MAX_BYTES: usize = 254;

/// An address in the one form by which an account is found: trimmed, lower case.
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
}

impl Email {
    /// Reads an address. Case and surrounding white space do not matter.
    pub fn parse(text: &str) -> Result<Self, InvalidEmail> {
        let text = text.trim();
        if text.len() > MAX_BYTES {
            return Err(InvalidEmail::TooLong);
        }
        let (name, host) = text.rsplit_once('@').ok_or(InvalidEmail::Malformed)?;
        let is_plain = |c: char| !c.is_whitespace() && !c.is_control();
        if name.is_empty() || host.is_empty() || !text.chars().all(is_plain) {
            return Err(InvalidEmail::Malformed);
        }
        Ok(Self(text.to_lowercase()))
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
        Self::parse(&text)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_and_white_space_do_not_make_another_account() {
        assert_eq!(Email::parse("  Ada@Example.ORG ").unwrap().as_str(), "ada@example.org");
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for text in ["", "ada", "@host", "ada@", "a b@host", "a\u{0}@host"] {
            assert_eq!(Email::parse(text), Err(InvalidEmail::Malformed), "{text:?}");
        }
        let long = format!("{}@host", "a".repeat(MAX_BYTES));
        assert_eq!(Email::parse(&long), Err(InvalidEmail::TooLong));
    }
}
