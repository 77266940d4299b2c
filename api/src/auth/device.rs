//! Devices on which somebody has signed in, told by a cookie. When passwords are tried they are counted by
//! themselves: whoever tries the passwords of an account elsewhere uses up nothing of theirs.
//!
//! Whoever signs in makes one known, so whoever knew a password once could keep as many as they like: a device is known
//! for a while, and as long as the account has this password.

use std::time::Duration;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use domain::{email::Email, time::Timestamp};
use hmac::{Hmac, KeyInit, Mac};
use ports::store::Account;
use sha2::Sha256;
use subtle::ConstantTimeEq;

use super::mark::mark;

/// Tells the seal of a device from all else that is made with the same secret.
const PURPOSE: &[u8] = b"known-device-until";

/// How long a device is known that nobody signs in on.
pub(super) const KNOWN_FOR: Duration = Duration::from_hours(90 * 24);

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

/// A device on which somebody has signed in not long ago.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Known {
    /// Which.
    pub(crate) device: Device,
    /// The account as it was then.
    mark: [u8; 32],
}

impl Known {
    /// Whether the account has had no other password since.
    pub(crate) fn is_of(&self, account: &Account) -> bool {
        self.mark.ct_eq(&mark(account)).into()
    }
}

/// Makes and checks what devices are known by.
pub(crate) struct Devices {
    /// That of the key which makes them, and that of the one before.
    seals: Vec<Hmac<Sha256>>,
}

/// What a token says, before its seal.
#[derive(Clone, Copy)]
struct Says {
    known: Known,
    /// In seconds.
    until: [u8; 8],
}

impl Says {
    fn bytes(&self) -> Vec<u8> {
        [self.known.device.0.as_slice(), &self.until, &self.known.mark].concat()
    }
}

impl Devices {
    /// Tokens sealed with `secret`. Those sealed with the `previous` secret are good as well.
    pub(crate) fn new(secret: &[u8], previous: Option<&[u8]>) -> Self {
        let secrets = [Some(secret), previous].into_iter().flatten();
        let seal = |secret| Hmac::new_from_slice(secret).expect("HMAC takes keys of any length");
        Self { seals: secrets.map(seal).collect() }
    }

    /// What says that somebody has signed in on `device` to `account` at `at`, and to no other.
    pub(crate) fn token(&self, device: Device, account: &Account, at: Timestamp) -> String {
        let known = Known { device, mark: mark(account) };
        let says = Says { known, until: (at + KNOWN_FOR).timestamp().to_be_bytes() };
        let seal = sealing(&self.seals[0], &says, &account.user.email).finalize().into_bytes();
        URL_SAFE_NO_PAD.encode([says.bytes().as_slice(), &seal].concat())
    }

    /// Which device `token` is of, if somebody has signed in on it to the account called `email` not long before `at`.
    pub(crate) fn known(&self, token: &str, email: &Email, at: Timestamp) -> Option<Known> {
        let bytes = URL_SAFE_NO_PAD.decode(token).ok()?;
        let (name, rest) = bytes.split_first_chunk()?;
        let (until, rest) = rest.split_first_chunk()?;
        let (mark, seal) = rest.split_first_chunk()?;
        let known = Known { device: Device(*name), mark: *mark };
        let says = Says { known, until: *until };
        let is_good = |key: &_| sealing(key, &says, email).verify_slice(seal).is_ok();
        let is_sealed = self.seals.iter().any(is_good);
        (is_sealed && at.timestamp() < i64::from_be_bytes(*until)).then_some(known)
    }
}

fn sealing(key: &Hmac<Sha256>, says: &Says, email: &Email) -> Hmac<Sha256> {
    let mut mac = key.clone();
    mac.update(PURPOSE);
    mac.update(&says.bytes());
    mac.update(email.as_str().as_bytes());
    mac
}

#[cfg(test)]
mod tests {
    use domain::account::User;
    use secrecy::SecretString;
    use testkit::{clock::epoch, sample};

    use super::*;

    fn account(name: &str, password: &str) -> Account {
        let email = Email::parse(&format!("{name}@example.org")).unwrap();
        let password_hash = Some(SecretString::from(password));
        Account { user: User { email, ..sample::user(epoch()) }, password_hash }
    }

    /// Security cases 11, 22.
    #[test]
    fn a_device_is_known_for_the_account_that_was_signed_in_to_on_it() {
        let devices = Devices::new(b"secret", None);
        let [ada, bob] = ["ada", "bob"].map(|name| account(name, "x"));
        let device = Device::new();
        let token = devices.token(device, &ada, epoch());
        let known = |devices: &Devices, token: &str, account: &Account| {
            devices.known(token, &account.user.email, epoch()).map(|known| known.device)
        };
        assert_eq!(known(&devices, &token, &ada), Some(device));
        assert_eq!(known(&devices, &token, &bob), None);
        assert_eq!(known(&Devices::new(b"next", Some(b"secret")), &token, &ada), Some(device));
        assert_eq!(known(&Devices::new(b"next", None), &token, &ada), None);
        let other = devices.token(Device::new(), &ada, epoch());
        let mixed = format!("{}{}", &other[..20], &token[20..]);
        let later = devices.token(device, &ada, epoch() + KNOWN_FOR);
        let longer = format!("{}{}", &later[..35], &token[35..]);
        for made_up in ["", "x", "=", &"a".repeat(118), &token[..token.len() - 2], &mixed, &longer]
        {
            assert_eq!(known(&devices, made_up, &ada), None, "{made_up}");
        }
    }

    /// Security case 110.
    #[test]
    fn a_device_is_known_for_a_while_and_by_one_password() {
        let devices = Devices::new(b"secret", None);
        let ada = account("ada", "$argon2id$v=19$m=1$salt$hash");
        let token = devices.token(Device::new(), &ada, epoch());
        let at = |at| devices.known(&token, &ada.user.email, at);
        assert!(at(epoch() + KNOWN_FOR - Duration::from_secs(1)).is_some());
        assert_eq!(at(epoch() + KNOWN_FOR), None);
        let known = at(epoch()).unwrap();
        for (password, is_the_same) in [
            (Some("$argon2id$v=19$m=1$salt$hash"), true),
            (Some("$argon2id$v=19$m=9$salt$hashed anew"), true),
            (Some("$argon2id$v=19$m=1$other$hash"), false),
            (None, false),
        ] {
            let password_hash = password.map(SecretString::from);
            let account = Account { password_hash, ..ada.clone() };
            assert_eq!(known.is_of(&account), is_the_same, "{password:?}");
        }
        let another = Account { user: sample::user(epoch()), ..ada.clone() };
        assert!(!known.is_of(&another), "the address is somebody else's now");
    }
}
