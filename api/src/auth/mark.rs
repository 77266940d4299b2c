//! What is sealed into links and devices that end with the password.

use ports::store::Account;
use secrecy::ExposeSecret;
use sha2::{Digest, Sha256};

/// Of which account something is, and of which of its passwords: each has a salt of its own, which tells nothing of it,
/// and stays if the same password is hashed anew.
pub(super) fn mark(account: &Account) -> [u8; 32] {
    let password = account.password_hash.as_ref().map(ExposeSecret::expose_secret);
    let mut mark = Sha256::new();
    mark.update(account.user.id.as_uuid());
    mark.update(password.map(salt).unwrap_or_default());
    mark.finalize().into()
}

/// The last but one field of a PHC string.
fn salt(hash: &str) -> &str {
    hash.rsplit('$').nth(1).unwrap_or(hash)
}
