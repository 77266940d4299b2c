//! Devices on which somebody has signed in, told by a cookie. When passwords are tried they are counted by
//! themselves: whoever tries the passwords of an account elsewhere uses up nothing of theirs.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use domain::email::Email;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// Tells the seal of a device from all else that is made with the same secret.
const PURPOSE: &[u8] = b"known-device";

const NAME_BYTES: usize = 16;

/// A device, told from every other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Device([u8; NAME_BYTES]);

impl Device {
    /// One that nobody has signed in on.
    pub(crate) fn new() -> Self {
        Self(rand::random())
    }

    /// What limits count it by.
    pub(crate) fn bucket(self) -> String {
        URL_SAFE_NO_PAD.encode(self.0)
    }
}

/// Makes and checks what devices are known by.
pub(crate) struct Devices {
    /// That of the key which makes them, and that of the one before.
    seals: Vec<Hmac<Sha256>>,
}

impl Devices {
    /// Tokens sealed with `secret`. Those sealed with the `previous` secret are good as well.
    pub(crate) fn new(secret: &[u8], previous: Option<&[u8]>) -> Self {
        let secrets = [Some(secret), previous].into_iter().flatten();
        let seal = |secret| Hmac::new_from_slice(secret).expect("HMAC takes keys of any length");
        Self { seals: secrets.map(seal).collect() }
    }

    /// What says that somebody has signed in on `device` with the account called `email`, and with no other.
    pub(crate) fn token(&self, device: Device, email: &Email) -> String {
        let seal = sealing(&self.seals[0], device, email).finalize().into_bytes();
        URL_SAFE_NO_PAD.encode([&device.0, seal.as_slice()].concat())
    }

    /// Which device `token` is of, if somebody has signed in on it with the account called `email`.
    pub(crate) fn known(&self, token: &str, email: &Email) -> Option<Device> {
        let bytes = URL_SAFE_NO_PAD.decode(token).ok()?;
        let (name, seal) = bytes.split_first_chunk::<NAME_BYTES>()?;
        let device = Device(*name);
        let is_good = |key: &_| sealing(key, device, email).verify_slice(seal).is_ok();
        self.seals.iter().any(is_good).then_some(device)
    }
}

fn sealing(key: &Hmac<Sha256>, device: Device, email: &Email) -> Hmac<Sha256> {
    let mut mac = key.clone();
    mac.update(PURPOSE);
    mac.update(&device.0);
    mac.update(email.as_str().as_bytes());
    mac
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Security cases 11, 22.
    #[test]
    fn a_device_is_known_for_the_account_that_was_signed_in_to_on_it() {
        let devices = Devices::new(b"secret", None);
        let [ada, bob] =
            ["ada", "bob"].map(|name| Email::parse(&format!("{name}@example.org")).unwrap());
        let device = Device::new();
        let token = devices.token(device, &ada);
        assert_eq!(devices.known(&token, &ada), Some(device));
        assert_eq!(devices.known(&token, &bob), None);
        assert_eq!(Devices::new(b"next", Some(b"secret")).known(&token, &ada), Some(device));
        assert_eq!(Devices::new(b"next", None).known(&token, &ada), None);
        let other = devices.token(Device::new(), &ada);
        let mixed = format!("{}{}", &other[..20], &token[20..]);
        for made_up in ["", "x", "=", &"a".repeat(64), &token[..token.len() - 2], &mixed] {
            assert_eq!(devices.known(made_up, &ada), None, "{made_up}");
        }
    }
}
