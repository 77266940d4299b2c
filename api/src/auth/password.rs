//! Passwords: Argon2id, and whether they are usual; never more than a few at once, never on the runtime's own threads.
//!
//! A password is hashed in the form NFC of Unicode, as the PRECIS profile of RFC 8265 (4.2.2) has it: keyboards differ in how
//! they put an `é` together. Nothing else of it is changed, and nothing cut off.

use std::sync::Arc;

use argon2::{Algorithm, Argon2, Params, PasswordHash, PasswordHasher, PasswordVerifier, Version};
use icu_normalizer::ComposingNormalizerBorrowed;
use secrecy::{ExposeSecret, SecretString};
use tokio::{sync::Semaphore, task::spawn_blocking};

use super::usual::is_usual;
use crate::error::ApiError;

/// OWASP's recommendation of 2026 for Argon2id.
const MEMORY_KIB: u32 = 19_456;
const PASSES: u32 = 2;
const LANES: u32 = 1;
const SALT_BYTES: usize = 16;

/// A hash takes 55 ms of a core: streams must not starve while many people sign in.
const AT_ONCE: usize = 2;
/// Who comes when so many wait is told to come again.
const WAITING: usize = 64;

const MIN_BYTES: usize = 8;
const MAX_BYTES: usize = 1024;

/// Whether a password may be one. Checked before it is hashed.
pub(crate) fn password_fits(password: &str) -> Result<(), String> {
    if (MIN_BYTES..=MAX_BYTES).contains(&password.len()) {
        return Ok(());
    }
    Err(format!("must be {MIN_BYTES} to {MAX_BYTES} bytes long"))
}

/// Hashes and checks passwords.
#[derive(Debug)]
pub(crate) struct Passwords {
    working: Arc<Semaphore>,
    waiting: Semaphore,
}

impl Default for Passwords {
    fn default() -> Self {
        let working = Arc::new(Semaphore::new(AT_ONCE));
        Self { working, waiting: Semaphore::new(WAITING) }
    }
}

impl Passwords {
    /// Refuses, at `pointer`, a new `password` of the account called `name` that is among those that are tried first.
    pub(crate) async fn refuse_usual(
        &self,
        pointer: &str,
        password: &SecretString,
        name: &str,
    ) -> Result<(), ApiError> {
        let (password, name) = (password.clone(), name.to_owned());
        if self.work(move || Ok(is_usual(password.expose_secret(), &name))).await? {
            let why = "is one of those that are tried first; take a longer or less usual one";
            return Err(ApiError::invalid(pointer, why));
        }
        Ok(())
    }

    /// `password` as a PHC string, to be kept.
    pub(crate) async fn hash(&self, password: SecretString) -> Result<SecretString, ApiError> {
        self.work(move || {
            let password = composed(&password);
            let hash: PasswordHash = hasher().hash_password(password.expose_secret().as_bytes())?;
            Ok(SecretString::from(hash.to_string()))
        })
        .await
    }

    /// Whether `password` is the one kept as `hash`. Without a hash it is not, and finding out takes
    /// as long, so that nobody learns which accounts exist.
    pub(crate) async fn verify(
        &self,
        password: SecretString,
        hash: Option<SecretString>,
    ) -> Result<bool, ApiError> {
        let Some(hash) = hash else {
            self.hash(password).await?;
            return Ok(false);
        };
        self.work(move || {
            let hash = PasswordHash::new(hash.expose_secret())?;
            let password = composed(&password);
            let result = hasher().verify_password(password.expose_secret().as_bytes(), &hash);
            match result {
                Ok(()) => Ok(true),
                Err(argon2::password_hash::Error::PasswordInvalid) => Ok(false),
                Err(error) => Err(error.into()),
            }
        })
        .await
    }

    /// `password`, which is the one kept as `hash`, as a PHC string of today. It keeps the salt, by which it is
    /// known that the password is still the same; one that is too short is replaced.
    pub(crate) async fn rehash(
        &self,
        password: SecretString,
        hash: SecretString,
    ) -> Result<SecretString, ApiError> {
        self.work(move || {
            let (hasher, password) = (hasher(), composed(&password));
            let password = password.expose_secret().as_bytes();
            let salt = PasswordHash::new(hash.expose_secret())?.salt;
            let hash: PasswordHash = match salt.filter(|salt| salt.len() >= SALT_BYTES) {
                Some(salt) => hasher.hash_password_with_salt(password, &salt)?,
                None => hasher.hash_password(password)?,
            };
            Ok(SecretString::from(hash.to_string()))
        })
        .await
    }

    async fn work<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, Box<dyn std::error::Error + Send + Sync>> + Send + 'static,
    ) -> Result<T, ApiError> {
        let _waiting = self.waiting.try_acquire().map_err(|_| ApiError::Busy)?;
        let permit = Arc::clone(&self.working).acquire_owned().await;
        // The permit goes along: a caller that hangs up does not make room while the hash goes on.
        let task = spawn_blocking(move || {
            let _permit = permit;
            work()
        });
        let result = task.await.map_err(|error| ApiError::Internal(error.into()))?;
        result.map_err(ApiError::Internal)
    }
}

/// Whether it costs less to try passwords on `hash` than on one of today.
pub(crate) fn is_weak(hash: &SecretString) -> bool {
    let is_strong = |hash: &str| {
        let hash = PasswordHash::new(hash).ok()?;
        let params = Params::try_from(&hash).ok()?;
        let is_kind = hash.algorithm == Algorithm::Argon2id.ident();
        let is_version = hash.version == Some(Version::V0x13.into());
        let is_work = params.m_cost() >= MEMORY_KIB && params.t_cost() >= PASSES;
        Some(is_kind && is_version && is_work)
    };
    // What cannot be read was not the hash of a password that was right.
    is_strong(hash.expose_secret()) == Some(false)
}

/// `password` in the form in which it is hashed.
fn composed(password: &SecretString) -> SecretString {
    let nfc = ComposingNormalizerBorrowed::new_nfc();
    SecretString::from(nfc.normalize(password.expose_secret()).into_owned())
}

fn hasher() -> Argon2<'static> {
    let params = Params::new(MEMORY_KIB, PASSES, LANES, None).expect("the parameters are allowed");
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
}

#[cfg(test)]
mod tests {
    use futures_util::future::join_all;

    use super::*;

    fn secret(text: &str) -> SecretString {
        SecretString::from(text)
    }

    /// Security case 25.
    #[tokio::test]
    async fn a_password_is_known_by_its_hash() {
        let passwords = Passwords::default();
        let hash = passwords.hash(secret("correct horse")).await.unwrap();
        assert!(hash.expose_secret().starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
        let same = |text| passwords.verify(secret(text), Some(hash.clone()));
        assert!(same("correct horse").await.unwrap());
        assert!(!same("correct hors").await.unwrap());
        assert!(!passwords.verify(secret("correct horse"), None).await.unwrap());
    }

    /// Security case 26.
    #[tokio::test]
    async fn a_password_is_the_same_however_its_letters_are_put_together() {
        let passwords = Passwords::default();
        let (whole, in_parts) = ("caf\u{e9} na\u{ef}ve", "cafe\u{301} nai\u{308}ve");
        for (kept, typed) in [(whole, in_parts), (in_parts, whole)] {
            let hash = passwords.hash(secret(kept)).await.unwrap();
            assert!(passwords.verify(secret(typed), Some(hash.clone())).await.unwrap(), "{kept}");
            assert!(!passwords.verify(secret("cafe naive"), Some(hash.clone())).await.unwrap());
            let anew = passwords.rehash(secret(typed), hash.clone()).await.unwrap();
            assert_eq!(anew.expose_secret(), hash.expose_secret());
        }
    }

    /// Security case 25.
    #[tokio::test]
    async fn a_hash_that_costs_less_is_made_anew() {
        let passwords = Passwords::default();
        let salt = "c29tZXNhbHRzb21lc2FsdA";
        let out = "CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc";
        for (kind, is) in [
            ("argon2id$v=19$m=19456,t=2,p=1", false),
            ("argon2id$v=19$m=47104,t=3,p=1", false),
            ("argon2id$v=19$m=9216,t=4,p=1", true),
            ("argon2id$v=19$m=19456,t=1,p=1", true),
            ("argon2id$v=16$m=19456,t=2,p=1", true),
            ("argon2i$v=19$m=19456,t=2,p=1", true),
        ] {
            assert_eq!(is_weak(&secret(&format!("${kind}${salt}${out}"))), is, "{kind}");
        }
        let anew = async |salt: &str| {
            let hash = secret(&format!("$argon2id$v=19$m=64,t=1,p=1${salt}${out}"));
            let anew = passwords.rehash(secret("correct horse"), hash).await.unwrap();
            assert!(!is_weak(&anew));
            assert!(passwords.verify(secret("correct horse"), Some(anew.clone())).await.unwrap());
            anew.expose_secret().contains(salt)
        };
        assert!(anew(salt).await, "by its salt it is known that the password is the same");
        assert!(!anew("c29tZXNhbHQ").await);
    }

    /// Security case 27.
    #[tokio::test]
    async fn who_comes_when_too_many_wait_is_told_to_come_again() {
        let passwords = Passwords::default();
        let _all = passwords.waiting.try_acquire_many(u32::try_from(WAITING).unwrap()).unwrap();
        assert!(matches!(passwords.hash(secret("x")).await, Err(ApiError::Busy)));
    }

    /// How often something else was done while `work` was. There is one thread here: what it does while permits are out,
    /// it does beside that work.
    async fn beside<T>(passwords: &Passwords, work: impl Future<Output = T>) -> (T, usize) {
        tokio::pin!(work);
        let mut meanwhile = 0;
        loop {
            tokio::select! {
                biased;
                done = &mut work => return (done, meanwhile),
                () = tokio::task::yield_now() => {
                    meanwhile += usize::from(passwords.working.available_permits() < AT_ONCE);
                }
            }
        }
    }

    /// Security case 27.
    #[tokio::test]
    async fn nobody_waits_for_a_password_to_be_hashed() {
        let passwords = Passwords::default();
        let hashes = join_all((0..16).map(|_| passwords.hash(secret("correct horse"))));
        let (hashes, meanwhile) = beside(&passwords, hashes).await;
        assert!(hashes.iter().all(Result::is_ok));
        assert!(meanwhile > 0, "nothing else was done");
    }

    /// Security case 27.
    #[tokio::test]
    async fn nobody_waits_for_a_password_to_be_looked_up() {
        let passwords = Passwords::default();
        let refuse = async |text| passwords.refuse_usual("/p", &secret(text), "a@b.example").await;
        let all = async {
            for _ in 0..16 {
                refuse("correct horse").await.unwrap();
            }
            assert!(matches!(refuse("password").await, Err(ApiError::Invalid(_))));
        };
        let ((), meanwhile) = beside(&passwords, all).await;
        assert!(meanwhile > 0, "nothing else was done");
    }

    /// Security case 26.
    #[test]
    fn a_password_has_a_length() {
        for (password, fits) in [
            ("1234567", false),
            ("12345678", true),
            (&*"a".repeat(1024), true),
            (&*"a".repeat(1025), false),
        ] {
            assert_eq!(password_fits(password).is_ok(), fits, "{}", password.len());
        }
    }
}
