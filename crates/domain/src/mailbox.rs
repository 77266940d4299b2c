//! Whom letters come from.

use std::fmt;

use crate::email::Email;

/// An address, and the name of whoever has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mailbox {
    /// What people see, if it is anything else than the address.
    pub name: Option<String>,
    /// Where answers go.
    pub address: Email,
}

impl Mailbox {
    /// Reads `name@example.org`, or `A name <name@example.org>`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (name, address) = match text.trim().strip_suffix('>') {
            Some(text) => text.rsplit_once('<')?,
            None => ("", text),
        };
        let name = name.trim().trim_matches('"').trim();
        if name.chars().any(char::is_control) {
            return None;
        }
        let address =
            Email::parse(address).ok().filter(|email| !email.as_str().contains(['<', '>']))?;
        Some(Self { name: (!name.is_empty()).then(|| name.to_owned()), address })
    }
}

impl fmt::Display for Mailbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.name {
            Some(name) => write!(f, "{name} <{}>", self.address),
            None => self.address.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mailbox_is_an_address_with_or_without_a_name() {
        for (text, name, address) in [
            ("sluice@example.org", None, "sluice@example.org"),
            (" Sluice <Sluice@Example.org> ", Some("Sluice"), "sluice@example.org"),
            ("\"Chat, of ours\" <a@b>", Some("Chat, of ours"), "a@b"),
            ("<a@b>", None, "a@b"),
        ] {
            let mailbox = Mailbox::parse(text).unwrap();
            assert_eq!((mailbox.name.as_deref(), mailbox.address.as_str()), (name, address));
            assert_eq!(Mailbox::parse(&mailbox.to_string()), Some(mailbox));
        }
        for text in
            ["", "Sluice", "Sluice <>", "Sluice a@b>", "A <a@b", "A <a@b>, B <c@d>x", "A\nB <a@b>"]
        {
            assert_eq!(Mailbox::parse(text), None, "{text:?}");
        }
    }
}
