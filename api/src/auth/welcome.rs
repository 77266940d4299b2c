//! The one-time sign-in printed at start.

use std::sync::atomic::{AtomicBool, Ordering};

use domain::email::Email;
use secrecy::ExposeSecret;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use crate::config::Welcome;

/// Lets one caller in, once.
#[derive(Debug)]
pub(crate) struct WelcomeGate {
    token: [u8; 32],
    email: Email,
    used: AtomicBool,
}

impl WelcomeGate {
    /// A gate that `welcome` opens.
    pub(crate) fn new(welcome: &Welcome) -> Self {
        let token = Sha256::digest(welcome.token.expose_secret().as_bytes()).into();
        Self { token, email: welcome.email.clone(), used: AtomicBool::new(false) }
    }

    /// Whom `token` signs in, if it is right and was not used. It is used up now.
    pub(crate) fn open(&self, token: &str) -> Option<&Email> {
        // Hashes are compared, so that neither content nor length of the secret shows in the time.
        let presented: [u8; 32] = Sha256::digest(token.as_bytes()).into();
        let is_right = bool::from(presented.ct_eq(&self.token));
        let is_first = is_right && !self.used.swap(true, Ordering::AcqRel);
        is_first.then_some(&self.email)
    }

    /// Whether it signs in whoever has this address.
    pub(crate) fn is_for(&self, email: &Email) -> bool {
        self.email == *email
    }

    /// The sign-in failed for want of the store: the token is good again.
    pub(crate) fn reopen(&self) {
        self.used.store(false, Ordering::Release);
    }
}

#[cfg(test)]
mod tests {
    use secrecy::SecretString;

    use super::*;

    #[test]
    fn it_opens_once_and_only_for_its_token() {
        let email = Email::parse("admin@localhost").unwrap();
        let gate = WelcomeGate::new(&Welcome { token: SecretString::from("t0ken"), email });
        assert_eq!(gate.open("other"), None);
        assert_eq!(gate.open("t0ken").unwrap().as_str(), "admin@localhost");
        assert_eq!(gate.open("t0ken"), None);
        gate.reopen();
        assert!(gate.open("t0ken").is_some());
    }
}
